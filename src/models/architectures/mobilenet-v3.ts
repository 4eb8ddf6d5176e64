/** @file MobileNetV3 (Howard et al. 2019), as Keras builds it; its layer that scales pixels is left to preprocessing. */
import type { Graph, Value } from '../../graph/graph.js';
import { add } from '../../graph/ops/add.js';
import { globalAveragePool } from '../../graph/ops/global-average-pool.js';
import { hardSigmoid } from '../../graph/ops/hard-sigmoid.js';
import { hardSwish } from '../../graph/ops/hard-swish.js';
import { mul } from '../../graph/ops/mul.js';
import { relu } from '../../graph/ops/relu.js';
import type { Layers } from '../layers.js';
import { evenChannels } from './rounding.js';

const STEM_CHANNELS = 16;
/** Channels of the last layer, per channel of the last block. */
const TOP_EXPANSION = 6;
/** Channels of squeeze and excitation, per inner channel of the block. */
const SQUEEZE = 0.25;

type Activation = (graph: Graph, x: Value) => Value;

interface Block {
  readonly kernel: number;
  /** Inner channels per input channel. */
  readonly expansion: number;
  /** Of the output. */
  readonly channels: number;
  readonly stride: number;
  readonly activation: Activation;
  /** Whether it has squeeze and excitation. */
  readonly excite: boolean;
}

const block = (
  kernel: number,
  expansion: number,
  channels: number,
  stride: number,
  activation: Activation,
  excite: boolean,
): Block => ({ kernel, expansion, channels, stride, activation, excite });

/** Expansions are such that the inner channels are those of the paper's tables. */
export const smallBlocks: readonly Block[] = [
  block(3, 1, 16, 2, relu, true),
  block(3, 72 / 16, 24, 2, relu, false),
  block(3, 88 / 24, 24, 1, relu, false),
  block(5, 4, 40, 2, hardSwish, true),
  block(5, 6, 40, 1, hardSwish, true),
  block(5, 6, 40, 1, hardSwish, true),
  block(5, 3, 48, 1, hardSwish, true),
  block(5, 3, 48, 1, hardSwish, true),
  block(5, 6, 96, 2, hardSwish, true),
  block(5, 6, 96, 1, hardSwish, true),
  block(5, 6, 96, 1, hardSwish, true),
];

export const largeBlocks: readonly Block[] = [
  block(3, 1, 16, 1, relu, false),
  block(3, 4, 24, 2, relu, false),
  block(3, 3, 24, 1, relu, false),
  block(5, 3, 40, 2, relu, true),
  block(5, 3, 40, 1, relu, true),
  block(5, 3, 40, 1, relu, true),
  block(3, 6, 80, 2, hardSwish, false),
  block(3, 2.5, 80, 1, hardSwish, false),
  block(3, 2.3, 80, 1, hardSwish, false),
  block(3, 2.3, 80, 1, hardSwish, false),
  block(3, 6, 112, 1, hardSwish, true),
  block(3, 6, 112, 1, hardSwish, true),
  block(5, 6, 160, 2, hardSwish, true),
  block(5, 6, 160, 1, hardSwish, true),
  block(5, 6, 160, 1, hardSwish, true),
];

export function mobileNetV3(blocks: readonly Block[]) {
  return (layers: Layers, images: Value): Value => {
    const { graph } = layers;
    const stem = { kernel: 3, stride: 2, padding: 'same' } as const;
    let x = hardSwish(graph, layers.norm('conv_bn', layers.conv('conv', images, STEM_CHANNELS, stem)));
    blocks.forEach((options, index) => {
      x = inverted(layers, index === 0 ? 'expanded_conv' : `expanded_conv_${index}`, x, options);
    });
    const top = layers.conv('conv_1', x, evenChannels(x.shape[1]! * TOP_EXPANSION), { kernel: 1 });
    return hardSwish(graph, layers.norm('conv_1_bn', top));
  };
}

/** An inverted residual block. */
function inverted(layers: Layers, name: string, x: Value, options: Block): Value {
  const { kernel, expansion, channels, stride, activation, excite } = options;
  const { graph } = layers;
  const inputs = x.shape[1]!;
  const active = (layer: string, value: Value) =>
    activation(graph, layers.norm(`${name}_${layer}_bn`, value));

  let y = x;
  if (expansion !== 1) {
    const inner = evenChannels(inputs * expansion);
    y = active('expand', layers.conv(`${name}_expand`, y, inner, { kernel: 1 }));
  }
  const window = { kernel, stride, padding: 'same' } as const;
  y = active('depthwise', layers.depthwise(`${name}_depthwise`, y, window));
  if (excite) y = excited(layers, `${name}_squeeze_excite`, y);
  y = layers.norm(`${name}_project_bn`, layers.conv(`${name}_project`, y, channels, { kernel: 1 }));
  return stride === 1 && inputs === channels ? add(graph, x, y) : y;
}

/** Squeeze and excitation (Hu et al. 2018), with a hard sigmoid. */
function excited(layers: Layers, name: string, x: Value): Value {
  const { graph } = layers;
  const channels = x.shape[1]!;
  const pointwise = { kernel: 1, bias: true };
  const squeezed = evenChannels(channels * SQUEEZE);
  const reduced = layers.conv(`${name}_conv`, globalAveragePool(graph, x), squeezed, pointwise);
  const expanded = layers.conv(`${name}_conv_1`, relu(graph, reduced), channels, pointwise);
  return mul(graph, x, hardSigmoid(graph, expanded, { alpha: 1 / 6, beta: 0.5 }));
}
