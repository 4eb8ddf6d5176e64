/** @file a / b elementwise, with NumPy broadcasting. */
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { broadcastTypes, sumToShape } from './broadcast.js';
import { mul } from './mul.js';
import { neg } from './neg.js';

export const Div = defineOperator<Record<never, never>>({
  name: 'Div',
  infer: ([a, b]) => [broadcastTypes('Div', a!, b!)],
  emit: (node, form) => form.result(node.outputs, 'Div', node.inputs.map(form.name)),
  // y = a/b: dy/da = 1/b and dy/db = −a/b² = −y/b
  gradient: (graph, { inputs: [a, b], outputs: [y] }, [dy]) => [
    () => sumToShape(graph, div(graph, dy!, b!), a!.shape),
    () => neg(graph, div(graph, sumToShape(graph, mul(graph, dy!, y!), b!.shape), b!)),
  ],
});

/** The elementwise quotient of two values with broadcastable shapes. */
export function div(graph: Graph, a: Value, b: Value): Value {
  return graph.apply(Div, [a, b], {});
}
