/** @file alpha·x + beta limited to 0 … 1. */
import type { Graph, Value } from '../graph.js';
import { float } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { between } from './between.js';
import { realType, scaled } from './elementwise.js';
import { mul } from './mul.js';

interface Line {
  readonly alpha: number;
  readonly beta: number;
}

export const HardSigmoid = defineOperator<Line>({
  name: 'HardSigmoid',
  infer: ([x]) => [realType('HardSigmoid', x!)],
  emit: ({ inputs: [x], outputs, attributes: { alpha, beta } }, form) =>
    form.result(outputs, 'HardSigmoid', [form.name(x!)], { alpha: float(alpha), beta: float(beta) }),
  // The slope is alpha where y lies strictly inside 0 … 1, else 0.
  gradient: (graph, { outputs: [y], attributes: { alpha } }, [dy]) => [
    () => scaled(graph, mul(graph, dy!, between(graph, y!, { low: 0, high: 1 })), alpha),
  ],
});

/** The line `alpha · x + beta` limited to 0 … 1. PyTorch's has alpha 1/6 and beta 1/2, ONNX's and Keras' alpha 0.2. */
export function hardSigmoid(graph: Graph, x: Value, line: Line): Value {
  return graph.apply(HardSigmoid, [x], line);
}
