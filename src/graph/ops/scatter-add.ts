/** @file Elements added into zeros at given places, several of which may be the same. */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { int, text } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { float32, int64, type Shape, sameShape, showType, sizeOf } from '../tensor.js';

export const ScatterAdd = defineOperator<{ readonly shape: Shape }>({
  name: 'ScatterAdd',
  infer: ([indices, updates], { shape }) => {
    if (indices!.dtype !== 'int64' || !sameShape(indices!.shape, updates!.shape)) {
      throw internal(`ScatterAdd cannot put ${showType(updates!)} where ${showType(indices!)} says`);
    }
    return [{ dtype: updates!.dtype, shape }];
  },
  emit: ({ inputs, outputs, attributes: { shape } }, form) => {
    const flat = form.constant(int64([-1]));
    const zeros = form.node('Expand', [form.constant(float32([0])), form.constant(int64([sizeOf(shape)]))]);
    const [indices, updates] = inputs.map((input) => form.node('Reshape', [form.name(input), flat]));
    const sums = form.node('ScatterElements', [zeros, indices!, updates!], {
      axis: int(0),
      reduction: text('add'),
    });
    form.result(outputs, 'Reshape', [sums, form.constant(int64(shape))]);
  },
});

/**
 * Zeros of the given shape, with each element of `updates` added at the place that `indices` (int64, of the same
 * shape) gives for it, counted in row-major order.
 */
export function scatterAdd(graph: Graph, indices: Value, updates: Value, shape: Shape): Value {
  return graph.apply(ScatterAdd, [indices, updates], { shape });
}
