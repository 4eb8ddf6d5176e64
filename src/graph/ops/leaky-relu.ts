/** @file x where positive, alpha·x elsewhere. */
import type { Graph, Value } from '../graph.js';
import { float } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { add } from './add.js';
import { between } from './between.js';
import { realType, scalar, scaled } from './elementwise.js';
import { mul } from './mul.js';

export const LeakyRelu = defineOperator<{ readonly alpha: number }>({
  name: 'LeakyRelu',
  infer: ([x]) => [realType('LeakyRelu', x!)],
  emit: ({ inputs: [x], outputs, attributes: { alpha } }, form) =>
    form.result(outputs, 'LeakyRelu', [form.name(x!)], { alpha: float(alpha) }),
  // dy/dx = 1 where x > 0, else alpha: alpha + (1 − alpha)·[x > 0]
  gradient: (graph, { inputs: [x], outputs: [y], attributes: { alpha } }, [dy]) => [
    () => {
      const sign = alpha >= 0 ? y! : x!; // y is kept for the next layer anyway
      const positive = scaled(graph, between(graph, sign, { low: 0 }), 1 - alpha);
      return mul(graph, dy!, add(graph, positive, scalar(graph, alpha)));
    },
  ],
});

/** `x` with its negative elements multiplied by `alpha`. */
export function leakyRelu(graph: Graph, x: Value, alpha: number): Value {
  return graph.apply(LeakyRelu, [x], { alpha });
}
