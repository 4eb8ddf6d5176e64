/** @file x where positive, alpha·(eˣ − 1) elsewhere. */
import type { Graph, Value } from '../graph.js';
import { float } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { add } from './add.js';
import { between } from './between.js';
import { realType, scaled } from './elementwise.js';
import { hardSigmoid } from './hard-sigmoid.js';
import { mul } from './mul.js';

export const Elu = defineOperator<{ readonly alpha: number }>({
  name: 'Elu',
  infer: ([x]) => [realType('Elu', x!)],
  emit: ({ inputs: [x], outputs, attributes: { alpha } }, form) =>
    form.result(outputs, 'Elu', [form.name(x!)], { alpha: float(alpha) }),
  // Where x ≤ 0, dy/dx = alpha·eˣ = y + alpha; elsewhere 1. With h = min(1, 1 + y/alpha), between 0 and 1, both are
  // alpha·h + (1 − alpha)·[y > 0], whose second term falls away for the usual alpha = 1.
  gradient: (graph, { outputs: [y], attributes: { alpha } }, [dy]) => [
    () => {
      const h = scaled(graph, hardSigmoid(graph, y!, { alpha: 1 / alpha, beta: 1 }), alpha);
      if (alpha === 1) return mul(graph, dy!, h);
      return mul(graph, dy!, add(graph, h, scaled(graph, between(graph, y!, { low: 0 }), 1 - alpha)));
    },
  ],
});

/** The exponential linear unit, with `alpha` > 0: it tends to −alpha for very negative `x`. */
export function elu(graph: Graph, x: Value, alpha: number): Value {
  return graph.apply(Elu, [x], { alpha });
}
