/** @file The same elements in another shape; squeeze, unsqueeze and flatten are reshapes too. */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { int64, type Shape, sameShape, showShape, showType, sizeOf } from '../tensor.js';

export const Reshape = defineOperator<{ readonly shape: Shape }>({
  name: 'Reshape',
  infer: ([x], { shape }) => {
    if (sizeOf(shape) !== sizeOf(x!.shape)) {
      throw internal(`${showType(x!)} cannot be reshaped to ${showShape(shape)}`);
    }
    return [{ dtype: x!.dtype, shape }];
  },
  emit: ({ inputs: [x], outputs, attributes: { shape } }, form) =>
    form.result(outputs, 'Reshape', [form.name(x!), form.constant(int64(shape))]),
  gradient: (graph, { inputs: [x] }, [dy]) => [() => reshape(graph, dy!, x!.shape)],
});

/** `x` with its elements in row-major order under a new, fully given shape of the same size. */
export function reshape(graph: Graph, x: Value, shape: Shape): Value {
  return sameShape(x.shape, shape) ? x : graph.apply(Reshape, [x], { shape });
}
