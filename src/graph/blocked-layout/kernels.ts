/**
 * @file Kernels as blocked convolutions want them, brought there by moves of one axis each: in ONNX Runtime two of these
 * are several times as fast as one of both axes, and runs of a block as moves of single numbers.
 */
import type { Graph, Value } from '../graph.js';
import { pad } from '../ops/pad.js';
import { reshape } from '../ops/reshape.js';
import { type Range, Slice } from '../ops/slice.js';
import { filledUp } from '../ops/to-blocked.js';
import { Transpose, transpose } from '../ops/transpose.js';
import { sameShape, sizeOf, type TensorType } from '../tensor.js';

/**
 * A kernel [M, C/groups, height, width] with filters in blocks; input channels too, unless there is but one to a group or
 * fewer than fill a block, with zeros to fill the last ones.
 */
export function blockedKernel(graph: Graph, kernel: Value, block: number): Value {
  const { source, shape } = kernel;
  const made = source.kind === 'node' ? source.node : undefined;
  if (made?.op === Slice) {
    const { ranges } = made.attributes as { readonly ranges: readonly Range[] };
    if (ranges.every(({ axis }) => axis > 1)) {
      const inner = shape[1]! < block ? block : block * block;
      return weightsOf(graph, blockedKernel(graph, made.inputs[0]!, block), inner, kernel, ranges);
    }
  }
  if (made?.op === Transpose && shape[1]! >= block) {
    const { permutation } = made.attributes as { readonly permutation: readonly number[] };
    if (sameShape(permutation, EXCHANGED)) return exchangedKernel(graph, made.inputs[0]!, block);
  }
  const inner = shape[1]! < block ? 1 : block;
  const filled = filledKernel(graph, kernel, block, inner);
  const [filters, depth, height, width] = filled.shape as [number, number, number, number];
  const taps = height * width;
  // Runs of two blocks' product move faster in the end than runs of one.
  const tapsFirst = inner === 1 ? filled : moved(graph, filled, [filters, depth, taps], [0, 2, 1]);
  const split = reshape(graph, tapsFirst, [filters / block, block, taps * depth]);
  const filtersLast = transpose(graph, split, [0, 2, 1]);
  if (inner === 1) return reshape(graph, filtersLast, filled.shape);
  const all = [filters / block, taps, depth / inner, inner * block];
  return reshape(graph, moved(graph, filtersLast, all, [0, 2, 1, 3]), filled.shape);
}

const EXCHANGED = [1, 0, 2, 3];

/** The blocked form of a kernel [M,C,height,width] with filters and input channels exchanged. */
function exchangedKernel(graph: Graph, kernel: Value, block: number): Value {
  const filled = filledKernel(graph, kernel, block, block);
  const [filters, depth, height, width] = filled.shape as [number, number, number, number];
  const taps = height * width;
  const tapsFirst = moved(graph, filled, [filters, depth, taps], [0, 2, 1]);
  const byBlock = moved(graph, tapsFirst, [filters / block, block, taps, depth], [0, 2, 1, 3]);
  const all = [filters * taps, depth / block, block];
  return reshape(graph, moved(graph, byBlock, all, [1, 0, 2]), [depth, filters, height, width]);
}

/** Filters in whole blocks, and channels in multiples of `inner`. */
function filledKernel(graph: Graph, kernel: Value, block: number, inner: number): Value {
  const [filters, depth] = kernel.shape as [number, number];
  const [moreFilters, moreDepth] = [filledUp(filters, block) - filters, filledUp(depth, inner) - depth];
  return pad(graph, kernel, { pads: [0, 0, 0, 0, moreFilters, moreDepth, 0, 0] });
}

/** The same elements in another shape, and then their axes in another order; as they are where only axes of 1 change. */
function moved(graph: Graph, x: Value, shape: readonly number[], permutation: readonly number[]): Value {
  const reshaped = reshape(graph, x, shape);
  const moving = permutation.filter((axis) => shape[axis] !== 1);
  return moving.every((axis, i) => axis > (moving[i - 1] ?? -1))
    ? reshaped
    : transpose(graph, reshaped, permutation);
}

/** Some of a blocked kernel's weights, perhaps turned around: blocks move faster than single numbers. */
function weightsOf(
  graph: Graph,
  kernel: Value,
  inner: number,
  part: TensorType,
  ranges: readonly Range[],
): Value {
  const [filters, depth, height, width] = kernel.shape as [number, number, number, number];
  const outer = sizeOf([filters, depth]) / inner;
  const taken = graph.apply(Slice, [reshape(graph, kernel, [outer, height, width, inner])], {
    ranges: ranges.map((range) => ({ ...range, axis: range.axis - 1 })),
  });
  return reshape(graph, taken, [filters, depth, ...part.shape.slice(2)]);
}
