/** @file Batch normalisation with the statistics of the batch itself. */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { float, int, type OnnxForm, type OnnxName } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { int64, sizeOf } from '../tensor.js';
import { add } from './add.js';
import { batchNormalization, normalisedType, perChannel, sumPerChannel } from './batch-normalization.js';
import { div } from './div.js';
import { scalar, scaled } from './elementwise.js';
import { mul } from './mul.js';
import { neg } from './neg.js';
import { sqrt } from './sqrt.js';
import { sub } from './sub.js';

export const BatchNormalizationTraining = defineOperator<{ readonly epsilon: number }>({
  name: 'BatchNormalizationTraining',
  infer: ([x, scale, centre]) => [
    normalisedType('BatchNormalizationTraining', x!, [scale!, centre!]),
    scale!,
    centre!,
  ],
  emit: ({ inputs, outputs, attributes: { epsilon } }, form) => {
    form.result(
      outputs,
      'BatchNormalization',
      [...inputs.map(form.name), ...overwritable(inputs[0]!, form)],
      {
        epsilon: float(epsilon),
        momentum: float(0),
        training_mode: int(1),
      },
    );
  },
  // y = x̂·scale + centre, with x̂ = (x − mean) / std. The statistics depend on x too: of dy·scale/std, what lies along
  // a constant and along x̂ (orthogonal, both of norm √n over the n elements of a channel) changes only them, not y:
  // dx = scale/std · (dy − Σ dy/n − x̂·Σ(dy·x̂)/n). As with frozen statistics dscale = Σ dy·x̂ and dcentre = Σ dy.
  gradient: (
    graph,
    { inputs: [x, scale], outputs: [, mean, variance], attributes: { epsilon } },
    gradients,
  ) => {
    const [dy, ...ofStatistics] = gradients;
    if (!dy || ofStatistics.some((gradient) => gradient !== undefined)) {
      throw internal('the batch statistics are for moving averages and cannot be part of a loss');
    }
    const count = sizeOf(x!.shape) / sizeOf(scale!.shape);
    const std = once(() => sqrt(graph, add(graph, variance!, scalar(graph, epsilon))));
    const dscale = once(() => {
      const centred = sub(graph, x!, perChannel(graph, mean!, x!));
      return div(graph, sumPerChannel(graph, mul(graph, dy, centred)), std());
    });
    const dcentre = once(() => sumPerChannel(graph, dy));
    return [
      () => {
        const along = [dscale(), dcentre()].map((sum) => neg(graph, scaled(graph, sum, 1 / count)));
        const change = batchNormalization(graph, x!, along[0]!, along[1]!, mean!, variance!, { epsilon });
        return mul(graph, add(graph, dy, change), perChannel(graph, div(graph, scale!, std()), dy));
      },
      dscale,
      dcentre,
    ];
  },
});

/**
 * Two tensors [C] in the place of the moving statistics into which ONNX mixes the batch's; with momentum 0 nothing of
 * them is left. ONNX Runtime writes its results over them, so they must be nobody else's: no constants, which it
 * would merge with equal ones, but something computed, and not twice the same.
 */
function overwritable(x: Value, form: OnnxForm): OnnxName[] {
  const [, channels, ...size] = x.shape as [number, number, ...number[]];
  const first = form.constant(int64(x.shape.map(() => 0)));
  const last = form.constant(int64([1, channels, ...size.map(() => 1)]));
  const corner = form.node('Slice', [form.name(x), first, last]);
  const vector = form.node('Reshape', [corner, form.constant(int64([channels]))]);
  return [form.node('Neg', [vector]), form.node('Abs', [vector])];
}

/** Computes a shared part of several gradients at most once. */
function once(compute: () => Value): () => Value {
  let value: Value | undefined;
  return () => (value ??= compute());
}

/**
 * Batch normalisation of `x` [N,C,H,W] or [N,C] by its own mean and (biased) variance per channel (Ioffe & Szegedy
 * 2015, as in training). The statistics, [C] each, are there to update moving averages with: the variance times
 * `correction`, which makes it unbiased, n/(n − 1) over the n values of a channel. That is what PyTorch, and Keras with
 * its fused kernels (Keras 2, of maps but not of vectors), put into theirs.
 */
export function batchNormalizationTraining(
  graph: Graph,
  x: Value,
  scale: Value,
  centre: Value,
  { epsilon }: { readonly epsilon: number },
): {
  readonly y: Value;
  readonly batchMean: Value;
  readonly batchVariance: Value;
  readonly correction: number;
} {
  const outputs = graph.applyAll(BatchNormalizationTraining, [x, scale, centre], { epsilon });
  const n = sizeOf(x.shape) / sizeOf(scale.shape);
  const correction = x.shape.length === 2 || n === 1 ? 1 : n / (n - 1);
  return { y: outputs[0]!, batchMean: outputs[1]!, batchVariance: outputs[2]!, correction };
}
