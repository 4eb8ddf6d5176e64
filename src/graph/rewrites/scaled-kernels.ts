/** @file A scale per channel goes into the kernel of the convolution that comes right behind it. */

import { paysWinograd } from '../blocked-layout/winograd.js';
import type { Graph, Value } from '../graph.js';
import { countUses } from '../live.js';
import { ChannelScale } from '../ops/channel-scale.js';
import { Conv, type ConvAttributes, conv } from '../ops/conv.js';
import { mul } from '../ops/mul.js';
import { reshape } from '../ops/reshape.js';
import { rewrite } from '../rewrite.js';
import { type Shape, sizeOf } from '../tensor.js';

/**
 * As in the gradient of batch norm, whose pass over the images it saves. Only where the kernel is smaller than the images:
 * it is kept a second time then.
 */
export function scaledKernels(original: Graph): Graph {
  const uses = countUses(original);
  return rewrite(original, (graph, { op, inputs: originals, attributes }, inputs) => {
    if (op !== Conv || uses.get(originals[0]!) !== 1) return undefined;
    const [x, kernel, bias] = inputs as [Value, Value, Value | undefined];
    const { source } = x;
    if (source.kind !== 'node' || source.node.op !== ChannelScale) return undefined;
    const channels = scaledAxes(kernel.shape, attributes);
    if (paysWinograd(x.shape, kernel.shape, attributes)) return undefined; // for constant kernels only
    if (!channels || sizeOf(kernel.shape) >= sizeOf(x.shape) / 2) return undefined;
    const [unscaled, scale] = source.node.inputs as [Value, Value];
    return [conv(graph, unscaled, scaled(graph, kernel, scale, channels), bias, attributes)];
  });
}

/** The shape in which a scale per input channel broadcasts against the kernel. */
function scaledAxes(kernel: Shape, { groups }: ConvAttributes): Shape | undefined {
  const [filters, depth] = kernel as [number, number];
  if (groups === 1) return [1, depth, 1, 1];
  return depth === 1 && filters === groups ? [filters, 1, 1, 1] : undefined;
}

function scaled(graph: Graph, kernel: Value, scale: Value, channels: Shape): Value {
  return mul(graph, kernel, reshape(graph, scale, channels));
}
