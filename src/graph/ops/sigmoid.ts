/** @file The logistic function, 1 / (1 + e^(−x)). */
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { realType, scalar } from './elementwise.js';
import { mul } from './mul.js';
import { sub } from './sub.js';

export const Sigmoid = defineOperator<Record<never, never>>({
  name: 'Sigmoid',
  infer: ([x]) => [realType('Sigmoid', x!)],
  emit: (node, form) => form.result(node.outputs, 'Sigmoid', node.inputs.map(form.name)),
  // dy/dx = y(1 − y)
  gradient: (graph, { outputs: [y] }, [dy]) => [
    () => mul(graph, dy!, mul(graph, y!, sub(graph, scalar(graph, 1), y!))),
  ],
});

/** The logistic function of `x`, between 0 and 1. */
export function sigmoid(graph: Graph, x: Value): Value {
  return graph.apply(Sigmoid, [x], {});
}
