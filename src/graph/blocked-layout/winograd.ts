/**
 * @file Convolutions by Winograd's minimal filtering along one axis (see toom-cook.ts), in the blocked layout: of a 3×3
 * kernel, 24 products for every six outputs below each other where the definition takes 54. Along both axes there would
 * be fewer still, but more passes over memory, and larger kernels.
 */
import type { Graph, Value } from '../graph.js';
import { blockedConv } from '../ops/blocked-conv.js';
import { pad } from '../ops/pad.js';
import { reshape } from '../ops/reshape.js';
import { rowConv } from '../ops/row-conv.js';
import { slice } from '../ops/slice.js';
import { transpose } from '../ops/transpose.js';
import type { Pads } from '../ops/window.js';
import { type Filtering, matrix, turned } from './filtering.js';
import { blockedKernel } from './kernels.js';
import { type ToomCook, toomCook } from './toom-cook.js';

interface Filtered extends Filtering {
  readonly pads: Pads;
  /** [M] in whole blocks */
  readonly bias: Value | undefined;
  readonly block: number;
}

/** The convolution, with stride 1, of a blocked `x` with a kernel [M,C,height,width]: blocked [N,M,H',W']. */
export function winogradConv(
  graph: Graph,
  x: Value,
  kernel: Value,
  { axis, results, pads, bias, block }: Filtered,
): Value {
  const filter = blockedKernel(graph, kernel, block);
  if (axis === 2) return filteredConv(graph, x, filter, { results, pads, bias, block });
  const [top, left, bottom, right] = pads;
  const y = filteredConv(graph, turned(graph, x, block), turned(graph, filter, block * block), {
    results,
    pads: [left, top, right, bottom],
    bias,
    block,
  });
  return turned(graph, y, block);
}

/** Filtered from top to bottom, with a blocked kernel: `results` rows at once make a tile. */
function filteredConv(
  graph: Graph,
  x: Value,
  kernel: Value,
  { results, pads, bias, block }: Omit<Filtered, 'axis'>,
): Value {
  const [n, channels, height, width] = x.shape as [number, number, number, number];
  const [filters, , taps] = kernel.shape as [number, number, number];
  const algorithm = toomCook(results, taps);
  const elements = algorithm.ofTile.length;
  const [top, left, bottom, right] = pads;
  const rows = height + top + bottom - taps + 1;
  const tiles = Math.ceil(rows / results);

  // Every element of all tiles is one of the groups.
  const taken = rowConv(
    graph,
    reshape(graph, x, [n, 1, channels / block, height, width * block]),
    matrix(graph, algorithm.ofTile, [elements, 1, elements]),
    { stride: results, pads: [top, (tiles - 1) * results + elements - height - top] },
  );
  const products = blockedConv(
    graph,
    reshape(graph, taken, [n, elements * channels, tiles, width]),
    transformedKernel(graph, kernel, algorithm, block),
    {
      strides: [1, 1],
      pads: [0, left, 0, right],
      dilations: [1, 1],
      groups: elements,
      bias: bias && reachingAll(graph, bias, algorithm),
    },
  );
  const columns = products.shape[3]!;
  const summed = rowConv(
    graph,
    reshape(graph, products, [n, elements, filters / block, tiles, columns * block]),
    matrix(graph, algorithm.ofProducts, [results, elements, 1]),
  );
  const byTile = transpose(graph, summed, [0, 2, 3, 1, 4]);
  const whole = reshape(graph, byTile, [n, filters / block, tiles * results, columns * block]);
  const wanted = slice(graph, whole, { axes: [2], starts: [0], ends: [rows] });
  return reshape(graph, wanted, [n, filters, rows, columns]);
}

/** G·kernel from top to bottom, a group for each row: [(m + r − 1)·M, C, 1, width], blocked. */
function transformedKernel(graph: Graph, kernel: Value, { ofFilter }: ToomCook, block: number): Value {
  const [filters, depth, taps, width] = kernel.shape as [number, number, number, number];
  const run = width * block * block;
  const rows = reshape(graph, kernel, [1, 1, (filters * depth) / block ** 2, taps, run]);
  const transformed = rowConv(graph, rows, matrix(graph, ofFilter, [ofFilter.length, 1, taps]));
  return reshape(graph, transformed, [ofFilter.length * filters, depth, 1, width]);
}

/** For the groups, of which one reaches every result. */
function reachingAll(graph: Graph, bias: Value, { ofTile, reachesAll }: ToomCook): Value {
  const [size] = bias.shape as [number];
  return pad(graph, bias, { pads: [reachesAll * size, (ofTile.length - 1 - reachesAll) * size] });
}
