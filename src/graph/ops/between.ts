/** @file The indicator of an open interval: 1 where low < x < high, 0 elsewhere. Masks gradients. */
import type { Graph, Value } from '../graph.js';
import { float, type OnnxAttributes } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { realType } from './elementwise.js';

interface Interval {
  /** Exclusive; −∞ where absent. */
  readonly low?: number;
  /** Exclusive; +∞ where absent. */
  readonly high?: number;
}

// A step at t is a hard sigmoid, min(1, max(0, ±2¹⁰⁰·(x − t))), which ONNX Runtime runs several times faster than a
// comparison and a selection. Scaling by a power of two is exact, so that x = t gives exactly 0; and any other x
// next to t ≠ 0 is more than 2⁻¹⁰⁰ away.
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
    const input = [form.name(x!)];
    if (low === undefined || high === undefined) {
      const side = low !== undefined ? above(low) : below(high!);
      form.result(outputs, 'HardSigmoid', input, side);
    } else {
      const sides = [above(low), below(high)].map((side) => form.node('HardSigmoid', input, side));
      form.result(outputs, 'Mul', sides);
    }
  },
});

/** 1 where `x` lies strictly between `low` and `high` (at least one given, magnitudes below 10⁸), else 0. */
export function between(graph: Graph, x: Value, interval: Interval): Value {
  return graph.apply(Between, [x], interval);
}
