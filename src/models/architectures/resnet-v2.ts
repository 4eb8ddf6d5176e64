/** @file ResNet with pre-activation (He et al. 2016b), as Keras builds it: a stage's last block is the one with stride. */
import type { Graph, Value } from '../../graph/graph.js';
import { add } from '../../graph/ops/add.js';
import { maxPool } from '../../graph/ops/max-pool.js';
import { pad } from '../../graph/ops/pad.js';
import { relu } from '../../graph/ops/relu.js';
import { slice } from '../../graph/ops/slice.js';
import type { Layers } from '../layers.js';

const STEM_CHANNELS = 64;
/** A block's output channels per channel of its inner convolutions. */
const EXPANSION = 4;

/** @param stages the number of blocks of each stage */
export function resNetV2(stages: readonly number[]) {
  return (layers: Layers, images: Value): Value => {
    const { graph } = layers;
    const stem = { kernel: 7, stride: 2, padding: 3, bias: true };
    let x = layers.conv('conv1_conv', images, STEM_CHANNELS, stem);
    // Zeros, not nothing: there has been no ReLU, so that they may be the largest.
    x = pad(graph, x, { pads: [0, 0, 1, 1, 0, 0, 1, 1] });
    x = maxPool(graph, x, { kernel: [3, 3], strides: [2, 2] });
    stages.forEach((blocks, stage) => {
      const isLast = stage === stages.length - 1;
      for (let index = 1; index <= blocks; index++) {
        const stride = index === blocks && !isLast ? 2 : 1;
        x = block(layers, `conv${stage + 2}_block${index}`, x, {
          channels: STEM_CHANNELS * 2 ** stage,
          stride,
          project: index === 1,
        });
      }
    });
    return relu(graph, layers.norm('post_bn', x));
  };
}

interface BlockOptions {
  readonly channels: number;
  readonly stride: number;
  /** Whether the shortcut is a convolution. */
  readonly project: boolean;
}

function block(layers: Layers, name: string, x: Value, { channels, stride, project }: BlockOptions): Value {
  const { graph } = layers;
  const normRelu = (layer: string, value: Value) => relu(graph, layers.norm(`${name}_${layer}_bn`, value));
  const active = normRelu('preact', x);
  const shortcut = project
    ? layers.conv(`${name}_0_conv`, active, EXPANSION * channels, { kernel: 1, stride, bias: true })
    : everyOther(graph, x, stride);
  const first = normRelu('1', layers.conv(`${name}_1_conv`, active, channels, { kernel: 1 }));
  const second = layers.conv(`${name}_2_conv`, first, channels, { kernel: 3, stride, padding: 1 });
  const third = layers.conv(`${name}_3_conv`, normRelu('2', second), EXPANSION * channels, {
    kernel: 1,
    bias: true,
  });
  return add(graph, shortcut, third);
}

/** Every `stride`-th row and column: Keras' max pooling with a window of one pixel. */
function everyOther(graph: Graph, x: Value, stride: number): Value {
  return slice(graph, x, {
    axes: [2, 3],
    starts: [0, 0],
    ends: [x.shape[2]!, x.shape[3]!],
    steps: [stride, stride],
  });
}
