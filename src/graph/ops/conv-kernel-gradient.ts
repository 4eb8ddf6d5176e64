/** @file The gradient of a convolution with respect to its kernel. */
import type { Graph, Value } from '../graph.js';
import type { Shape } from '../tensor.js';
import { concat } from './concat.js';
import { type ConvAttributes, conv } from './conv.js';
import { gemm } from './gemm.js';
import { mul } from './mul.js';
import { pad } from './pad.js';
import { reduceSum } from './reduce-sum.js';
import { reshape } from './reshape.js';
import { slice } from './slice.js';
import { transpose } from './transpose.js';

/**
 * Σ over images and places of the output gradient times the input element that the weight met there.
 * @param x the convolution's input, [N,C,H,W]
 * @param dy the gradient of its output, [N,M,H',W']
 * @param shape of the kernel: [M, C/groups, height, width]
 */
export function convKernelGradient(
  graph: Graph,
  x: Value,
  dy: Value,
  attributes: ConvAttributes,
  shape: Shape,
): Value {
  const { groups, strides } = attributes;
  const isDepthwise = shape[0] === groups && shape[1] === 1;
  const hasFewTaps = shape[2]! * shape[3]! <= 9 && strides[0] * strides[1] === 1;
  if (groups === 1) return denseGradient(graph, x, dy, attributes, shape);
  if (isDepthwise && hasFewTaps) return depthwiseGradient(graph, x, dy, attributes, shape);
  return groupedGradient(graph, x, dy, attributes, shape);
}

/**
 * One matrix product: the output gradient as [M, N·H'·W'] times, for every weight of a filter, what it met, as
 * [height·width·C, N·H'·W']. Up to five times as fast as a convolution with the output gradient for a kernel, which
 * ONNX Runtime would have to unroll in the same way but multiplies in narrow strips.
 */
function denseGradient(graph: Graph, x: Value, dy: Value, attributes: ConvAttributes, shape: Shape): Value {
  const [filters, channels, height, width] = shape as [number, number, number, number];
  const [n, , rows, columns] = dy.shape as [number, number, number, number];
  const met = taps(graph, channelsFirst(graph, x), dy, attributes, shape).map((tap) =>
    reshape(graph, tap, [channels, n * rows * columns]),
  );
  const gradient = gemm(
    graph,
    reshape(graph, channelsFirst(graph, dy), [filters, n * rows * columns]),
    concat(graph, met, 0),
    undefined,
    { transB: true },
  );
  return transpose(graph, reshape(graph, gradient, [filters, height, width, channels]), [0, 3, 1, 2]);
}

/** For each weight in turn, products and their sum: faster than unrolling where there are few weights and no stride. */
function depthwiseGradient(
  graph: Graph,
  x: Value,
  dy: Value,
  attributes: ConvAttributes,
  shape: Shape,
): Value {
  const sums = taps(graph, x, dy, attributes, shape).map((tap) =>
    reduceSum(graph, mul(graph, dy, tap), [0, 2, 3]),
  );
  return reshape(graph, concat(graph, sums, 2), shape);
}

/**
 * A convolution whose kernel is the output gradient, and whose summed channels are the images: weight i met the inputs
 * i·dilation + place·stride, so stride and dilation change places. ONNX Runtime runs this group by group.
 */
function groupedGradient(
  graph: Graph,
  x: Value,
  dy: Value,
  { strides, pads, dilations, groups }: ConvAttributes,
  shape: Shape,
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

/** What each weight of a filter met at the places of `dy`, row by row: the first two axes of `x`, the last two of `dy`. */
function taps(
  graph: Graph,
  x: Value,
  dy: Value,
  { strides, pads, dilations }: ConvAttributes,
  shape: Shape,
): Value[] {
  const [, , height, width] = shape as [number, number, number, number];
  const [, , rows, columns] = dy.shape as [number, number, number, number];
  const [top, left, bottom, right] = pads;
  const padded = pad(graph, x, { pads: [0, 0, top, left, 0, 0, bottom, right] });
  return [...Array(height * width).keys()].map((tap) => {
    const row = Math.floor(tap / width) * dilations[0];
    const column = (tap % width) * dilations[1];
    return slice(graph, padded, {
      axes: [2, 3],
      starts: [row, column],
      ends: [row + (rows - 1) * strides[0] + 1, column + (columns - 1) * strides[1] + 1],
      steps: strides,
    });
  });
}

/** [N,C,H,W] → [C,N,H,W] */
function channelsFirst(graph: Graph, x: Value): Value {
  return transpose(graph, x, [1, 0, 2, 3]);
}
