/** @file The gradient of a convolution with respect to its input, itself a convolution or the transpose of one. */
import type { Graph, Value } from '../graph.js';
import { type ConvAttributes, conv, windowOf } from './conv.js';
import { convTranspose } from './conv-transpose.js';
import { embed } from './embed.js';
import { pad } from './pad.js';
import { reshape } from './reshape.js';
import { slice } from './slice.js';
import { transpose } from './transpose.js';
import { extent, type Pair } from './window.js';

/**
 * Σ over the outputs that an input went into of their gradient times the weight it met there.
 *
 * With stride 1 that is a convolution with the kernel turned by 180° and its channels exchanged, constant where the
 * kernel is, so that ONNX Runtime turns and packs it once. Under a stride, the output gradient first moves apart, with
 * zeros between. Most convolutions would spend most of their arithmetic on these zeros and are two to three times slower
 * there than ConvTranspose; a depthwise one is bound by memory, and up to three times as fast. A kernel of one element
 * meets no two neighbours, so there the zeros can come last.
 * @param dy the gradient of the convolution's output
 * @param size height and width of its input
 */
export function convInputGradient(
  graph: Graph,
  dy: Value,
  kernel: Value,
  attributes: ConvAttributes,
  size: Pair,
): Value {
  const { strides, pads, groups } = attributes;
  const isStrided = strides[0] > 1 || strides[1] > 1;
  const isDepthwise = kernel.shape[0] === groups && kernel.shape[1] === 1;
  if (isStrided && kernel.shape[2] === 1 && kernel.shape[3] === 1 && pads.every((n) => n === 0)) {
    const places: Pair = [dy.shape[2]!, dy.shape[3]!];
    return spreadOut(
      graph,
      turnedConv(graph, dy, kernel, { ...attributes, strides: [1, 1] }, places),
      strides,
      size,
    );
  }
  return isStrided && !isDepthwise
    ? convTranspose(graph, dy, kernel, attributes, size)
    : turnedConv(graph, dy, kernel, attributes, size);
}

/** The same in the form with the turned kernel, whatever the stride. */
export function turnedConv(
  graph: Graph,
  dy: Value,
  kernel: Value,
  attributes: ConvAttributes,
  size: Pair,
): Value {
  const { strides, pads, dilations, groups } = attributes;
  // Row r of the input met row i of the kernel in output row (r + top − i·dilation) / stride.
  const isStrided = strides[0] > 1 || strides[1] > 1;
  const spread = isStrided
    ? spreadOut(graph, dy, strides, [dy.shape[2]! * strides[0], dy.shape[3]! * strides[1]])
    : dy;
  const [height, width] = extent(windowOf(kernel, attributes));
  const top = height - 1 - pads[0];
  const left = width - 1 - pads[1];
  const bottom = size[0] - spread.shape[2]! + pads[0];
  const right = size[1] - spread.shape[3]! + pads[1];
  // Negative where rows of the output gradient met nothing but padding: those are cut off.
  const [cut, added] = [Math.min, Math.max].map((limit) =>
    [top, left, bottom, right].map((n) => limit(n, 0)),
  );
  const [cutTop, cutLeft, cutBottom, cutRight] = cut as [number, number, number, number];
  const met = pad(graph, spread, { pads: [0, 0, cutTop, cutLeft, 0, 0, cutBottom, cutRight] });
  return conv(graph, met, turned(graph, kernel, groups), undefined, {
    strides: [1, 1],
    pads: added as [number, number, number, number],
    dilations,
    groups,
  });
}

/** Puts zeros between rows and columns, stride − 1 of each, and behind the last ones up to the given size. */
function spreadOut(graph: Graph, x: Value, strides: Pair, size: Pair): Value {
  const [n, c, height, width] = x.shape as [number, number, number, number];
  return embed(
    graph,
    x,
    [n, c, ...size],
    [
      { axis: 2, start: 0, step: strides[0], size: height },
      { axis: 3, start: 0, step: strides[1], size: width },
    ],
  );
}

/** The kernel with rows and columns reversed, and input and output channels exchanged within each group. */
function turned(graph: Graph, kernel: Value, groups: number): Value {
  const [, , height, width] = kernel.shape as [number, number, number, number];
  return slice(graph, exchanged(graph, kernel, groups), {
    axes: [2, 3],
    starts: [-1, -1],
    ends: [-height - 1, -width - 1],
    steps: [-1, -1],
  });
}

function exchanged(graph: Graph, kernel: Value, groups: number): Value {
  const [filters, depth, height, width] = kernel.shape as [number, number, number, number];
  const perGroup = filters / groups;
  if (perGroup === 1 && depth === 1) return kernel;
  if (groups === 1) return transpose(graph, kernel, [1, 0, 2, 3]);
  const grouped = reshape(graph, kernel, [groups, perGroup, depth, height, width]);
  const result = transpose(graph, grouped, [0, 2, 1, 3, 4]);
  return reshape(graph, result, [groups * depth, perGroup, height, width]);
}
