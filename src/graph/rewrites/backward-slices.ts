/** @file Slices that go backwards become forward ones of the same elements, which are then reversed as a whole. */
import type { Graph, Value } from '../graph.js';
import { type Range, Slice } from '../ops/slice.js';
import { rewrite } from '../rewrite.js';

/** ONNX Runtime's WebGPU (up to 1.30 at least) is wrong where a step back does not begin at the last element. */
export function backwardSlices(original: Graph): Graph {
  return rewrite(original, (graph, { op, attributes }, [x]) => {
    if (op !== Slice) return undefined;
    const { ranges } = attributes as { readonly ranges: readonly Range[] };
    const isPartial = ranges.some(({ axis, start, step }) => step < 0 && start !== x!.shape[axis]! - 1);
    return isPartial
      ? [reversed(graph, graph.apply(Slice, [x!], { ranges: ranges.map(forward) }), ranges)]
      : undefined;
  });
}

function forward({ axis, start, step, size }: Range): Range {
  return step > 0
    ? { axis, start, step, size }
    : { axis, start: start + (size - 1) * step, step: -step, size };
}

function reversed(graph: Graph, x: Value, ranges: readonly Range[]): Value {
  const whole = ranges
    .filter(({ step, size }) => step < 0 && size > 1)
    .map(({ axis, size }): Range => ({ axis, start: size - 1, step: -1, size }));
  return whole.length > 0 ? graph.apply(Slice, [x], { ranges: whole }) : x;
}
