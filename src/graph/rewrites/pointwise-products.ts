/** @file 1×1 convolutions become plain matrix products where that is faster in ONNX Runtime. */
import type { Graph, Value } from '../graph.js';
import { countUses, dependents, liveNodes } from '../live.js';
import { Conv, type ConvAttributes } from '../ops/conv.js';
import { pointwiseConv } from '../ops/pointwise-conv.js';
import { rewrite } from '../rewrite.js';
import type { Shape } from '../tensor.js';
import { withScaleInKernel } from './scaled-kernels.js';

/**
 * A scale per channel that comes right before such a convolution, as in the gradient of batch norm, goes into its
 * kernel where that is smaller. Convolutions among constants only stay: there ONNX Runtime folds batch norm away and
 * never leaves the blocked layout.
 * @param fed names of the parameters that are not constants
 */
export function pointwiseProducts(original: Graph, fed: ReadonlySet<string>): Graph {
  const uses = countUses(original);
  const varying = dependents(original, fed);
  const besideVarying = new Set(
    liveNodes(original)
      .filter(({ inputs }) => inputs.some((input) => varying.has(input)))
      .flatMap(({ inputs }) => inputs),
  );
  return rewrite(original, (graph, { op, inputs: originals, outputs, attributes }, inputs) => {
    const [x, kernel, bias] = inputs as [Value, Value, Value | undefined];
    const isCandidate = op === Conv && isPointwise(kernel.shape, attributes);
    if (!isCandidate || !isFaster(x.shape, kernel.shape) || !besideVarying.has(outputs[0]!)) return undefined;
    const isOnlyUse = uses.get(originals[0]!) === 1;
    const unscaled = isOnlyUse ? withScaleInKernel(graph, x, kernel, attributes) : undefined;
    return [pointwiseConv(graph, ...(unscaled ?? ([x, kernel] as const)), bias)];
  });
}

function isPointwise(kernel: Shape, { strides, pads, groups }: ConvAttributes): boolean {
  const ones = [kernel[2], kernel[3], ...strides, groups];
  return ones.every((n) => n === 1) && pads.every((n) => n === 0);
}

/** Numbers in a vector register, at most. */
const LANES = 16;

/**
 * The blocked layout costs two passes over the data, the product loses what is left of the last vector of every row:
 * measured, the two are even where channels · waste = 6.5, with the harmonic sum of the channels.
 */
function isFaster(x: Shape, kernel: Shape): boolean {
  const pixels = x[2]! * x[3]!;
  const waste = (Math.ceil(pixels / LANES) * LANES) / pixels - 1;
  const channels = 1 / (1 / kernel[0]! + 1 / kernel[1]!);
  return channels * waste <= 6.5;
}
