/**
 * @file ResNet (He et al. 2016), as torchvision builds it: in bottleneck blocks the 3×3 convolution has the stride
 * ("v1.5").
 */
import type { Value } from '../../graph/graph.js';
import { add } from '../../graph/ops/add.js';
import { maxPool } from '../../graph/ops/max-pool.js';
import { relu } from '../../graph/ops/relu.js';
import type { Layers } from '../layers.js';

const STEM_CHANNELS = 64;

/** A block's convolutions one after another; `outputs` is how many channels the last has per channel of the block. */
interface BlockKind {
  readonly kernels: readonly number[];
  readonly outputs: number;
}

export const basic: BlockKind = { kernels: [3, 3], outputs: 1 };
export const bottleneck: BlockKind = { kernels: [1, 3, 1], outputs: 4 };

/** @param stages the number of blocks of each stage */
export function resNet(kind: BlockKind, stages: readonly number[]) {
  return (layers: Layers, images: Value): Value => {
    const { graph } = layers;
    const stem = layers.conv('conv1', images, STEM_CHANNELS, { kernel: 7, stride: 2, padding: 3 });
    let x = relu(graph, layers.norm('bn1', stem));
    x = maxPool(graph, x, { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
    stages.forEach((blocks, stage) => {
      for (let index = 0; index < blocks; index++) {
        const stride = stage > 0 && index === 0 ? 2 : 1;
        x = block(layers, `layer${stage + 1}.${index}`, x, kind, STEM_CHANNELS * 2 ** stage, stride);
      }
    });
    return x;
  };
}

function block(
  layers: Layers,
  name: string,
  x: Value,
  { kernels, outputs }: BlockKind,
  channels: number,
  stride: number,
): Value {
  const { graph } = layers;
  const strided = kernels.indexOf(3);
  let y = x;
  kernels.forEach((kernel, i) => {
    const isLast = i === kernels.length - 1;
    const window = { kernel, stride: i === strided ? stride : 1, padding: 'half' } as const;
    const filters = isLast ? channels * outputs : channels;
    y = layers.norm(`${name}.bn${i + 1}`, layers.conv(`${name}.conv${i + 1}`, y, filters, window));
    if (!isLast) y = relu(graph, y);
  });
  if (stride === 1 && x.shape[1] === y.shape[1]) return relu(graph, add(graph, y, x));
  const projected = layers.conv(`${name}.downsample.0`, x, y.shape[1]!, { kernel: 1, stride });
  return relu(graph, add(graph, y, layers.norm(`${name}.downsample.1`, projected)));
}
