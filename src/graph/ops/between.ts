/** @file The indicator of an open interval: 1 where low < x < high, 0 elsewhere. Masks gradients. */
import type { Graph, Value } from '../graph.js';
import { float, type OnnxAttributes } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { float32 } from '../tensor.js';
import { realType } from './elementwise.js';

interface Interval {
  /** Exclusive; −∞ where absent. */
  readonly low?: number;
  /** Exclusive; +∞ where absent. */
  readonly high?: number;
}

// A step at t is a hard sigmoid, min(1, max(0, ±2¹⁰⁰·(x − t))), which ONNX Runtime runs several times faster than a
// comparison and a selection. Scaling by a power of two is exact, so that x = t gives exactly 0; and any other x
// next to t ≠ 0 is more than 2⁻¹⁰⁰ away. Two limits become one by distance from the middle: three passes, two of
// them in place.
const steepness = 2 ** 100;

const above = (low: number): OnnxAttributes => ({
  alpha: float(steepness),
  beta: float(-Math.fround(low) * steepness),
});

const below = (high: number): OnnxAttributes => ({
  alpha: float(-steepness),
  beta: float(Math.fround(high) * steepness),
});

export const Between = defineOperator<Interval>({
  name: 'Between',
  infer: ([x]) => [realType('Between', x!)],
  emit: ({ inputs: [x], outputs, attributes: { low, high } }, form) => {
    const name = form.name(x!);
    if (low !== undefined && high !== undefined) {
      const middle = Math.fround((low + high) / 2);
      const shifted = form.node('Sub', [name, form.constant(float32([middle], []))]);
      const distance = form.node('Abs', [shifted]);
      form.result(outputs, 'HardSigmoid', [distance], below(reach(low, high, middle)));
    } else {
      form.result(outputs, 'HardSigmoid', [name], low !== undefined ? above(low) : below(high!));
    }
  },
});

/** The distance from the middle at which both limits lie outside, rounded as the subtraction of float32 rounds it. */
function reach(low: number, high: number, middle: number): number {
  return Math.fround(Math.min(middle - Math.fround(low), Math.fround(high) - middle));
}

/** 1 where `x` lies strictly between `low` and `high` (at least one given, magnitudes below 10⁸), else 0. */
export function between(graph: Graph, x: Value, interval: Interval): Value {
  return graph.apply(Between, [x], interval);
}
