/** @file The natural logarithm. */
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { div } from './div.js';
import { realType } from './elementwise.js';

export const Log = defineOperator<Record<never, never>>({
  name: 'Log',
  infer: ([x]) => [realType('Log', x!)],
  emit: (node, form) => form.result(node.outputs, 'Log', node.inputs.map(form.name)),
  // dy/dx = 1/x
  gradient: (graph, { inputs: [x] }, [dy]) => [() => div(graph, dy!, x!)],
});

/** The natural logarithm of `x`; −∞ at 0 and NaN below. */
export function log(graph: Graph, x: Value): Value {
  return graph.apply(Log, [x], {});
}
