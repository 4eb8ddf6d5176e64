/** @file The mean over some axes, which stay with size 1. */
import type { Graph, Value } from '../graph.js';
import { int } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { int64, normaliseAxis, sizeOf } from '../tensor.js';
import { broadcastTo } from './broadcast-to.js';
import { realType, scaled } from './elementwise.js';

export const ReduceMean = defineOperator<{ readonly axes: readonly number[] }>({
  name: 'ReduceMean',
  infer: ([x], { axes }) => {
    const { dtype, shape } = realType('ReduceMean', x!);
    return [{ dtype, shape: shape.map((size, axis) => (axes.includes(axis) ? 1 : size)) }];
  },
  emit: ({ inputs: [x], outputs, attributes: { axes } }, form) =>
    form.result(outputs, 'ReduceMean', [form.name(x!), form.constant(int64(axes))], { keepdims: int(1) }),
  // y = Σ x / n, so every x gets an n-th of the gradient of the y it went into.
  gradient: (graph, { inputs: [x], outputs: [y] }, [dy]) => [
    () => broadcastTo(graph, scaled(graph, dy!, sizeOf(y!.shape) / sizeOf(x!.shape)), x!.shape),
  ],
});

/** The mean over `axes` (negative ones count from the end), kept with size 1. With no axes, the value itself. */
export function reduceMean(graph: Graph, x: Value, axes: readonly number[]): Value {
  if (axes.length === 0) return x;
  return graph.apply(ReduceMean, [x], { axes: axes.map((axis) => normaliseAxis(axis, x.shape.length)) });
}
