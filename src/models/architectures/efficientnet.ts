/**
 * @file EfficientNet (Tan & Le 2019), as Keras and as torchvision build it. Keras' layers that normalise pixels inside
 * the network are left to preprocessing: with its ImageNet weights they come to torchvision's mean and deviation.
 */
import type { Value } from '../../graph/graph.js';
import { sigmoid } from '../../graph/ops/sigmoid.js';
import { swish } from '../../graph/ops/swish.js';
import type { Layers } from '../layers.js';
import type { Padding } from '../padding.js';
import {
  type BlockNames,
  type ConvNorm,
  invertedResidual,
  torchvisionBlockNames,
  torchvisionConvNorm,
} from './inverted-residual.js';
import { evenChannels } from './rounding.js';

const STEM_CHANNELS = 32;
const TOP_CHANNELS = 1280;
/** Channels of squeeze and excitation, per input channel of the block. */
const SQUEEZE = 0.25;
/** How often the last residual branch is dropped; the ones before it in proportion to their depth. */
const DROP_RATE = 0.2;

/** B0; the others are wider and deeper. */
const stages = [
  { kernel: 3, repeats: 1, channels: 16, expansion: 1, stride: 1 },
  { kernel: 3, repeats: 2, channels: 24, expansion: 6, stride: 2 },
  { kernel: 5, repeats: 2, channels: 40, expansion: 6, stride: 2 },
  { kernel: 3, repeats: 3, channels: 80, expansion: 6, stride: 2 },
  { kernel: 5, repeats: 3, channels: 112, expansion: 6, stride: 1 },
  { kernel: 5, repeats: 4, channels: 192, expansion: 6, stride: 2 },
  { kernel: 3, repeats: 1, channels: 320, expansion: 6, stride: 1 },
];

interface Dialect {
  readonly stem: ConvNorm;
  /** Stages and their blocks are counted from 0. */
  readonly block: (stage: number, index: number) => BlockNames;
  readonly top: ConvNorm;
  readonly padding: Padding;
}

const kerasDialect: Dialect = {
  stem: { conv: 'stem_conv', norm: 'stem_bn' },
  block: (stage, index) => {
    const prefix = `block${stage + 1}${String.fromCharCode(97 + index)}`;
    return {
      expand: { conv: `${prefix}_expand_conv`, norm: `${prefix}_expand_bn` },
      depthwise: { conv: `${prefix}_dwconv`, norm: `${prefix}_bn` },
      squeeze: `${prefix}_se_reduce`,
      excite: `${prefix}_se_expand`,
      project: { conv: `${prefix}_project_conv`, norm: `${prefix}_project_bn` },
    };
  },
  top: { conv: 'top_conv', norm: 'top_bn' },
  padding: 'same',
};

const torchvisionDialect: Dialect = {
  stem: torchvisionConvNorm('features.0'),
  block: (stage, index) =>
    torchvisionBlockNames(`features.${stage + 1}.${index}.block`, { expands: stage > 0, excites: true }),
  top: torchvisionConvNorm(`features.${stages.length + 1}`),
  padding: 'half',
};

export const efficientNetDialects = { keras: kerasDialect, torchvision: torchvisionDialect };

interface Scaling {
  /** Factor of the channels. */
  readonly width: number;
  /** Factor of the number of blocks. */
  readonly depth: number;
}

export function efficientNet({ width, depth }: Scaling, { stem, block, top, padding }: Dialect) {
  const repeatsOf = (repeats: number) => Math.ceil(depth * repeats);
  const blocks = stages.reduce((sum, { repeats }) => sum + repeatsOf(repeats), 0);

  return (layers: Layers, images: Value): Value => {
    const { graph } = layers;
    const window = { kernel: 3, stride: 2, padding };
    const first = layers.conv(stem.conv, images, evenChannels(STEM_CHANNELS * width), window);
    let x = swish(graph, layers.norm(stem.norm, first));
    let made = 0;
    stages.forEach(({ kernel, repeats, channels, expansion, stride }, stage) => {
      for (let index = 0; index < repeatsOf(repeats); index++) {
        const inputs = x.shape[1]!;
        x = invertedResidual(layers, x, {
          names: block(stage, index),
          kernel,
          padding,
          stride: index === 0 ? stride : 1,
          inner: expansion * inputs,
          channels: evenChannels(channels * width),
          activation: swish,
          excitation: { channels: Math.floor(inputs * SQUEEZE), activation: swish, gate: sigmoid },
          dropRate: (DROP_RATE * made++) / blocks,
        });
      }
    });
    const last = layers.conv(top.conv, x, evenChannels(TOP_CHANNELS * width), { kernel: 1 });
    return swish(graph, layers.norm(top.norm, last));
  };
}
