/** @file The mean of a whole image. */
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { sizeOf } from '../tensor.js';
import { broadcastTo } from './broadcast-to.js';
import { scaled } from './elementwise.js';

export const GlobalAveragePool = defineOperator<Record<never, never>>({
  name: 'GlobalAveragePool',
  infer: ([x]) => [{ dtype: x!.dtype, shape: [x!.shape[0]!, x!.shape[1]!, 1, 1] }],
  emit: (node, form) => form.result(node.outputs, 'GlobalAveragePool', node.inputs.map(form.name)),
  // y = Σ x/n, so every x gets an n-th of the gradient of the y it went into.
  gradient: (graph, { inputs: [x], outputs: [y] }, [dy]) => [
    () => broadcastTo(graph, scaled(graph, dy!, sizeOf(y!.shape) / sizeOf(x!.shape)), x!.shape),
  ],
});

/** The mean of each channel of `x` [N,C,H,W]: [N,C,1,1]. */
export function globalAveragePool(graph: Graph, x: Value): Value {
  return graph.apply(GlobalAveragePool, [x], {});
}
