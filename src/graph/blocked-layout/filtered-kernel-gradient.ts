/**
 * @file Gradients of kernels by minimal filtering: with y = Aᵀ·(G·kernel ⊙ Bᵀ·tile), the kernel's gradient is
 * Gᵀ·(A·dy ⊙ Bᵀ·tile), summed over all tiles. The sums are matrix products, one for each element of the tiles.
 */
import type { Graph, Value } from '../graph.js';
import { concat } from '../ops/concat.js';
import { fromBlocked } from '../ops/from-blocked.js';
import { gemm } from '../ops/gemm.js';
import { matmul } from '../ops/matmul.js';
import { pad } from '../ops/pad.js';
import { reshape } from '../ops/reshape.js';
import { rowConv } from '../ops/row-conv.js';
import { slice } from '../ops/slice.js';
import { transpose } from '../ops/transpose.js';
import type { Pads } from '../ops/window.js';
import type { Shape } from '../tensor.js';
import { type Filtering, matrix, turned } from './filtering.js';
import { toomCook } from './toom-cook.js';

interface Gradient extends Filtering {
  /** Of the convolution, as is `shape`: that of its kernel [M,C,height,width]. */
  readonly pads: Pads;
  readonly shape: Shape;
  readonly block: number;
}

/**
 * @param x the convolution's input, blocked
 * @param dy the gradient of its output, blocked
 */
export function filteredKernelGradient(
  graph: Graph,
  x: Value,
  dy: Value,
  { axis, results, pads, shape, block }: Gradient,
): Value {
  const [filters, depth, height, width] = shape as [number, number, number, number];
  if (axis === 2) return fromTopToBottom(graph, x, dy, { results, pads, shape, block });
  const [top, left, bottom, right] = pads;
  const gradient = fromTopToBottom(graph, turned(graph, x, block), turned(graph, dy, block), {
    results,
    pads: [left, top, right, bottom],
    shape: [filters, depth, width, height],
    block,
  });
  return transpose(graph, gradient, [0, 1, 3, 2]);
}

function fromTopToBottom(
  graph: Graph,
  x: Value,
  dy: Value,
  { results, pads: [top, before, , after], shape, block }: Omit<Gradient, 'axis'>,
): Value {
  const [filters, depth, taps, width] = shape as [number, number, number, number];
  const [n, , rows, columns] = dy.shape as [number, number, number, number];
  const { ofTile, ofFilter, ofProducts } = toomCook(results, taps);
  const elements = ofTile.length;
  const tiles = Math.ceil(rows / results);
  const places = n * tiles * columns;

  const tiled = (images: Value, kernel: readonly (readonly number[])[], top: number): Value => {
    const [, channels, height, across] = images.shape as [number, number, number, number];
    const covered = (tiles - 1) * results + kernel[0]!.length;
    const tile = rowConv(
      graph,
      reshape(graph, images, [1, 1, (n * channels) / block, height, across * block]),
      matrix(graph, kernel, [elements, 1, kernel[0]!.length]),
      { stride: results, pads: [top, covered - height - top] },
    );
    return reshape(graph, tile, [elements * n, channels, tiles, across]);
  };
  const met = fromBlocked(graph, tiled(x, ofTile, top), { channels: depth, channelsLast: true });
  const padded = pad(graph, met, { pads: [0, 0, before, 0, 0, 0, after, 0] });
  const byColumn = Array.from({ length: width }, (_, column) =>
    slice(graph, padded, { axes: [2], starts: [column], ends: [column + columns] }),
  );
  const gradients = fromBlocked(graph, tiled(dy, transposed(ofProducts), 0), { channels: filters });
  const left = reshape(
    graph,
    transpose(graph, reshape(graph, gradients, [elements, n, filters, tiles * columns]), [0, 2, 1, 3]),
    [elements, filters, places],
  );
  // A product for each column of the kernel, and of it a slice for each row. To have rows last by a transposition is slower:
  // ONNX Runtime would make one move of both axes of this one and the next.
  const backToTaps = matrix(graph, transposed(ofFilter), [taps, elements]);
  const weights = byColumn.map((column) => {
    const products = matmul(graph, left, reshape(graph, column, [elements, places, depth]));
    return gemm(graph, backToTaps, reshape(graph, products, [elements, filters * depth]), undefined);
  });
  const byTap = Array.from({ length: taps * width }, (_, i) => {
    const tap = Math.floor(i / width);
    const row = slice(graph, weights[i % width]!, { axes: [0], starts: [tap], ends: [tap + 1] });
    return reshape(graph, row, [filters, 1, depth]);
  });
  return reshape(graph, transpose(graph, concat(graph, byTap, 1), [0, 2, 1]), shape);
}

function transposed(matrix: readonly (readonly number[])[]): number[][] {
  return matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));
}
