/** @file x to a fixed power. */
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { float32 } from '../tensor.js';
import { realType, scaled } from './elementwise.js';
import { mul } from './mul.js';

export const Pow = defineOperator<{ readonly exponent: number }>({
  name: 'Pow',
  infer: ([x]) => [realType('Pow', x!)],
  emit: ({ inputs: [x], outputs, attributes: { exponent } }, form) =>
    form.result(outputs, 'Pow', [form.name(x!), form.constant(float32([exponent], []))]),
  // dy/dx = p·x^(p−1); nothing for p = 0, where y is 1 everywhere, even at x = 0.
  gradient: (graph, { inputs: [x], attributes: { exponent } }, [dy]) => [
    exponent === 0 ? undefined : () => mul(graph, dy!, scaled(graph, pow(graph, x!, exponent - 1), exponent)),
  ],
});

/** `x` to the power `exponent`; NaN for negative `x` unless the exponent is an integer. */
export function pow(graph: Graph, x: Value, exponent: number): Value {
  return exponent === 1 ? x : graph.apply(Pow, [x], { exponent });
}
