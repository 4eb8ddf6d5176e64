/** @file x · scale + centre, one of each per channel: batch norm behind statistics that are folded away. */
import type { Graph, Value } from '../graph.js';
import { float } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { float32 } from '../tensor.js';
import { normalisedType, sumPerChannel } from './batch-normalization.js';
import { channelScale } from './channel-scale.js';
import { mul } from './mul.js';

export const ChannelAffine = defineOperator<Record<never, never>>({
  name: 'ChannelAffine',
  infer: ([x, scale, centre]) => [normalisedType('ChannelAffine', x!, [scale!, centre!])],
  // With mean 0 and variance 1: one pass over the data, where Mul and Add would be two.
  emit: ({ inputs, outputs }, form) => {
    const channels = inputs[1]!.shape;
    const mean = form.constant(float32(new Float32Array(channels[0]!)));
    const variance = form.constant(float32(new Float32Array(channels[0]!).fill(1)));
    form.result(outputs, 'BatchNormalization', [...inputs.map(form.name), mean, variance], {
      epsilon: float(0),
    });
  },
  gradient: (graph, { inputs: [x, scale] }, [dy]) => [
    () => channelScale(graph, dy!, scale!),
    () => sumPerChannel(graph, mul(graph, dy!, x!)),
    () => sumPerChannel(graph, dy!),
  ],
});

/** `x` [N,C,…] times `scale` [C] plus `centre` [C]. */
export function channelAffine(graph: Graph, x: Value, scale: Value, centre: Value): Value {
  return graph.apply(ChannelAffine, [x, scale, centre], {});
}
