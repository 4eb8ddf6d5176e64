/** @file MobileNetV2 (Sandler et al. 2018), as Keras and as torchvision build it: other names, other padding. */
import type { Value } from '../../graph/graph.js';
import { add } from '../../graph/ops/add.js';
import { clip } from '../../graph/ops/clip.js';
import type { Conventions, Layers } from '../layers.js';
import type { Padding } from '../padding.js';
import { keras } from './architecture.js';
import { evenChannels } from './rounding.js';

/** Keras' MobileNetV2 and V3. */
export const kerasMobileConventions: Conventions = { ...keras, momentum: 0.999 };

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

interface Names {
  readonly stem: Pair;
  /** Blocks are counted from 0; the first has no `expand`. */
  readonly block: (index: number) => Record<'expand' | 'depthwise' | 'project', Pair>;
  readonly top: Pair;
}

interface Pair {
  readonly conv: string;
  readonly norm: string;
}

interface Dialect {
  readonly names: Names;
  /** Around 3×3 convolutions. */
  readonly padding: Padding;
}

const kerasBlock = (index: number) => {
  const prefix = index === 0 ? 'expanded_conv' : `block_${index}`;
  const pair = (name: string): Pair => ({ conv: `${prefix}_${name}`, norm: `${prefix}_${name}_BN` });
  return { expand: pair('expand'), depthwise: pair('depthwise'), project: pair('project') };
};

const kerasDialect: Dialect = {
  names: {
    stem: { conv: 'Conv1', norm: 'bn_Conv1' },
    block: kerasBlock,
    top: { conv: 'Conv_1', norm: 'Conv_1_bn' },
  },
  padding: 'same',
};

const torchvisionPair = (prefix: string): Pair => ({ conv: `${prefix}.0`, norm: `${prefix}.1` });

/** The last convolution of a block is not wrapped with its norm, so its place depends on how many come before. */
const torchvisionBlock = (index: number) => {
  const prefix = `features.${index + 1}.conv`;
  const wrapped = index === 0 ? 1 : 2;
  return {
    expand: torchvisionPair(`${prefix}.0`),
    depthwise: torchvisionPair(`${prefix}.${wrapped - 1}`),
    project: { conv: `${prefix}.${wrapped}`, norm: `${prefix}.${wrapped + 1}` },
  };
};

const torchvisionDialect: Dialect = {
  names: {
    stem: torchvisionPair('features.0'),
    block: torchvisionBlock,
    top: torchvisionPair(`features.${BLOCKS + 1}`),
  },
  padding: 1,
};

export const mobileNetV2Dialects = { keras: kerasDialect, torchvision: torchvisionDialect };

/** @param alpha factor of the channels; it does not make the last layer narrower */
export function mobileNetV2(alpha: number, { names, padding }: Dialect) {
  return (layers: Layers, images: Value): Value => {
    const { graph } = layers;
    const convNorm = ({ conv, norm }: Pair, x: Value, channels: number, stride = 1) => {
      const window = stride === 1 ? { kernel: 1 } : { kernel: 3, stride, padding };
      return layers.norm(norm, layers.conv(conv, x, channels, window));
    };
    const relu6 = (x: Value) => clip(graph, x, { min: 0, max: 6 });

    let x = relu6(convNorm(names.stem, images, evenChannels(STEM_CHANNELS * alpha), 2));
    let index = 0;
    for (const { expansion, channels, repeats, stride: first } of stages) {
      for (let i = 0; i < repeats; i++) {
        const { expand, depthwise, project } = names.block(index++);
        const [inputs, outputs] = [x.shape[1]!, evenChannels(Math.floor(channels * alpha))];
        const stride = i === 0 ? first : 1;
        const wide = expansion === 1 ? x : relu6(convNorm(expand, x, expansion * inputs));
        const spread = layers.depthwise(depthwise.conv, wide, { kernel: 3, stride, padding });
        const y = convNorm(project, relu6(layers.norm(depthwise.norm, spread)), outputs);
        x = stride === 1 && inputs === outputs ? add(graph, y, x) : y;
      }
    }
    return relu6(convNorm(names.top, x, evenChannels(TOP_CHANNELS * Math.max(1, alpha))));
  };
}
