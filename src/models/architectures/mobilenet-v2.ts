/** @file MobileNetV2 (Sandler et al. 2018), as Keras and as torchvision build it: other names, other padding. */
import type { Value } from '../../graph/graph.js';
import { clip } from '../../graph/ops/clip.js';
import type { Layers } from '../layers.js';
import type { Padding } from '../padding.js';
import {
  type Activation,
  type BlockNames,
  type ConvNorm,
  invertedResidual,
  torchvisionConvNorm,
} from './inverted-residual.js';
import { evenChannels } from './rounding.js';

const STEM_CHANNELS = 32;
const TOP_CHANNELS = 1280;

const stages = [
  { expansion: 1, channels: 16, repeats: 1, stride: 1 },
  { expansion: 6, channels: 24, repeats: 2, stride: 2 },
  { expansion: 6, channels: 32, repeats: 3, stride: 2 },
  { expansion: 6, channels: 64, repeats: 4, stride: 2 },
  { expansion: 6, channels: 96, repeats: 3, stride: 1 },
  { expansion: 6, channels: 160, repeats: 3, stride: 2 },
  { expansion: 6, channels: 320, repeats: 1, stride: 1 },
];
const BLOCKS = stages.reduce((sum, { repeats }) => sum + repeats, 0);

interface Dialect {
  readonly stem: ConvNorm;
  /** Blocks are counted from 0. */
  readonly block: (index: number) => BlockNames;
  readonly top: ConvNorm;
  readonly padding: Padding;
}

const kerasDialect: Dialect = {
  stem: { conv: 'Conv1', norm: 'bn_Conv1' },
  block: (index) => {
    const prefix = index === 0 ? 'expanded_conv' : `block_${index}`;
    const pair = (name: string): ConvNorm => ({ conv: `${prefix}_${name}`, norm: `${prefix}_${name}_BN` });
    return { expand: pair('expand'), depthwise: pair('depthwise'), project: pair('project') };
  },
  top: { conv: 'Conv_1', norm: 'Conv_1_bn' },
  padding: 'same',
};

const torchvisionDialect: Dialect = {
  stem: torchvisionConvNorm('features.0'),
  block: (index) => {
    const prefix = `features.${index + 1}.conv`;
    const depthwise = index === 0 ? 0 : 1;
    return {
      expand: torchvisionConvNorm(`${prefix}.0`),
      depthwise: torchvisionConvNorm(`${prefix}.${depthwise}`),
      project: { conv: `${prefix}.${depthwise + 1}`, norm: `${prefix}.${depthwise + 2}` },
    };
  },
  top: torchvisionConvNorm(`features.${BLOCKS + 1}`),
  padding: 'half',
};

export const mobileNetV2Dialects = { keras: kerasDialect, torchvision: torchvisionDialect };

/** @param alpha factor of the channels; it does not make the last layer narrower */
export function mobileNetV2(alpha: number, { stem, block, top, padding }: Dialect) {
  return (layers: Layers, images: Value): Value => {
    const { graph } = layers;
    const window = { kernel: 3, stride: 2, padding };
    const first = layers.conv(stem.conv, images, evenChannels(STEM_CHANNELS * alpha), window);
    let x = relu6(graph, layers.norm(stem.norm, first));
    let made = 0;
    for (const { expansion, channels, repeats, stride } of stages) {
      for (let index = 0; index < repeats; index++) {
        x = invertedResidual(layers, x, {
          names: block(made++),
          kernel: 3,
          padding,
          stride: index === 0 ? stride : 1,
          inner: expansion * x.shape[1]!,
          channels: evenChannels(Math.floor(channels * alpha)),
          activation: relu6,
        });
      }
    }
    const last = layers.conv(top.conv, x, evenChannels(TOP_CHANNELS * Math.max(1, alpha)), { kernel: 1 });
    return relu6(graph, layers.norm(top.norm, last));
  };
}

const relu6: Activation = (graph, x) => clip(graph, x, { min: 0, max: 6 });
