/** @file a − b, with NumPy broadcasting. */
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { broadcastTypes, sumToShape } from './broadcast.js';
import { neg } from './neg.js';

export const Sub = defineOperator<Record<never, never>>({
  name: 'Sub',
  infer: ([a, b]) => [broadcastTypes('Sub', a!, b!)],
  emit: (node, form) => form.result(node.outputs, 'Sub', node.inputs.map(form.name)),
  // d(a − b) = da − db; summed to b's shape before the sign is turned, so that less is turned.
  gradient: (graph, { inputs: [a, b] }, [dy]) => [
    () => sumToShape(graph, dy!, a!.shape),
    () => neg(graph, sumToShape(graph, dy!, b!.shape)),
  ],
});

/** The elementwise difference of two values with broadcastable shapes. */
export function sub(graph: Graph, a: Value, b: Value): Value {
  return graph.apply(Sub, [a, b], {});
}
