/** @file A scale per channel goes into the kernel of the convolution that comes right behind it. */
import { filteringOf } from '../blocked-layout/filtering.js';
import type { Graph, Value } from '../graph.js';
import { countUses } from '../live.js';
import { ChannelScale } from '../ops/channel-scale.js';
import { Conv, type ConvAttributes, conv } from '../ops/conv.js';
import { mul } from '../ops/mul.js';
import { reshape } from '../ops/reshape.js';
import { rewrite } from '../rewrite.js';
import { sizeOf } from '../tensor.js';

/**
 * As in the gradient of batch norm, whose pass over the images it saves. Only where the kernel is smaller than the images:
 * it is made anew in every run then. Not before what Winograd's filtering takes, which wants kernels that stay.
 */
export function scaledKernels(original: Graph, block: number): Graph {
  const uses = countUses(original);
  return rewrite(original, (graph, { op, inputs: originals, attributes }, inputs) => {
    if (op !== Conv || uses.get(originals[0]!) !== 1) return undefined;
    const [x, kernel, bias] = inputs as [Value, Value, Value | undefined];
    if (filteringOf(x.shape, kernel.shape, attributes, { block })) return undefined;
    const unscaled = withScaleInKernel(graph, x, kernel, attributes);
    return unscaled && [conv(graph, ...unscaled, bias, attributes)];
  });
}

/**
 * What a convolution of a scaled `x` becomes: images and kernel.
 * @returns undefined where `x` is not scaled, or the kernel is not much smaller
 */
export function withScaleInKernel(
  graph: Graph,
  { source, shape }: Value,
  kernel: Value,
  { groups }: ConvAttributes,
): [Value, Value] | undefined {
  const [filters, depth] = kernel.shape as [number, number];
  const isDepthwise = depth === 1 && filters === groups;
  const isScaled = source.kind === 'node' && source.node.op === ChannelScale;
  if (!isScaled || !(groups === 1 || isDepthwise) || sizeOf(kernel.shape) >= sizeOf(shape) / 2) {
    return undefined;
  }
  const [unscaled, scale] = source.node.inputs as [Value, Value];
  const axes = groups === 1 ? [1, depth, 1, 1] : [filters, 1, 1, 1];
  return [unscaled, mul(graph, kernel, reshape(graph, scale, axes))];
}
