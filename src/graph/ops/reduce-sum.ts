/** @file The sum over some axes, which stay with size 1. */
import type { Graph, Value } from '../graph.js';
import { int } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { int64, normaliseAxis } from '../tensor.js';
import { broadcastTo } from './broadcast-to.js';

interface ReduceAttributes {
  readonly axes: readonly number[];
}

export const ReduceSum = defineOperator<ReduceAttributes>({
  name: 'ReduceSum',
  infer: ([x], { axes }) => [
    { dtype: x!.dtype, shape: x!.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)) },
  ],
  emit: ({ inputs: [x], outputs, attributes: { axes } }, form) =>
    form.result(outputs, 'ReduceSum', [form.name(x!), form.constant(int64(axes))], { keepdims: int(1) }),
  // y = Σ x, so every x gets the gradient of the y it went into.
  gradient: (graph, { inputs: [x] }, [dy]) => [() => broadcastTo(graph, dy!, x!.shape)],
});

/** The sum over `axes` (negative ones count from the end), kept with size 1. With no axes, the value itself. */
export function reduceSum(graph: Graph, x: Value, axes: readonly number[]): Value {
  if (axes.length === 0) return x;
  return graph.apply(ReduceSum, [x], { axes: axes.map((axis) => normaliseAxis(axis, x.shape.length)) });
}
