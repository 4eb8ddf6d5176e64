/** @file Values one after another along an axis. */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { int } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { normaliseAxis, showType, type TensorType } from '../tensor.js';
import { slice } from './slice.js';

export const Concat = defineOperator<{ readonly axis: number }>({
  name: 'Concat',
  infer: (parts, { axis }) => {
    const first = parts[0]!;
    const fits = ({ dtype, shape }: TensorType) =>
      dtype === first.dtype &&
      shape.length === first.shape.length &&
      shape.every((size, i) => i === axis || size === first.shape[i]);
    if (!parts.every(fits)) {
      throw internal(`${parts.map(showType).join(' and ')} cannot be concatenated along axis ${axis}`);
    }
    const total = parts.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    return [{ dtype: first.dtype, shape: first.shape.map((size, i) => (i === axis ? total : size)) }];
  },
  emit: ({ inputs, outputs, attributes: { axis } }, form) =>
    form.result(outputs, 'Concat', inputs.map(form.name), { axis: int(axis) }),
  // Each part gets the stretch of the gradient that it filled.
  gradient: (graph, { inputs, attributes: { axis } }, [dy]) => {
    let end = 0;
    return inputs.map(({ shape }) => {
      const start = end;
      end += shape[axis]!;
      const stretch = { axes: [axis], starts: [start], ends: [end] };
      return () => slice(graph, dy!, stretch);
    });
  },
});

/** Joins at least one value along `axis` (negative counts from the end); all other sizes must agree. */
export function concat(graph: Graph, values: readonly Value[], axis: number): Value {
  if (values.length === 0) throw internal('nothing to concatenate');
  if (values.length === 1) return values[0]!;
  return graph.apply(Concat, values, { axis: normaliseAxis(axis, values[0]!.shape.length) });
}
