/** @file The logistic function, 1 / (1 + e^(−x)). */
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { realType } from './elementwise.js';
import { mul } from './mul.js';
import { sub } from './sub.js';

export const Sigmoid = defineOperator<Record<never, never>>({
  name: 'Sigmoid',
  infer: ([x]) => [realType('Sigmoid', x!)],
  emit: (node, form) => form.result(node.outputs, 'Sigmoid', node.inputs.map(form.name)),
  // dy/dx = y(1 − y); as t − ty with t = dy·y
  gradient: (graph, { outputs: [y] }, [dy]) => [
    () => {
      const t = mul(graph, dy!, y!);
      return sub(graph, t, mul(graph, t, y!));
    },
  ],
});

/** The logistic function of `x`, between 0 and 1. */
export function sigmoid(graph: Graph, x: Value): Value {
  return graph.apply(Sigmoid, [x], {});
}
