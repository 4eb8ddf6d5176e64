/** @file Sums over whole images in the blocked layout. */
import type { Graph, Value } from '../graph.js';
import { blockedConv } from '../ops/blocked-conv.js';
import { blockedPool } from '../ops/blocked-pool.js';
import { scaled } from '../ops/elementwise.js';
import { Mul } from '../ops/mul.js';
import { reduceSum } from '../ops/reduce-sum.js';
import { reshape } from '../ops/reshape.js';
import { slice } from '../ops/slice.js';
import { sameShape } from '../tensor.js';
import type { Rule } from './site.js';

/**
 * The sum over images. That of a product needs no product: one factor slides as a kernel, as large as the image, over the
 * other, and has only one place there.
 */
export const total: Rule = (site) => {
  const { graph, node } = site;
  const { axes } = node.attributes as { readonly axes: readonly number[] };
  const isOverImages = axes.includes(2) && axes.includes(3) && !axes.includes(1);
  if (!site.isBlocked(0) || !isOverImages) return undefined;
  const x = site.blocked(0);
  const [n, channels, height, width] = x.shape as [number, number, number, number];
  const factors = site.isOnlyUse(0) ? factorsOf(x) : undefined;
  const sums = factors
    ? dots(graph, ...factors)
    : scaled(graph, blockedPool(graph, x, 'GlobalAveragePool', [1, 1]), height * width);
  const perImage = reshape(graph, sums, [n, channels]);
  const all = axes.includes(0) ? reduceSum(graph, perImage, [0]) : perImage;
  const { shape } = node.outputs[0]!;
  return [reshape(graph, slice(graph, all, { axes: [1], starts: [0], ends: [shape[1]!] }), shape)];
};

function factorsOf({ source, shape }: Value): [Value, Value] | undefined {
  if (source.kind !== 'node' || source.node.op !== Mul) return undefined;
  const [a, b] = source.node.inputs as [Value, Value];
  return sameShape(a.shape, shape) && sameShape(b.shape, shape) ? [a, b] : undefined;
}

/** Σ a·b over each channel of each image: [1,N·C,1,1]. */
function dots(graph: Graph, a: Value, b: Value): Value {
  const [n, channels, height, width] = a.shape as [number, number, number, number];
  const groups = n * channels;
  return blockedConv(
    graph,
    reshape(graph, a, [1, groups, height, width]),
    reshape(graph, b, [groups, 1, height, width]),
    { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups },
  );
}
