/** @file x · scale, one scale per channel. */
import type { Graph, Value } from '../graph.js';
import { float } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { float32 } from '../tensor.js';
import { normalisedType, sumPerChannel } from './batch-normalization.js';
import { mul } from './mul.js';

export const ChannelScale = defineOperator<Record<never, never>>({
  name: 'ChannelScale',
  infer: ([x, scale]) => [normalisedType('ChannelScale', x!, [scale!])],
  // As a batch norm that does nothing else: on small images twice as fast as Mul, which broadcasts row by row.
  emit: ({ inputs, outputs }, form) => {
    const zeros = form.constant(float32(new Float32Array(inputs[1]!.shape[0]!)));
    const ones = form.constant(float32(new Float32Array(inputs[1]!.shape[0]!).fill(1)));
    form.result(outputs, 'BatchNormalization', [...inputs.map(form.name), zeros, zeros, ones], {
      epsilon: float(0),
    });
  },
  gradient: (graph, { inputs: [x, scale] }, [dy]) => [
    () => channelScale(graph, dy!, scale!),
    () => sumPerChannel(graph, mul(graph, dy!, x!)),
  ],
});

/** `x` [N,C,…] times `scale` [C]. */
export function channelScale(graph: Graph, x: Value, scale: Value): Value {
  return graph.apply(ChannelScale, [x, scale], {});
}
