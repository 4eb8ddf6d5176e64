/** @file a + b, with NumPy broadcasting. */
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { broadcastTypes, sumToShape } from './broadcast.js';

export const Add = defineOperator<Record<never, never>>({
  name: 'Add',
  infer: ([a, b]) => [broadcastTypes('Add', a!, b!)],
  emit: (node, form) => form.result(node.outputs, 'Add', node.inputs.map(form.name)),
  // d(a + b) = da + db; a broadcast input gets the sum over the axes along which it was repeated.
  gradient: (graph, { inputs: [a, b] }, [dy]) => [
    () => sumToShape(graph, dy!, a!.shape),
    () => sumToShape(graph, dy!, b!.shape),
  ],
});

/** The elementwise sum of two values with broadcastable shapes. */
export function add(graph: Graph, a: Value, b: Value): Value {
  return graph.apply(Add, [a, b], {});
}
