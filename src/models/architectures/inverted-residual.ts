/**
 * @file The block that the mobile networks and EfficientNet are made of (Sandler et al. 2018): channels are multiplied,
 * filtered each by itself, weighed by squeeze and excitation where there is one (Hu et al. 2018), and made few again.
 */
import type { Graph, Value } from '../../graph/graph.js';
import { add } from '../../graph/ops/add.js';
import { globalAveragePool } from '../../graph/ops/global-average-pool.js';
import { mul } from '../../graph/ops/mul.js';
import type { Layers } from '../layers.js';
import type { Padding } from '../padding.js';

export type Activation = (graph: Graph, x: Value) => Value;

/** How a framework names a convolution and the batch norm behind it. */
export interface ConvNorm {
  readonly conv: string;
  readonly norm: string;
}

/** How a framework names the layers of a block; not every block has all. */
export interface BlockNames {
  readonly expand: ConvNorm;
  readonly depthwise: ConvNorm;
  /** Squeeze and excitation, where there is one: from all channels to a few, and back. */
  readonly squeeze?: string;
  readonly excite?: string;
  readonly project: ConvNorm;
}

export interface InvertedResidualOptions {
  readonly names: BlockNames;
  /** Height and width of the depthwise kernel. */
  readonly kernel: number;
  /** Of the depthwise convolution. */
  readonly padding: Padding;
  readonly stride: number;
  /** Channels that are filtered; where these are the input's, nothing expands them. */
  readonly inner: number;
  /** Of the output. */
  readonly channels: number;
  readonly activation: Activation;
  readonly excitation?: {
    readonly channels: number;
    readonly activation: Activation;
    /** From a number per channel to its weight. */
    readonly gate: Activation;
  };
  /** How often stochastic depth drops it in training; 0 by default. */
  readonly dropRate?: number;
}

/** The block; there is a way past it where that leads to as many pixels and channels. */
export function invertedResidual(layers: Layers, x: Value, options: InvertedResidualOptions): Value {
  const { names, kernel, padding, stride, inner, channels, activation, excitation, dropRate = 0 } = options;
  const { graph } = layers;
  const inputs = x.shape[1]!;
  const active = (norm: string, value: Value) => activation(graph, layers.norm(norm, value));

  let y = x;
  if (inner !== inputs)
    y = active(names.expand.norm, layers.conv(names.expand.conv, y, inner, { kernel: 1 }));
  const { conv, norm } = names.depthwise;
  y = active(norm, layers.depthwise(conv, y, { kernel, stride, padding }));
  if (excitation) {
    const pointwise = { kernel: 1, bias: true };
    const few = layers.conv(names.squeeze!, globalAveragePool(graph, y), excitation.channels, pointwise);
    const all = layers.conv(names.excite!, excitation.activation(graph, few), inner, pointwise);
    y = mul(graph, y, excitation.gate(graph, all));
  }
  y = layers.norm(names.project.norm, layers.conv(names.project.conv, y, channels, { kernel: 1 }));
  if (stride !== 1 || inputs !== channels) return y;
  return add(graph, dropRate > 0 ? layers.stochasticDepth(y, dropRate) : y, x);
}

/** torchvision counts what a block has. */
export function torchvisionBlockNames(
  prefix: string,
  { expands, excites }: { readonly expands: boolean; readonly excites: boolean },
): BlockNames {
  const depthwise = expands ? 1 : 0;
  const excitation = `${prefix}.${depthwise + 1}`;
  return {
    expand: torchvisionConvNorm(`${prefix}.0`),
    depthwise: torchvisionConvNorm(`${prefix}.${depthwise}`),
    squeeze: `${excitation}.fc1`,
    excite: `${excitation}.fc2`,
    project: torchvisionConvNorm(`${prefix}.${depthwise + (excites ? 2 : 1)}`),
  };
}

export function torchvisionConvNorm(prefix: string): ConvNorm {
  return { conv: `${prefix}.0`, norm: `${prefix}.1` };
}
