/** @file Gradients of kernels in the blocked layout: of depthwise ones, and of what filtering pays for; others are matrix products. */
import { blockedConv } from '../ops/blocked-conv.js';
import type { ConvKernelGradientAttributes } from '../ops/conv-kernel-gradient.js';
import { fromBlocked } from '../ops/from-blocked.js';
import { reduceSum } from '../ops/reduce-sum.js';
import { reshape } from '../ops/reshape.js';
import { slice } from '../ops/slice.js';
import { filteredKernelGradient } from './filtered-kernel-gradient.js';
import { gradientFilteringOf } from './filtering.js';
import type { Rule } from './site.js';

/**
 * Depthwise, the output gradient slides, as a kernel as large as it is, over the input: weight i met the inputs i·dilation +
 * place·stride, so stride and dilation change places. Every channel of every image is one of its own.
 */
export const kernelGradient: Rule = (site) => {
  const { graph, node } = site;
  const attributes = node.attributes as ConvKernelGradientAttributes;
  const { strides, pads, dilations, groups, shape } = attributes;
  const [filters, depth, height, width] = shape as [number, number, number, number];
  const isDepthwise = filters === groups && depth === 1;
  const filtering =
    site.isBlocked(0) && site.isBlocked(1)
      ? gradientFilteringOf(site.inputs[0]!.shape, shape, attributes, site.block)
      : undefined;
  if (filtering) {
    const gradient = { ...filtering, pads, shape, block: site.block };
    return [filteredKernelGradient(graph, site.blocked(0), site.blocked(1), gradient)];
  }
  if (!isDepthwise || !site.isWhole(0) || !site.isBlockable(0) || !site.isBlockable(1)) return undefined;
  const [x, dy] = [site.blocked(0), site.blocked(1)];
  const [n, channels] = x.shape as [number, number, number, number];
  const met = blockedConv(
    graph,
    reshape(graph, x, [1, n * channels, ...x.shape.slice(2)]),
    reshape(graph, dy, [n * channels, 1, ...dy.shape.slice(2)]),
    { strides: dilations, dilations: strides, pads, groups: n * channels },
  );
  // Rows at the end that no window of the stride reached look like further weights.
  const [rows, columns] = met.shape.slice(2) as [number, number];
  const sums = reduceSum(graph, reshape(graph, met, [n, channels * rows * columns]), [0]);
  const plain = fromBlocked(graph, reshape(graph, sums, [1, channels, rows, columns]), { channels });
  const weights = slice(graph, plain, { axes: [2, 3], starts: [0, 0], ends: [height, width] });
  return [reshape(graph, weights, shape)];
};
