/** @file The square root. */
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { div } from './div.js';
import { realType, scaled } from './elementwise.js';

export const Sqrt = defineOperator<Record<never, never>>({
  name: 'Sqrt',
  infer: ([x]) => [realType('Sqrt', x!)],
  emit: (node, form) => form.result(node.outputs, 'Sqrt', node.inputs.map(form.name)),
  // y² = x, so 2y·dy = dx
  gradient: (graph, { outputs: [y] }, [dy]) => [() => scaled(graph, div(graph, dy!, y!), 0.5)],
});

/** The square root of `x`; NaN below 0. */
export function sqrt(graph: Graph, x: Value): Value {
  return graph.apply(Sqrt, [x], {});
}
