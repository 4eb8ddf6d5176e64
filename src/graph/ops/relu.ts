/** @file max(x, 0). */
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { between } from './between.js';
import { realType } from './elementwise.js';
import { mul } from './mul.js';

export const Relu = defineOperator<Record<never, never>>({
  name: 'Relu',
  infer: ([x]) => [realType('Relu', x!)],
  emit: (node, form) => form.result(node.outputs, 'Relu', node.inputs.map(form.name)),
  // The slope is 1 where x > 0, which is where y > 0, and 0 elsewhere; x = 0 counts as elsewhere, as in PyTorch.
  gradient: (graph, { outputs: [y] }, [dy]) => [() => mul(graph, dy!, between(graph, y!, { low: 0 }))],
});

/** The rectified `x`: negative elements become 0. */
export function relu(graph: Graph, x: Value): Value {
  return graph.apply(Relu, [x], {});
}
