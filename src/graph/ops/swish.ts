/** @file x · sigmoid(x), also called SiLU: one operator, so that its gradient needs few passes over memory. */
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { add } from './add.js';
import { realType, scalar } from './elementwise.js';
import { mul } from './mul.js';
import { sub } from './sub.js';

/** Its second output is s = sigmoid(x), for its own gradient only. */
export const Swish = defineOperator<Record<never, never>>({
  name: 'Swish',
  infer: ([x]) => [realType('Swish', x!), realType('Swish', x!)],
  emit: ({ inputs: [x], outputs: [y, s] }, form) => {
    form.result([s!], 'Sigmoid', [form.name(x!)]);
    form.result([y!], 'Mul', [form.name(x!), form.name(s!)]);
  },
  // y = x·s with ds/dx = s(1 − s): dy/dx = s + x·s·(1 − s) = s + y(1 − s)
  gradient: (graph, { outputs: [y, s] }, [dy]) => [
    () => {
      const rest = mul(graph, y!, sub(graph, scalar(graph, 1), s!));
      return mul(graph, dy!, add(graph, s!, rest));
    },
  ],
});

/** `x` times its logistic function. */
export function swish(graph: Graph, x: Value): Value {
  return graph.apply(Swish, [x], {});
}
