/** @file The largest element over some axes, which stay with size 1. */
import type { Graph, Value } from '../graph.js';
import { int } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { int64, normaliseAxis } from '../tensor.js';
import { between } from './between.js';
import { div } from './div.js';
import { realType, scalar } from './elementwise.js';
import { mul } from './mul.js';
import { reduceSum } from './reduce-sum.js';
import { sub } from './sub.js';

export const ReduceMax = defineOperator<{ readonly axes: readonly number[] }>({
  name: 'ReduceMax',
  infer: ([x], { axes }) => {
    const { dtype, shape } = realType('ReduceMax', x!);
    return [{ dtype, shape: shape.map((size, axis) => (axes.includes(axis) ? 1 : size)) }];
  },
  emit: ({ inputs: [x], outputs, attributes: { axes } }, form) =>
    form.result(outputs, 'ReduceMax', [form.name(x!), form.constant(int64(axes))], { keepdims: int(1) }),
  // The gradient goes to the largest element; where several are equally large they share it, as in PyTorch's amax.
  gradient: (graph, { inputs: [x], outputs: [y], attributes: { axes } }, [dy]) => [
    () => {
      const smaller = between(graph, sub(graph, x!, y!), { high: 0 });
      const largest = sub(graph, scalar(graph, 1), smaller);
      return mul(graph, largest, div(graph, dy!, reduceSum(graph, largest, axes)));
    },
  ],
});

/** The maximum over `axes` (negative ones count from the end), kept with size 1. With no axes, the value itself. */
export function reduceMax(graph: Graph, x: Value, axes: readonly number[]): Value {
  if (axes.length === 0) return x;
  return graph.apply(ReduceMax, [x], { axes: axes.map((axis) => normaliseAxis(axis, x.shape.length)) });
}
