/**
 * @file Convolutions by Winograd's minimal filtering along one axis (see toom-cook.ts), in the blocked layout: of a 3×3
 * kernel, 24 products for every six outputs below each other where the definition takes 54. Along both axes there would
 * be fewer still, but more passes over memory, and larger kernels.
 */
import type { Graph, Value } from '../graph.js';
import { blockedConv } from '../ops/blocked-conv.js';
import type { ConvAttributes } from '../ops/conv.js';
import { pad } from '../ops/pad.js';
import { reshape } from '../ops/reshape.js';
import { rowConv } from '../ops/row-conv.js';
import { slice } from '../ops/slice.js';
import { transpose } from '../ops/transpose.js';
import type { Pads } from '../ops/window.js';
import { float32, type Shape, sizeOf } from '../tensor.js';
import { blockedKernel } from './kernels.js';
import { RESULTS, type ToomCook, toomCook } from './toom-cook.js';

/** How a convolution is computed: filtered along rows' columns (2, from top to bottom) or along rows (3), so many results at once. */
export interface Filtering {
  readonly axis: 2 | 3;
  readonly results: number;
}

/** Costs beside that of a multiply-add of a convolution, measured: per number that goes into products or comes out of them. */
const PER_TAKEN = 60;
const PER_PRODUCT = 55;
const PER_WEIGHT = 30;
const PER_TURNED = 15;
const OVERHEAD = 1.1;
const FIXED = 2e6;

/** What is not so much faster on one core is not faster on several, which share the memory. */
const MARGIN = 1.1;

/** Elements of the transformed kernel for each of the images'; one that changes is transformed in every run. */
const MOST_KERNEL = { constant: 20, changing: 2 } as const;

/**
 * How a convolution of `x` [N,C,H,W] is best filtered.
 * @returns undefined where it cannot be, or the definition is as fast: the passes over memory are made up for by channels
 */
export function filteringOf(
  x: Shape,
  kernel: Shape,
  { strides, pads, dilations, groups }: ConvAttributes,
  isConstant = true,
): Filtering | undefined {
  if (![...strides, ...dilations, groups].every((n) => n === 1)) return undefined;
  const axis = kernel[2]! < kernel[3]! ? 3 : 2;
  const [taps, others] = [kernel[axis]!, kernel[5 - axis]!];
  const [n, depth, ...size] = x as [number, number, number, number];
  const along = size[axis - 2]!;
  const across = size[3 - axis]!;
  const [rows, columns] = [
    along + pads[axis - 2]! + pads[axis]! - taps + 1,
    across + pads[3 - axis]! + pads[5 - axis]! - others + 1,
  ];
  const filters = kernel[0]!;
  const weights = sizeOf(kernel);
  const direct = n * rows * columns * weights + PER_WEIGHT * weights;
  const costs = (RESULTS[taps] ?? []).flatMap((results) => {
    const elements = results + taps - 1;
    const places = n * Math.ceil(rows / results) * elements;
    const transformed = (weights * elements) / taps;
    const turning = axis === 3 ? PER_TURNED * n * (along * across * depth + rows * columns * filters) : 0;
    const cost =
      (OVERHEAD * places * columns * weights) / taps +
      places * (PER_TAKEN * across * depth + PER_PRODUCT * columns * filters) +
      PER_WEIGHT * transformed +
      turning +
      FIXED;
    const isLight = transformed <= MOST_KERNEL[isConstant ? 'constant' : 'changing'] * sizeOf(x);
    return isLight && direct > MARGIN * cost ? [{ results, cost }] : [];
  });
  const [best] = costs.sort((a, b) => a.cost - b.cost);
  return best && { axis, results: best.results };
}

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

/** Rows become columns, in runs of so many numbers. */
function turned(graph: Graph, x: Value, run: number): Value {
  const [n, channels, height, width] = x.shape as [number, number, number, number];
  const places = reshape(graph, x, [(n * channels) / run, height, width, run]);
  return reshape(graph, transpose(graph, places, [0, 2, 1, 3]), [n, channels, width, height]);
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

function matrix(graph: Graph, rows: readonly (readonly number[])[], shape: Shape): Value {
  return graph.constant(float32(rows.flat(), shape));
}
