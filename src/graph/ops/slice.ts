/** @file Every step-th element from a start to an end along some axes; a step of −1 reverses. */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { int64, normaliseAxis, showShape, showType } from '../tensor.js';
import { embed } from './embed.js';

export interface SliceOptions {
  /** First index per axis; negative counts from the end. Beyond the tensor it is moved to its edge. */
  readonly starts: readonly number[];
  /** Index before which to stop, likewise. */
  readonly ends: readonly number[];
  /** Which axes; the first `starts.length` ones by default. */
  readonly axes?: readonly number[];
  /** Not 0; all 1 by default. */
  readonly steps?: readonly number[];
}

/** What is taken along one axis: `size` elements from index `start`, `step` apart. */
export interface Range {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  readonly size: number;
}

export const Slice = defineOperator<{ readonly ranges: readonly Range[] }>({
  name: 'Slice',
  infer: ([x], { ranges }) => {
    const shape = [...x!.shape];
    for (const { axis, size } of ranges) shape[axis] = size;
    return [{ dtype: x!.dtype, shape }];
  },
  emit: ({ inputs: [x], outputs, attributes: { ranges } }, form) =>
    form.result(outputs, 'Slice', [
      form.name(x!),
      form.constant(int64(ranges.map(({ start }) => start))),
      form.constant(int64(ranges.map(onnxEnd))),
      form.constant(int64(ranges.map(({ axis }) => axis))),
      form.constant(int64(ranges.map(({ step }) => step))),
    ]),
  // What was taken gets its gradient back in its place; the rest had no part in y.
  gradient: (graph, { inputs: [x], attributes: { ranges } }, [dy]) => [
    () => embed(graph, dy!, x!.shape, ranges),
  ],
});

/** One step beyond the last element; a negative index would count from the end, so far below it for index −1. */
function onnxEnd({ start, step, size }: Range): number {
  const end = start + size * step;
  return end < 0 ? -(2 ** 31) : end;
}

/** A part of `x`, by the rules of ONNX: out-of-range starts and ends are moved to the edge. */
export function slice(graph: Graph, x: Value, { starts, ends, axes, steps }: SliceOptions): Value {
  const ranges = starts.map((start, i): Range => {
    const axis = normaliseAxis(axes?.[i] ?? i, x.shape.length);
    return { axis, ...rangeOf(start, ends[i]!, steps?.[i] ?? 1, x.shape[axis]!) };
  });
  if (ranges.some(({ size }) => size === 0)) {
    throw internal(`slicing ${showType(x)} from ${showShape(starts)} to ${showShape(ends)} leaves nothing`);
  }
  const moves = ranges.filter(
    ({ axis, start, step, size }) => start !== 0 || (step !== 1 && size > 1) || size !== x.shape[axis],
  );
  return moves.length === 0 ? x : graph.apply(Slice, [x], { ranges: moves });
}

/**
 * What a start, an end and a step take of an axis of `length` elements. ONNX moves a start to an element of the tensor
 * (or its end), and an end going backwards to one before the first.
 */
export function rangeOf(start: number, end: number, step: number, length: number): Omit<Range, 'axis'> {
  const last = step > 0 ? length : length - 1;
  const index = (position: number, lowest: number) =>
    Math.min(Math.max(position < 0 ? position + length : position, lowest), last);
  const first = index(start, 0);
  const stop = index(end, step > 0 ? 0 : -1);
  return { start: first, step, size: Math.max(0, Math.ceil((stop - first) / step)) };
}
