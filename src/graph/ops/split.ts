/** @file A value cut into consecutive parts along an axis: the reverse of concatenation. */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { int } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { int64, normaliseAxis, showShape, showType } from '../tensor.js';
import { broadcastTo } from './broadcast-to.js';
import { concat } from './concat.js';
import { scalar } from './elementwise.js';

interface SplitAttributes {
  readonly axis: number;
  readonly sizes: readonly number[];
}

export const Split = defineOperator<SplitAttributes>({
  name: 'Split',
  infer: ([x], { axis, sizes }) => {
    if (sizes.reduce((sum, size) => sum + size, 0) !== x!.shape[axis]) {
      throw internal(`${showType(x!)} cannot be split into ${showShape(sizes)} along axis ${axis}`);
    }
    return sizes.map((part) => ({
      dtype: x!.dtype,
      shape: x!.shape.map((size, i) => (i === axis ? part : size)),
    }));
  },
  emit: ({ inputs: [x], outputs, attributes: { axis, sizes } }, form) =>
    form.result(outputs, 'Split', [form.name(x!), form.constant(int64(sizes))], { axis: int(axis) }),
  // The gradients of the parts, one after another; 0 for parts that do not reach the loss.
  gradient: (graph, { outputs, attributes: { axis } }, gradients) => [
    () =>
      concat(
        graph,
        outputs.map(({ shape }, i) => gradients[i] ?? broadcastTo(graph, scalar(graph, 0), shape)),
        axis,
      ),
  ],
});

/** Cuts `x` along `axis` (negative counts from the end) into parts of the given sizes, which add up to its size. */
export function split(graph: Graph, x: Value, axis: number, sizes: readonly number[]): Value[] {
  return [...graph.applyAll(Split, [x], { axis: normaliseAxis(axis, x.shape.length), sizes })];
}
