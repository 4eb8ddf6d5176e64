/**
 * @file EfficientNet (Tan & Le 2019), as Keras builds it. Keras' layers that normalise pixels inside the network are
 * left to preprocessing: with its ImageNet weights they come to torchvision's mean and standard deviation.
 */
import type { Value } from '../../graph/graph.js';
import { add } from '../../graph/ops/add.js';
import { globalAveragePool } from '../../graph/ops/global-average-pool.js';
import { mul } from '../../graph/ops/mul.js';
import { sigmoid } from '../../graph/ops/sigmoid.js';
import { swish } from '../../graph/ops/swish.js';
import { scaledTruncatedNormal } from '../initialisers.js';
import type { Conventions, Layers } from '../layers.js';
import { keras } from './architecture.js';
import { evenChannels } from './rounding.js';

export const efficientNetConventions: Conventions = { ...keras, kernels: scaledTruncatedNormal };

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

/** @param scaling factors of the channels and of the number of blocks */
export function efficientNet({ width, depth }: { readonly width: number; readonly depth: number }) {
  const repeatsOf = (repeats: number) => Math.ceil(depth * repeats);
  const blocks = stages.reduce((sum, { repeats }) => sum + repeatsOf(repeats), 0);

  return (layers: Layers, images: Value): Value => {
    const { graph } = layers;
    const stem = layers.conv('stem_conv', images, evenChannels(STEM_CHANNELS * width), {
      kernel: 3,
      stride: 2,
      padding: 'same',
    });
    let x = swish(graph, layers.norm('stem_bn', stem));
    let index = 0;
    stages.forEach(({ repeats, channels, stride, ...shape }, stage) => {
      for (let i = 0; i < repeatsOf(repeats); i++) {
        x = block(layers, `block${stage + 1}${String.fromCharCode(97 + i)}`, x, {
          ...shape,
          channels: evenChannels(channels * width),
          stride: i === 0 ? stride : 1,
          dropRate: (DROP_RATE * index++) / blocks,
        });
      }
    });
    const top = layers.conv('top_conv', x, evenChannels(TOP_CHANNELS * width), { kernel: 1 });
    return swish(graph, layers.norm('top_bn', top));
  };
}

interface BlockOptions {
  readonly kernel: number;
  /** Of the output. */
  readonly channels: number;
  /** Inner channels per input channel. */
  readonly expansion: number;
  readonly stride: number;
  readonly dropRate: number;
}

/** An inverted residual block with squeeze and excitation. */
function block(layers: Layers, name: string, x: Value, options: BlockOptions): Value {
  const { kernel, channels, expansion, stride, dropRate } = options;
  const { graph } = layers;
  const inputs = x.shape[1]!;
  const normSwish = (layer: string, value: Value) => swish(graph, layers.norm(`${name}_${layer}`, value));

  let y = x;
  if (expansion !== 1) {
    y = normSwish('expand_bn', layers.conv(`${name}_expand_conv`, y, expansion * inputs, { kernel: 1 }));
  }
  y = normSwish('bn', layers.depthwise(`${name}_dwconv`, y, { kernel, stride, padding: 'same' }));
  y = excited(layers, name, y, Math.max(1, Math.floor(inputs * SQUEEZE)));
  y = layers.norm(`${name}_project_bn`, layers.conv(`${name}_project_conv`, y, channels, { kernel: 1 }));
  if (stride !== 1 || inputs !== channels) return y;
  return add(graph, dropRate > 0 ? layers.stochasticDepth(y, dropRate) : y, x);
}

/** Squeeze and excitation (Hu et al. 2018): channels weighed by what the whole image has in them. */
function excited(layers: Layers, name: string, x: Value, squeezed: number): Value {
  const { graph } = layers;
  const pointwise = { kernel: 1, bias: true };
  const reduced = layers.conv(`${name}_se_reduce`, globalAveragePool(graph, x), squeezed, pointwise);
  const expanded = layers.conv(`${name}_se_expand`, swish(graph, reduced), x.shape[1]!, pointwise);
  return mul(graph, x, sigmoid(graph, expanded));
}
