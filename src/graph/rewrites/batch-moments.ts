/** @file Batch norm by the batch's own statistics in elementary steps, where the runtime has no kernel for the whole. */
import type { Graph, Value } from '../graph.js';
import { add } from '../ops/add.js';
import { perChannel } from '../ops/batch-normalization.js';
import { BatchNormalizationTraining } from '../ops/batch-normalization-training.js';
import { div } from '../ops/div.js';
import { scalar } from '../ops/elementwise.js';
import { mul } from '../ops/mul.js';
import { reduceMean } from '../ops/reduce-mean.js';
import { reshape } from '../ops/reshape.js';
import { sqrt } from '../ops/sqrt.js';
import { sub } from '../ops/sub.js';
import { rewrite } from '../rewrite.js';

/** The variance is the mean square of what is left after subtracting the mean, which loses no digits. */
export function batchMoments(original: Graph): Graph {
  return rewrite(original, (graph, { op, attributes }, inputs) => {
    if (op !== BatchNormalizationTraining) return undefined;
    const [x, scale, centre] = inputs as [Value, Value, Value];
    const axes = [...x.shape.keys()].filter((axis) => axis !== 1);
    const mean = reduceMean(graph, x, axes);
    const centred = sub(graph, x, mean);
    const variance = reduceMean(graph, mul(graph, centred, centred), axes);
    const std = sqrt(graph, add(graph, variance, scalar(graph, attributes.epsilon)));
    const y = add(
      graph,
      mul(graph, centred, div(graph, perChannel(graph, scale, x), std)),
      perChannel(graph, centre, x),
    );
    return [y, ...[mean, variance].map((moment) => reshape(graph, moment, scale.shape))];
  });
}
