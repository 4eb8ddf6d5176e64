/** @file DenseNet (Huang et al. 2017), as Keras and as torchvision build it: the same layers under other names. */
import type { Value } from '../../graph/graph.js';
import { averagePool } from '../../graph/ops/average-pool.js';
import { concat } from '../../graph/ops/concat.js';
import { maxPool } from '../../graph/ops/max-pool.js';
import { relu } from '../../graph/ops/relu.js';
import type { Layers } from '../layers.js';

const STEM_CHANNELS = 64;
const GROWTH = 32;
/** Channels between the two convolutions of a dense layer, per channel of growth. */
const BOTTLENECK = 4;

/** How a framework names the layers; blocks and layers are counted from 1. */
interface Names {
  readonly stem: Pair;
  readonly dense: (block: number, layer: number) => readonly [first: Pair, second: Pair];
  readonly transition: (block: number) => Pair;
  readonly last: string;
}

interface Pair {
  readonly norm: string;
  readonly conv: string;
}

const keras: Names = {
  stem: { norm: 'conv1_bn', conv: 'conv1_conv' },
  dense: (block, layer) => {
    const name = `conv${block + 1}_block${layer}`;
    return [
      { norm: `${name}_0_bn`, conv: `${name}_1_conv` },
      { norm: `${name}_1_bn`, conv: `${name}_2_conv` },
    ];
  },
  transition: (block) => ({ norm: `pool${block + 1}_bn`, conv: `pool${block + 1}_conv` }),
  last: 'bn',
};

const torchvision: Names = {
  stem: { norm: 'features.norm0', conv: 'features.conv0' },
  dense: (block, layer) => {
    const name = `features.denseblock${block}.denselayer${layer}`;
    return [
      { norm: `${name}.norm1`, conv: `${name}.conv1` },
      { norm: `${name}.norm2`, conv: `${name}.conv2` },
    ];
  },
  transition: (block) => ({
    norm: `features.transition${block}.norm`,
    conv: `features.transition${block}.conv`,
  }),
  last: 'features.norm5',
};

export const denseNetNames = { keras, torchvision };

/** @param blocks the number of dense layers of each block */
export function denseNet(blocks: readonly number[], names: Names) {
  return (layers: Layers, images: Value): Value => {
    const { graph } = layers;
    const normRelu = (name: string, x: Value) => relu(graph, layers.norm(name, x));

    const stem = layers.conv(names.stem.conv, images, STEM_CHANNELS, { kernel: 7, stride: 2, padding: 3 });
    let x = normRelu(names.stem.norm, stem);
    // Keras pads with zeros, which after ReLU win no more than nothing does.
    x = maxPool(graph, x, { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });

    blocks.forEach((count, index) => {
      const block = index + 1;
      for (let layer = 1; layer <= count; layer++) {
        const [first, second] = names.dense(block, layer);
        const narrow = layers.conv(first.conv, normRelu(first.norm, x), BOTTLENECK * GROWTH, { kernel: 1 });
        const grown = layers.conv(second.conv, normRelu(second.norm, narrow), GROWTH, {
          kernel: 3,
          padding: 1,
        });
        x = concat(graph, [x, grown], 1);
      }
      if (block === blocks.length) return;
      const { norm, conv } = names.transition(block);
      const halved = layers.conv(conv, normRelu(norm, x), Math.floor(x.shape[1]! / 2), { kernel: 1 });
      x = averagePool(graph, halved, { kernel: [2, 2] });
    });
    return normRelu(names.last, x);
  };
}
