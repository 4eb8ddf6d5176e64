/** @file a · b elementwise, with NumPy broadcasting. */
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { broadcastTypes, sumToShape } from './broadcast.js';

export const Mul = defineOperator<Record<never, never>>({
  name: 'Mul',
  infer: ([a, b]) => [broadcastTypes('Mul', a!, b!)],
  emit: (node, form) => form.result(node.outputs, 'Mul', node.inputs.map(form.name)),
  // d(a·b) = b·da + a·db
  gradient: (graph, { inputs: [a, b] }, [dy]) => [
    () => sumToShape(graph, mul(graph, dy!, b!), a!.shape),
    () => sumToShape(graph, mul(graph, dy!, a!), b!.shape),
  ],
});

/** The elementwise product of two values with broadcastable shapes. */
export function mul(graph: Graph, a: Value, b: Value): Value {
  return graph.apply(Mul, [a, b], {});
}
