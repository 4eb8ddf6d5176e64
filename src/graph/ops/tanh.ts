/** @file The hyperbolic tangent. */
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { realType, scalar } from './elementwise.js';
import { mul } from './mul.js';
import { sub } from './sub.js';

export const Tanh = defineOperator<Record<never, never>>({
  name: 'Tanh',
  infer: ([x]) => [realType('Tanh', x!)],
  emit: (node, form) => form.result(node.outputs, 'Tanh', node.inputs.map(form.name)),
  // dy/dx = 1 − y²
  gradient: (graph, { outputs: [y] }, [dy]) => [
    () => mul(graph, dy!, sub(graph, scalar(graph, 1), mul(graph, y!, y!))),
  ],
});

/** The hyperbolic tangent of `x`, between −1 and 1. */
export function tanh(graph: Graph, x: Value): Value {
  return graph.apply(Tanh, [x], {});
}
