/** @file The logarithm of the softmax, which ONNX Runtime computes without overflow. */
import type { Graph, Value } from '../graph.js';
import { int } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { normaliseAxis } from '../tensor.js';
import { realType } from './elementwise.js';
import { exp } from './exp.js';
import { mul } from './mul.js';
import { reduceSum } from './reduce-sum.js';
import { sub } from './sub.js';

export const LogSoftmax = defineOperator<{ readonly axis: number }>({
  name: 'LogSoftmax',
  infer: ([x]) => [realType('LogSoftmax', x!)],
  emit: ({ inputs: [x], outputs, attributes: { axis } }, form) =>
    form.result(outputs, 'LogSoftmax', [form.name(x!)], { axis: int(axis) }),
  // y = x − log Σ eˣ: dyᵢ/dxⱼ = [i = j] − e^yⱼ, so dxⱼ = dyⱼ − e^yⱼ·Σᵢ dyᵢ
  gradient: (graph, { outputs: [y], attributes: { axis } }, [dy]) => [
    () => sub(graph, dy!, mul(graph, exp(graph, y!), reduceSum(graph, dy!, [axis]))),
  ],
});

/** Log-probabilities of logits along `axis` (negative counts from the end). */
export function logSoftmax(graph: Graph, x: Value, axis: number): Value {
  return graph.apply(LogSoftmax, [x], { axis: normaliseAxis(axis, x.shape.length) });
}
