/** @file Exponentials along an axis, normalised to sum 1. */
import type { Graph, Value } from '../graph.js';
import { int } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { normaliseAxis } from '../tensor.js';
import { realType } from './elementwise.js';
import { mul } from './mul.js';
import { reduceSum } from './reduce-sum.js';
import { sub } from './sub.js';

export const Softmax = defineOperator<{ readonly axis: number }>({
  name: 'Softmax',
  infer: ([x]) => [realType('Softmax', x!)],
  emit: ({ inputs: [x], outputs, attributes: { axis } }, form) =>
    form.result(outputs, 'Softmax', [form.name(x!)], { axis: int(axis) }),
  // dyᵢ/dxⱼ = yᵢ([i = j] − yⱼ), so dxⱼ = yⱼ·(dyⱼ − Σᵢ dyᵢ·yᵢ)
  gradient: (graph, { outputs: [y], attributes: { axis } }, [dy]) => [
    () => mul(graph, y!, sub(graph, dy!, reduceSum(graph, mul(graph, dy!, y!), [axis]))),
  ],
});

/** Turns logits along `axis` (negative counts from the end) into probabilities. */
export function softmax(graph: Graph, x: Value, axis: number): Value {
  return graph.apply(Softmax, [x], { axis: normaliseAxis(axis, x.shape.length) });
}
