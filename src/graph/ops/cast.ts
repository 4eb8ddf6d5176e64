/** @file The same numbers with another element type. */
import type { Graph, Value } from '../graph.js';
import { int } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import type { DType } from '../tensor.js';

/** The numbers ONNX gives the element types (TensorProto.DataType). */
const onnxTypes: Record<DType, number> = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 };

/** Without a gradient: one end of every cast is not a real number. */
export const Cast = defineOperator<{ readonly dtype: DType }>({
  name: 'Cast',
  infer: ([x], { dtype }) => [{ dtype, shape: x!.shape }],
  emit: ({ inputs: [x], outputs, attributes: { dtype } }, form) =>
    form.result(outputs, 'Cast', [form.name(x!)], { to: int(onnxTypes[dtype]) }),
  gradient: () => [undefined],
});

/** `x` with elements of type `dtype`; fractions are cut off on the way to integers. */
export function cast(graph: Graph, x: Value, dtype: DType): Value {
  return x.dtype === dtype ? x : graph.apply(Cast, [x], { dtype });
}
