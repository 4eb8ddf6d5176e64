/** @file x limited to an interval; ReLU6 is the one from 0 to 6. */
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { float32 } from '../tensor.js';
import { between } from './between.js';
import { realType } from './elementwise.js';
import { mul } from './mul.js';

interface Limits {
  /** −∞ where absent. */
  readonly min?: number;
  /** +∞ where absent. */
  readonly max?: number;
}

export const Clip = defineOperator<Limits>({
  name: 'Clip',
  infer: ([x]) => [realType('Clip', x!)],
  emit: ({ inputs: [x], outputs, attributes: { min, max } }, form) => {
    const limit = (value: number | undefined) =>
      value === undefined ? '' : form.constant(float32([value], []));
    form.result(outputs, 'Clip', [form.name(x!), limit(min), limit(max)]);
  },
  // The slope is 1 where y lies strictly inside, and 0 at the limits, as in PyTorch's relu6 and hardtanh.
  gradient: (graph, { outputs: [y], attributes: { min, max } }, [dy]) => [
    () => mul(graph, dy!, between(graph, y!, { low: min, high: max })),
  ],
});

/** `x` with what is below `min` raised to it and what is above `max` lowered to it. */
export function clip(graph: Graph, x: Value, { min, max }: Limits): Value {
  const [low, high] = [finite(min), finite(max)];
  return low === undefined && high === undefined ? x : graph.apply(Clip, [x], { min: low, max: high });
}

/** Exporters write "no limit" as the largest float32, too. */
function finite(limit: number | undefined): number | undefined {
  return limit !== undefined && Math.abs(limit) < 3e38 ? limit : undefined;
}
