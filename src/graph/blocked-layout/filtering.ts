/** @file When and along which axis minimal filtering (see toom-cook.ts) takes the place of a convolution or of its gradient. */
import type { Graph, Value } from '../graph.js';
import type { ConvAttributes } from '../ops/conv.js';
import { reshape } from '../ops/reshape.js';
import { transpose } from '../ops/transpose.js';
import { float32, type Shape, sizeOf } from '../tensor.js';
import { RESULTS } from './toom-cook.js';

/** Filtered from top to bottom (2) or from left to right (3), so many results at once. */
export interface Filtering {
  readonly axis: 2 | 3;
  readonly results: number;
}

/**
 * Costs, measured in blocks of 16, beside that of a multiply-add of a convolution: per number and per weight, of tiles
 * and transformed. In narrower blocks a multiply-add takes longer, and a pass over memory does not.
 */
const COSTS = {
  convolution: { taken: 60, product: 55, weight: 30, cut: 0, direct: 30, overhead: 1.1 },
  gradient: { taken: 120, product: 120, weight: 55, cut: 38, direct: 35, overhead: 1 },
} as const;

const WIDEST_BLOCK = 16;

/** Likewise, per number of images that are turned, and of a dozen small nodes. */
const PER_TURNED = 15;
const FIXED = 2e6;

/** What is not so much faster on one core is not faster on several, which share the memory. */
const MARGIN = 1.1;

/** Elements of the transformed kernel for each of the images'; one that changes is transformed in every run. */
const MOST_KERNEL = { constant: 20, changing: 8 } as const;

/**
 * How a convolution of `x` [N,C,H,W] is best filtered.
 * @returns undefined where it cannot be, or the definition is as fast: the passes over memory are made up for by channels
 */
export function filteringOf(
  x: Shape,
  kernel: Shape,
  attributes: ConvAttributes,
  { block, isConstant = true }: { readonly block: number; readonly isConstant?: boolean },
): Filtering | undefined {
  const mostTransformed = MOST_KERNEL[isConstant ? 'constant' : 'changing'] * sizeOf(x);
  return best('convolution', x, kernel, attributes, { block, mostTransformed });
}

/** How the gradient of its kernel is, likewise. */
export function gradientFilteringOf(
  x: Shape,
  kernel: Shape,
  attributes: ConvAttributes,
  block: number,
): Filtering | undefined {
  return best('gradient', x, kernel, attributes, { block, mostTransformed: Number.POSITIVE_INFINITY });
}

function best(
  what: keyof typeof COSTS,
  x: Shape,
  kernel: Shape,
  { strides, pads, dilations, groups }: ConvAttributes,
  { block, mostTransformed }: { readonly block: number; readonly mostTransformed: number },
): Filtering | undefined {
  if (![...strides, ...dilations, groups].every((n) => n === 1)) return undefined;
  const cost = COSTS[what];
  const axis = kernel[2]! < kernel[3]! ? 3 : 2;
  const other = axis === 2 ? 3 : 2;
  const outputs = (i: 2 | 3) => x[i]! + pads[i - 2]! + pads[i]! - kernel[i]! + 1;
  const [rows, columns, across, taps] = [outputs(axis), outputs(other), x[other]!, kernel[axis]!];
  const [n, depth, filters, weights] = [x[0]!, x[1]!, kernel[0]!, sizeOf(kernel)];

  const scale = block / WIDEST_BLOCK;
  const cut = (cost.cut * weights) / filters;
  const direct = n * rows * columns * (weights + scale * cut) + scale * cost.direct * weights;
  const turning = axis === 3 ? PER_TURNED * (sizeOf(x) + n * rows * columns * filters) : 0;
  const candidates = (RESULTS[taps] ?? []).flatMap((results) => {
    const elements = results + taps - 1;
    const lines = n * Math.ceil(rows / results) * elements;
    const transformed = (weights * elements) / taps;
    const filtered =
      (cost.overhead * lines * columns * weights) / taps +
      scale *
        (lines * (cost.taken * across * depth + cost.product * columns * filters) +
          cost.weight * transformed +
          turning +
          FIXED);
    const pays = transformed <= mostTransformed && direct > MARGIN * filtered;
    return pays ? [{ results, filtered }] : [];
  });
  const [first] = candidates.sort((a, b) => a.filtered - b.filtered);
  return first && { axis, results: first.results };
}

/** Rows become columns: of images in runs of a block, of kernels in runs of two blocks' product. */
export function turned(graph: Graph, x: Value, run: number): Value {
  const [n, channels, height, width] = x.shape as [number, number, number, number];
  const places = reshape(graph, x, [(n * channels) / run, height, width, run]);
  return reshape(graph, transpose(graph, places, [0, 2, 1, 3]), [n, channels, width, height]);
}

/** A constant. */
export function matrix(graph: Graph, rows: readonly (readonly number[])[], shape: Shape): Value {
  return graph.constant(float32(rows.flat(), shape));
}
