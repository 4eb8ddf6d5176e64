/** @file e to the power of x. */
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { realType } from './elementwise.js';
import { mul } from './mul.js';

export const Exp = defineOperator<Record<never, never>>({
  name: 'Exp',
  infer: ([x]) => [realType('Exp', x!)],
  emit: (node, form) => form.result(node.outputs, 'Exp', node.inputs.map(form.name)),
  // dy/dx = y
  gradient: (graph, { outputs: [y] }, [dy]) => [() => mul(graph, dy!, y!)],
});

/** The exponential of `x`. */
export function exp(graph: Graph, x: Value): Value {
  return graph.apply(Exp, [x], {});
}
