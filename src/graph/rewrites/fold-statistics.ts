/** @file Frozen batch-norm statistics move into the frozen convolution before them. */
import type { Graph, Value } from '../graph.js';
import { countUses, dependents } from '../live.js';
import { add } from '../ops/add.js';
import { BatchNormalization } from '../ops/batch-normalization.js';
import { channelAffine } from '../ops/channel-affine.js';
import { Conv, conv } from '../ops/conv.js';
import { div } from '../ops/div.js';
import { scalar } from '../ops/elementwise.js';
import { neg } from '../ops/neg.js';
import { reshape } from '../ops/reshape.js';
import { sqrt } from '../ops/sqrt.js';
import { sub } from '../ops/sub.js';
import { rewrite } from '../rewrite.js';

/**
 * batchNorm(conv(x, kernel, bias)) = conv(x, kernel/std, (bias − mean)/std) · scale + centre. The new kernel and bias
 * are computed from constants, which ONNX Runtime does once. What the convolution gives is then the normalised value
 * itself, which the gradient of the scale is made of: without this rewrite it would be computed in every step.
 * @param trained names of the parameters that are not constants
 */
export function foldStatistics(original: Graph, trained: ReadonlySet<string>): Graph {
  const uses = countUses(original);
  const varying = dependents(original, trained);
  return rewrite(original, (graph, { op, inputs: originals, attributes }, inputs) => {
    if (op !== BatchNormalization) return undefined;
    const [x, scale, centre, mean, variance] = inputs as [Value, Value, Value, Value, Value];
    const before = originals[0]!.source;
    if (before.kind !== 'node' || before.node.op !== Conv || uses.get(originals[0]!) !== 1) return undefined;
    const weights = [...before.node.inputs.slice(1), ...originals.slice(3)];
    if (x.source.kind !== 'node' || weights.some((weight) => varying.has(weight))) return undefined;

    const [images, kernel, bias] = x.source.node.inputs as [Value, Value, Value | undefined];
    const std = sqrt(graph, add(graph, variance, scalar(graph, attributes.epsilon)));
    const normalised = conv(
      graph,
      images,
      div(graph, kernel, reshape(graph, std, [std.shape[0]!, 1, 1, 1])),
      div(graph, bias ? sub(graph, bias, mean) : neg(graph, mean), std),
      before.node.attributes,
    );
    return [channelAffine(graph, normalised, scale, centre)];
  });
}
