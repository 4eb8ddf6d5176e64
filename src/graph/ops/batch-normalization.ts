/** @file Batch normalisation with given (moving) statistics: an affine map per channel. */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { float } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { showType, type TensorType } from '../tensor.js';
import { add } from './add.js';
import { channelScale } from './channel-scale.js';
import { div } from './div.js';
import { scalar } from './elementwise.js';
import { mul } from './mul.js';
import { reduceSum } from './reduce-sum.js';
import { reshape } from './reshape.js';
import { sqrt } from './sqrt.js';
import { sub } from './sub.js';

export const BatchNormalization = defineOperator<{ readonly epsilon: number }>({
  name: 'BatchNormalization',
  infer: ([x, ...perChannel]) => [normalisedType('BatchNormalization', x!, perChannel)],
  emit: ({ inputs, outputs, attributes: { epsilon } }, form) =>
    form.result(outputs, 'BatchNormalization', inputs.map(form.name), { epsilon: float(epsilon) }),
  // y = x̂·scale + centre, with x̂ = (x − mean) / std: dx = dy·scale/std, dscale = Σ dy·x̂, dcentre = Σ dy.
  // The mean is subtracted before summing: Σ dy·x − mean·Σ dy would lose all digits where |mean| is far above std.
  gradient: (graph, { inputs: [x, scale, , mean, variance], attributes: { epsilon } }, [dy]) => {
    const std = () => sqrt(graph, add(graph, variance!, scalar(graph, epsilon)));
    return [
      () => channelScale(graph, dy!, div(graph, scale!, std())),
      () => {
        const centred = sub(graph, x!, perChannel(graph, mean!, x!));
        return div(graph, sumPerChannel(graph, mul(graph, dy!, centred)), std());
      },
      () => sumPerChannel(graph, dy!),
    ];
  },
});

/**
 * (x − mean) / sqrt(variance + epsilon) · scale + centre per channel (Ioffe & Szegedy 2015, as at inference), for `x`
 * [N,C,H,W] or [N,C] and the others [C]. The statistics get no gradient.
 */
export function batchNormalization(
  graph: Graph,
  x: Value,
  scale: Value,
  centre: Value,
  mean: Value,
  variance: Value,
  { epsilon }: { readonly epsilon: number },
): Value {
  return graph.apply(BatchNormalization, [x, scale, centre, mean, variance], { epsilon });
}

/** The shape rule of normalisations: [N,C,…], and everything per channel is [C]. */
export function normalisedType(op: string, x: TensorType, perChannel: readonly TensorType[]): TensorType {
  if (x.shape.length < 2 || perChannel.some(({ shape }) => shape.length !== 1 || shape[0] !== x.shape[1])) {
    throw internal(`${op} cannot apply ${perChannel.map(showType).join(', ')} to ${showType(x)}`);
  }
  return x;
}

/** Something per channel, [C], shaped to broadcast against `x`, [N,C,…]. */
export function perChannel(graph: Graph, value: Value, x: TensorType): Value {
  return reshape(graph, value, [1, value.shape[0]!, ...x.shape.slice(2).map(() => 1)]);
}

/** The sum of [N,C,…] over all but the channels: [C]. */
export function sumPerChannel(graph: Graph, x: Value): Value {
  const axes = [...x.shape.keys()].filter((axis) => axis !== 1);
  return reshape(graph, reduceSum(graph, x, axes), [x.shape[1]!]);
}
