/** @file Repetition along axes of size 1 (ONNX Expand). */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { int64, type Shape, sameShape, showShape, showType } from '../tensor.js';
import { broadcastShapes, sumToShape } from './broadcast.js';

export const BroadcastTo = defineOperator<{ readonly shape: Shape }>({
  name: 'BroadcastTo',
  infer: ([x], { shape }) => {
    const result = broadcastShapes(x!.shape, shape);
    if (!result || !sameShape(result, shape)) {
      throw internal(`${showType(x!)} cannot be broadcast to ${showShape(shape)}`);
    }
    return [{ dtype: x!.dtype, shape }];
  },
  emit: ({ inputs: [x], outputs, attributes: { shape } }, form) =>
    form.result(outputs, 'Expand', [form.name(x!), form.constant(int64(shape))]),
  gradient: (graph, { inputs: [x] }, [dy]) => [() => sumToShape(graph, dy!, x!.shape)],
});

/** Repeats `x` to `shape`, which NumPy broadcasting must allow. */
export function broadcastTo(graph: Graph, x: Value, shape: Shape): Value {
  return sameShape(x.shape, shape) ? x : graph.apply(BroadcastTo, [x], { shape });
}
