/** @file −x. */
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { realType } from './elementwise.js';

export const Neg = defineOperator<Record<never, never>>({
  name: 'Neg',
  infer: ([x]) => [realType('Neg', x!)],
  emit: (node, form) => form.result(node.outputs, 'Neg', node.inputs.map(form.name)),
  gradient: (graph, _, [dy]) => [() => neg(graph, dy!)],
});

/** `x` with its sign turned. */
export function neg(graph: Graph, x: Value): Value {
  return graph.apply(Neg, [x], {});
}
