/** @file x · hardSigmoid(x) with the line x/6 + 1/2, as in MobileNetV3. */
import type { Graph, Value } from '../graph.js';
import { float } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { add } from './add.js';
import { between } from './between.js';
import { realType, scaled } from './elementwise.js';
import { hardSigmoid } from './hard-sigmoid.js';
import { mul } from './mul.js';

const line = { alpha: 1 / 6, beta: 1 / 2 };

export const HardSwish = defineOperator<Record<never, never>>({
  name: 'HardSwish',
  infer: ([x]) => [realType('HardSwish', x!)],
  emit: ({ inputs: [x], outputs }, form) => {
    const gate = form.node('HardSigmoid', [form.name(x!)], {
      alpha: float(line.alpha),
      beta: float(line.beta),
    });
    form.result(outputs, 'Mul', [form.name(x!), gate]);
  },
  // y = x·h(x): dy/dx = h + x/6·[−3 < x < 3]
  gradient: (graph, { inputs: [x] }, [dy]) => [
    () => {
      const inside = mul(graph, x!, between(graph, x!, { low: -3, high: 3 }));
      return mul(graph, dy!, add(graph, hardSigmoid(graph, x!, line), scaled(graph, inside, line.alpha)));
    },
  ],
});

/** The piecewise stand-in for swish: 0 below −3, `x` above 3, x(x + 3)/6 between. */
export function hardSwish(graph: Graph, x: Value): Value {
  return graph.apply(HardSwish, [x], {});
}
