/** @file log(1 + eˣ), which ONNX Runtime computes without overflow. */
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { realType } from './elementwise.js';
import { mul } from './mul.js';
import { sigmoid } from './sigmoid.js';

export const Softplus = defineOperator<Record<never, never>>({
  name: 'Softplus',
  infer: ([x]) => [realType('Softplus', x!)],
  emit: (node, form) => form.result(node.outputs, 'Softplus', node.inputs.map(form.name)),
  // dy/dx = eˣ / (1 + eˣ), the logistic function
  gradient: (graph, { inputs: [x] }, [dy]) => [() => mul(graph, dy!, sigmoid(graph, x!))],
});

/** log(1 + eˣ), a smooth max(x, 0). */
export function softplus(graph: Graph, x: Value): Value {
  return graph.apply(Softplus, [x], {});
}
