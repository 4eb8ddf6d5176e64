/** @file The axes in another order. */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { ints } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { showShape, showType } from '../tensor.js';

interface TransposeAttributes {
  /** Axis i of the result is axis `permutation[i]` of the input. */
  readonly permutation: readonly number[];
}

export const Transpose = defineOperator<TransposeAttributes>({
  name: 'Transpose',
  infer: ([x], { permutation }) => {
    const isPermutation =
      permutation.length === x!.shape.length && x!.shape.every((_, i) => permutation.includes(i));
    if (!isPermutation)
      throw internal(`${showShape(permutation)} does not permute the axes of ${showType(x!)}`);
    return [{ dtype: x!.dtype, shape: permutation.map((axis) => x!.shape[axis]!) }];
  },
  emit: ({ inputs: [x], outputs, attributes: { permutation } }, form) =>
    form.result(outputs, 'Transpose', [form.name(x!)], { perm: ints(permutation) }),
  gradient: (graph, { attributes: { permutation } }, [dy]) => [
    () =>
      transpose(
        graph,
        dy!,
        permutation.map((_, axis) => permutation.indexOf(axis)),
      ),
  ],
});

/** `x` with its axes in the order `permutation`, e.g. [0, 2, 3, 1] from N, C, H, W to N, H, W, C. */
export function transpose(graph: Graph, x: Value, permutation: readonly number[]): Value {
  return graph.apply(Transpose, [x], { permutation });
}
