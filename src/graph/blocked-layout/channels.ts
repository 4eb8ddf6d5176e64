/** @file What multiplies and adds one number per channel, in the blocked layout: a convolution with one weight each. */
import type { Graph, Node, Value } from '../graph.js';
import { add } from '../ops/add.js';
import { type BlockedConvAttributes, blockedConv } from '../ops/blocked-conv.js';
import { div } from '../ops/div.js';
import { scalar } from '../ops/elementwise.js';
import { mul } from '../ops/mul.js';
import { pad } from '../ops/pad.js';
import { reshape } from '../ops/reshape.js';
import { sqrt } from '../ops/sqrt.js';
import { sub } from '../ops/sub.js';
import { type Shape, sameShape, sizeOf } from '../tensor.js';
import type { Rule, Site } from './site.js';

/** x·scale + centre per channel: as a convolution of one channel with one weight it is one pass. */
export const perChannel =
  (factors: (site: Site) => { scale: Value; centre?: Value }): Rule =>
  (site) => {
    if (!site.isBlocked(0)) return undefined;
    const { scale, centre } = factors(site);
    return site.result(affine(site.graph, site.blocked(0), scale, centre));
  };

export function affine(graph: Graph, x: Value, scale: Value, centre?: Value): Value {
  const channels = x.shape[1]!;
  return blockedConv(graph, x, reshape(graph, filledVector(graph, scale, channels), [channels, 1, 1, 1]), {
    strides: [1, 1],
    pads: [0, 0, 0, 0],
    dilations: [1, 1],
    groups: channels,
    bias: centre && filledVector(graph, centre, channels),
  });
}

/** Whether a convolution is such an affine map, and nothing is added to it. */
export function isPerChannel({ inputs: [, kernel], attributes }: Node<BlockedConvAttributes>): boolean {
  const [filters, ...rest] = kernel!.shape;
  return attributes.groups === filters && sizeOf(rest) === 1 && !attributes.added.includes('sum');
}

/** A vector with zeros for the channels that fill the last block. */
export function filledVector(graph: Graph, vector: Value, size: number): Value {
  return pad(graph, vector, { pads: [0, size - vector.shape[0]!] });
}

/** With (x − mean)·scale/std + centre as x·factor + (centre − mean·factor), as every framework computes it. */
export function normalisation({ graph, inputs, node }: Site): { scale: Value; centre: Value } {
  const [, scale, centre, mean, variance] = inputs as [Value, Value, Value, Value, Value];
  const std = sqrt(graph, add(graph, variance, scalar(graph, node.attributes.epsilon)));
  const factor = div(graph, scale, std);
  return { scale: factor, centre: sub(graph, centre, mul(graph, mean, factor)) };
}

/**
 * An image combined with one number per channel; or per image and channel, and then every channel of every image counts
 * as one of its own.
 * @param form what the image is multiplied with, and what is added, for that vector
 */
export function withVector(
  site: Site,
  form: (vector: Value, isFirst: boolean) => { scale: Value; centre?: Value },
): Value[] | undefined {
  const { graph, inputs, node } = site;
  const { shape } = node.outputs[0]!;
  const i = inputs.findIndex((input) => sameShape(input.shape, shape));
  if (i < 0 || !site.isBlocked(i) || !site.isWhole(i)) return undefined;
  const vector = inputs[1 - i]!;
  const [n, channels] = shape as [number, number];
  const isOfShape = (...shapes: Shape[]) => shapes.some((each) => sameShape(each, vector.shape));
  const groups = isOfShape([1, channels, 1, 1], [channels, 1, 1])
    ? channels
    : isOfShape([n, channels, 1, 1])
      ? n * channels
      : undefined;
  if (groups === undefined) return undefined;
  const image = site.blocked(i);
  const { scale, centre } = form(reshape(graph, vector, [groups]), i === 1);
  const flat = reshape(graph, image, [(n * channels) / groups, groups, ...image.shape.slice(2)]);
  return site.result(reshape(graph, affine(graph, flat, scale, centre), image.shape));
}
