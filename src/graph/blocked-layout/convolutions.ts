/** @file Convolutions in the blocked layout. */
import type { Value } from '../graph.js';
import { blockedConv } from '../ops/blocked-conv.js';
import type { ConvAttributes } from '../ops/conv.js';
import { filledUp } from '../ops/to-blocked.js';
import { filledVector } from './channels.js';
import { filteringOf } from './filtering.js';
import { blockedKernel } from './kernels.js';
import type { Rule } from './site.js';
import { winogradConv } from './winograd.js';

export const convolution: Rule = (site) => {
  const { graph, block, inputs } = site;
  const [x, kernel, bias] = inputs as [Value, Value, Value | undefined];
  const attributes = site.node.attributes as ConvAttributes;
  const { groups } = attributes;
  const [filters, depth] = kernel.shape as [number, number];
  const isDense = groups === 1 && (depth < block || site.isBlockable(0));
  const isGrouped =
    groups > 1 &&
    ((depth === 1 && filters === groups && filters % block === 0) ||
      (depth % block === 0 && (filters / groups) % block === 0));
  if (!isDense && !isGrouped) return undefined;
  const images = groups === 1 && depth < block ? x : site.blocked(0);
  const wholeBias = bias && filledVector(graph, bias, filledUp(filters, block));
  const filtering =
    depth >= block && filteringOf(x.shape, kernel.shape, attributes, { block, isConstant: !site.isFed(1) });
  if (filtering) {
    return site.result(
      winogradConv(graph, images, kernel, { ...filtering, pads: attributes.pads, bias: wholeBias, block }),
    );
  }
  return site.result(
    blockedConv(graph, images, blockedKernel(graph, kernel, block), { ...attributes, bias: wholeBias }),
  );
};
