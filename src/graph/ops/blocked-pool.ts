/** @file Pooling in the blocked layout (see to-blocked.ts). */
import type { Graph, Value } from '../graph.js';
import { BLOCKED, type OnnxAttributes } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import type { Pair } from './window.js';

interface BlockedPoolAttributes {
  /** ONNX's. */
  readonly kind: 'MaxPool' | 'AveragePool' | 'GlobalAveragePool';
  readonly window: OnnxAttributes;
  readonly places: Pair;
}

export const BlockedPool = defineOperator<BlockedPoolAttributes>({
  name: 'BlockedPool',
  infer: ([x], { places }) => [{ dtype: x!.dtype, shape: [...x!.shape.slice(0, 2), ...places] }],
  emit: ({ inputs, outputs, attributes: { kind, window } }, form) =>
    form.result(outputs, kind, inputs.map(form.name), window, BLOCKED),
});

/** @param places height and width of the result */
export function blockedPool(
  graph: Graph,
  x: Value,
  kind: BlockedPoolAttributes['kind'],
  places: Pair,
  window: OnnxAttributes = {},
): Value {
  return graph.apply(BlockedPool, [x], { kind, window, places });
}
