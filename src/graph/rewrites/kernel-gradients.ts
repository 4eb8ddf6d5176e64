/** @file Gradients of convolutions' kernels, as what ONNX Runtime has: products, and convolutions with the gradient for a kernel. */
import type { Graph, Value } from '../graph.js';
import { concat } from '../ops/concat.js';
import { conv } from '../ops/conv.js';
import { ConvKernelGradient, type ConvKernelGradientAttributes } from '../ops/conv-kernel-gradient.js';
import { FromBlocked, fromBlocked } from '../ops/from-blocked.js';
import { gemm } from '../ops/gemm.js';
import { mul } from '../ops/mul.js';
import { pad } from '../ops/pad.js';
import { reduceSum } from '../ops/reduce-sum.js';
import { reshape } from '../ops/reshape.js';
import { slice } from '../ops/slice.js';
import { transpose } from '../ops/transpose.js';
import type { Pair } from '../ops/window.js';
import { rewrite } from '../rewrite.js';

export function kernelGradients(original: Graph): Graph {
  return rewrite(original, (graph, { op, attributes }, inputs) => {
    if (op !== ConvKernelGradient) return undefined;
    const [x, dy] = inputs as [Value, Value];
    const { groups, strides, shape } = attributes as ConvKernelGradientAttributes;
    const isDepthwise = shape[0] === groups && shape[1] === 1;
    const hasFewTaps = shape[2]! * shape[3]! <= 9 && strides[0] * strides[1] === 1;
    if (groups === 1) return [denseGradient(graph, x, dy, attributes)];
    if (isDepthwise && hasFewTaps) return [depthwiseGradient(graph, x, dy, attributes)];
    return [groupedGradient(graph, x, dy, attributes)];
  });
}

/**
 * Matrix products of the output gradient, as [M, N·H'·W'], with what a filter's weights met, as [N·H'·W', C] for each of
 * them. Neither operand has to be turned around for it, and cutting out what was met moves whole rows of channels. As one
 * product of all weights it would need all of that at once, and is up to 1.7 times slower.
 */
function denseGradient(graph: Graph, x: Value, dy: Value, attributes: ConvKernelGradientAttributes): Value {
  const [filters, channels, height, width] = attributes.shape as [number, number, number, number];
  const [n, , rows, columns] = dy.shape as [number, number, number, number];
  const places = n * rows * columns;
  const left = reshape(graph, channelsFirst(graph, dy), [filters, places]);
  const met = taps(graph, channelsLast(graph, x), 1, dy, attributes);
  const products = groupsOf(tapsAtOnce(channels, places), met).map((group) => {
    const right = reshape(graph, concat(graph, group, 3), [places, group.length * channels]);
    return gemm(graph, left, right, undefined);
  });
  const perWeight = reshape(graph, concat(graph, products, 1), [filters, height * width, channels]);
  return reshape(graph, transpose(graph, perWeight, [0, 2, 1]), attributes.shape);
}

/** Columns that a product works on at once, however few it is given. */
const COLUMNS = 48;

/** Elements of what is cut out for one product, which fit a core's cache. */
const CACHED = 2 ** 18;

function tapsAtOnce(channels: number, places: number): number {
  return Math.max(1, Math.floor(COLUMNS / channels), Math.floor(CACHED / (channels * places)));
}

function groupsOf<Item>(most: number, items: readonly Item[]): Item[][] {
  const size = Math.ceil(items.length / Math.ceil(items.length / most));
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
}

/** For each weight in turn, products and their sum: faster than unrolling where there are few weights and no stride. */
function depthwiseGradient(
  graph: Graph,
  x: Value,
  dy: Value,
  attributes: ConvKernelGradientAttributes,
): Value {
  const sums = taps(graph, x, 2, dy, attributes).map((tap) =>
    reduceSum(graph, mul(graph, dy, tap), [0, 2, 3]),
  );
  return reshape(graph, concat(graph, sums, 2), attributes.shape);
}

/**
 * A convolution whose kernel is the output gradient, and whose summed channels are the images: weight i met the inputs
 * i·dilation + place·stride, so stride and dilation change places. ONNX Runtime runs this group by group.
 */
function groupedGradient(
  graph: Graph,
  x: Value,
  dy: Value,
  { strides, pads, dilations, groups, shape }: ConvKernelGradientAttributes,
): Value {
  const [filters, depth, height, width] = shape as [number, number, number, number];
  const [n, , ...size] = x.shape as [number, number, number, number];
  // The group's channels take the place of the images: [depth, groups·N, H, W].
  const byGroup = transpose(graph, reshape(graph, x, [n, groups, depth, ...size]), [2, 1, 0, 3, 4]);
  const gradient = conv(
    graph,
    reshape(graph, byGroup, [depth, groups * n, ...size]),
    channelsFirst(graph, dy),
    undefined,
    { strides: dilations, dilations: strides, pads, groups },
  );
  // Rows at the end that no window of the stride reached look like further weights.
  const weights = slice(graph, gradient, { axes: [2, 3], starts: [0, 0], ends: [height, width] });
  return reshape(graph, transpose(graph, weights, [1, 0, 2, 3]), [filters, depth, height, width]);
}

/**
 * What each weight of a filter met at the places of `dy`, weights row by row.
 * @param first the first of the two axes of `x` that are rows and columns
 */
function taps(
  graph: Graph,
  x: Value,
  first: number,
  dy: Value,
  { strides, pads, dilations, shape }: ConvKernelGradientAttributes,
): Value[] {
  const [, , height, width] = shape as [number, number, number, number];
  const [, , rows, columns] = dy.shape as [number, number, number, number];
  const [top, left, bottom, right] = pads;
  const around = (rows: number, columns: number) =>
    x.shape.map((_, axis) => (axis === first ? rows : axis === first + 1 ? columns : 0));
  const padded = pad(graph, x, { pads: [...around(top, left), ...around(bottom, right)] });
  const cut = (from: Value, starts: Pair, steps: Pair) =>
    slice(graph, from, {
      axes: [first, first + 1],
      starts,
      ends: [starts[0] + (rows - 1) * steps[0] + 1, starts[1] + (columns - 1) * steps[1] + 1],
      steps,
    });
  const phase = phases(graph, padded, first, strides);
  return [...Array(height * width).keys()].map((tap) => {
    const row = Math.floor(tap / width) * dilations[0];
    const column = (tap % width) * dilations[1];
    return height * width > MANY_TAPS
      ? cut(phase(row, column), [Math.floor(row / strides[0]), Math.floor(column / strides[1])], [1, 1])
      : cut(padded, [row, column], strides);
  });
}

/** From so many on, their rows and columns are cut out of every s-th ones, which lie together then. */
const MANY_TAPS = 16;

/** The rows and columns of an image that are a stride apart, from the first, the second, …; each taken once. */
function phases(graph: Graph, x: Value, first: number, strides: Pair) {
  const taken = new Map<string, Value>();
  return (row: number, column: number): Value => {
    const starts = [row % strides[0], column % strides[1]];
    const known = taken.get(String(starts));
    if (known) return known;
    const phase = slice(graph, x, {
      axes: [first, first + 1],
      starts,
      ends: [x.shape[first]!, x.shape[first + 1]!],
      steps: strides,
    });
    taken.set(String(starts), phase);
    return phase;
  };
}

/** [N,C,H,W] → [C,N,H,W] */
function channelsFirst(graph: Graph, x: Value): Value {
  return transpose(graph, x, [1, 0, 2, 3]);
}

/** [N,C,H,W] → [N,H,W,C], from the blocked layout directly. */
function channelsLast(graph: Graph, x: Value): Value {
  const { source } = x;
  return source.kind === 'node' && source.node.op === FromBlocked
    ? fromBlocked(graph, source.node.inputs[0]!, { channels: x.shape[1]!, channelsLast: true })
    : transpose(graph, x, [0, 2, 3, 1]);
}
