/** @file The error function, 2/√π · ∫₀ˣ e^(−t²) dt. */
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { realType, scaled } from './elementwise.js';
import { exp } from './exp.js';
import { mul } from './mul.js';
import { neg } from './neg.js';

export const Erf = defineOperator<Record<never, never>>({
  name: 'Erf',
  infer: ([x]) => [realType('Erf', x!)],
  emit: (node, form) => form.result(node.outputs, 'Erf', node.inputs.map(form.name)),
  // The integrand at x: 2/√π · e^(−x²)
  gradient: (graph, { inputs: [x] }, [dy]) => [
    () => {
      const bell = exp(graph, neg(graph, mul(graph, x!, x!)));
      return scaled(graph, mul(graph, dy!, bell), 2 / Math.sqrt(Math.PI));
    },
  ],
});

/** The error function of `x`. */
export function erf(graph: Graph, x: Value): Value {
  return graph.apply(Erf, [x], {});
}
