/**
 * @file MobileNetV3 (Howard et al. 2019), as Keras and as torchvision build it. Keras' layer that scales pixels is left
 * to preprocessing.
 */
import type { Value } from '../../graph/graph.js';
import { hardSigmoid } from '../../graph/ops/hard-sigmoid.js';
import { hardSwish } from '../../graph/ops/hard-swish.js';
import { relu } from '../../graph/ops/relu.js';
import type { Layers } from '../layers.js';
import type { Padding } from '../padding.js';
import {
  type Activation,
  type BlockNames,
  type ConvNorm,
  invertedResidual,
  torchvisionBlockNames,
  torchvisionConvNorm,
} from './inverted-residual.js';
import { evenChannels } from './rounding.js';

const STEM_CHANNELS = 16;
/** Channels of the last layer, per channel of the last block. */
const TOP_EXPANSION = 6;
/** Channels of squeeze and excitation, per inner channel of the block. */
const SQUEEZE = 0.25;

interface Block {
  readonly kernel: number;
  readonly inner: number;
  readonly channels: number;
  readonly stride: number;
  readonly activation: Activation;
  /** Whether it has squeeze and excitation. */
  readonly excites: boolean;
}

const block = (
  kernel: number,
  inner: number,
  channels: number,
  stride: number,
  activation: Activation,
  excites: boolean,
): Block => ({ kernel, inner, channels, stride, activation, excites });

/** The paper's table 2. */
export const smallBlocks: readonly Block[] = [
  block(3, 16, 16, 2, relu, true),
  block(3, 72, 24, 2, relu, false),
  block(3, 88, 24, 1, relu, false),
  block(5, 96, 40, 2, hardSwish, true),
  block(5, 240, 40, 1, hardSwish, true),
  block(5, 240, 40, 1, hardSwish, true),
  block(5, 120, 48, 1, hardSwish, true),
  block(5, 144, 48, 1, hardSwish, true),
  block(5, 288, 96, 2, hardSwish, true),
  block(5, 576, 96, 1, hardSwish, true),
  block(5, 576, 96, 1, hardSwish, true),
];

/** The paper's table 1. */
export const largeBlocks: readonly Block[] = [
  block(3, 16, 16, 1, relu, false),
  block(3, 64, 24, 2, relu, false),
  block(3, 72, 24, 1, relu, false),
  block(5, 72, 40, 2, relu, true),
  block(5, 120, 40, 1, relu, true),
  block(5, 120, 40, 1, relu, true),
  block(3, 240, 80, 2, hardSwish, false),
  block(3, 200, 80, 1, hardSwish, false),
  block(3, 184, 80, 1, hardSwish, false),
  block(3, 184, 80, 1, hardSwish, false),
  block(3, 480, 112, 1, hardSwish, true),
  block(3, 672, 112, 1, hardSwish, true),
  block(5, 672, 160, 2, hardSwish, true),
  block(5, 960, 160, 1, hardSwish, true),
  block(5, 960, 160, 1, hardSwish, true),
];

interface Dialect {
  readonly stem: ConvNorm;
  /** Blocks are counted from 0. */
  readonly block: (index: number, block: Block) => BlockNames;
  readonly top: (blocks: number) => ConvNorm;
  readonly padding: Padding;
}

const kerasDialect: Dialect = {
  stem: { conv: 'conv', norm: 'conv_bn' },
  block: (index) => {
    const prefix = index === 0 ? 'expanded_conv' : `expanded_conv_${index}`;
    const pair = (name: string): ConvNorm => ({ conv: `${prefix}_${name}`, norm: `${prefix}_${name}_bn` });
    return {
      expand: pair('expand'),
      depthwise: pair('depthwise'),
      squeeze: `${prefix}_squeeze_excite_conv`,
      excite: `${prefix}_squeeze_excite_conv_1`,
      project: pair('project'),
    };
  },
  top: () => ({ conv: 'conv_1', norm: 'conv_1_bn' }),
  padding: 'same',
};

const torchvisionDialect: Dialect = {
  stem: torchvisionConvNorm('features.0'),
  block: (index, { excites }) =>
    torchvisionBlockNames(`features.${index + 1}.block`, { expands: index > 0, excites }),
  top: (blocks) => torchvisionConvNorm(`features.${blocks + 1}`),
  padding: 'half',
};

export const mobileNetV3Dialects = { keras: kerasDialect, torchvision: torchvisionDialect };

export function mobileNetV3(blocks: readonly Block[], dialect: Dialect) {
  return (layers: Layers, images: Value): Value => {
    const { graph } = layers;
    const { stem, padding } = dialect;
    const first = layers.conv(stem.conv, images, STEM_CHANNELS, { kernel: 3, stride: 2, padding });
    let x = hardSwish(graph, layers.norm(stem.norm, first));
    blocks.forEach((block, index) => {
      const squeezed = evenChannels(block.inner * SQUEEZE);
      x = invertedResidual(layers, x, {
        ...block,
        names: dialect.block(index, block),
        padding,
        excitation: block.excites ? { channels: squeezed, activation: relu, gate: hardGate } : undefined,
      });
    });
    const top = dialect.top(blocks.length);
    const last = layers.conv(top.conv, x, TOP_EXPANSION * x.shape[1]!, { kernel: 1 });
    return hardSwish(graph, layers.norm(top.norm, last));
  };
}

const hardGate: Activation = (graph, x) => hardSigmoid(graph, x, { alpha: 1 / 6, beta: 0.5 });
