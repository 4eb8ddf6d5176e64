/** @file Whole networks of every family we train, as small as they can be; the same as in oracles/small_networks.py. */
import type { Value } from '../../../src/graph/graph.js';
import { add } from '../../../src/graph/ops/add.js';
import { averagePool } from '../../../src/graph/ops/average-pool.js';
import { clip } from '../../../src/graph/ops/clip.js';
import { concat } from '../../../src/graph/ops/concat.js';
import { globalAveragePool } from '../../../src/graph/ops/global-average-pool.js';
import { hardSigmoid } from '../../../src/graph/ops/hard-sigmoid.js';
import { hardSwish } from '../../../src/graph/ops/hard-swish.js';
import { maxPool } from '../../../src/graph/ops/max-pool.js';
import { mul } from '../../../src/graph/ops/mul.js';
import { relu } from '../../../src/graph/ops/relu.js';
import { sigmoid } from '../../../src/graph/ops/sigmoid.js';
import { swish } from '../../../src/graph/ops/swish.js';
import { sameShape } from '../../../src/graph/tensor.js';
import type { Activation, Layers } from './layers.js';

/** Images [N,3,H,W] to logits [N,3]. */
export type Architecture = (layers: Layers, images: Value) => Value;

const linear: Activation = (_, x) => x;
const relu6: Activation = (graph, x) => clip(graph, x, { min: 0, max: 6 });
const gate: Activation = (graph, x) => hardSigmoid(graph, x, { alpha: 1 / 6, beta: 1 / 2 });

/** A basic and a bottleneck block, the latter grouped, strided and with a projected shortcut. */
export function residual(layers: Layers, images: Value): Value {
  const { graph } = layers;
  let x = layers.unit('stem', images, 6, [3, 3], relu);
  x = maxPool(graph, x, { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  let y = layers.unit('a.1', x, 6, [3, 3], relu);
  x = relu(graph, add(graph, x, layers.unit('a.2', y, 6, [3, 3], linear)));
  y = layers.unit('b.1', x, 4, [1, 1], relu);
  y = layers.unit('b.2', y, 4, [3, 3], relu, { stride: 2, groups: 2 });
  y = layers.unit('b.3', y, 8, [1, 1], linear);
  x = relu(graph, add(graph, y, layers.unit('b.shortcut', x, 8, [1, 1], linear, { stride: 2 })));
  return layers.head(x, 3);
}

/** Dense concatenation: batch norm comes first, and every layer sees all before it. */
export function dense(layers: Layers, images: Value): Value {
  const { graph } = layers;
  const grow = (name: string, x: Value) => {
    let y = layers.conv(`${name}.1`, relu(graph, layers.norm(`${name}.1.bn`, x)), 6, [1, 1]);
    y = layers.conv(`${name}.2`, relu(graph, layers.norm(`${name}.2.bn`, y)), 3, [3, 3]);
    return concat(graph, [x, y], 1);
  };
  let x = layers.unit('stem', images, 4, [3, 3], relu);
  x = grow('a.2', grow('a.1', x));
  x = layers.conv('transition', relu(graph, layers.norm('transition.bn', x)), 5, [1, 1]);
  x = averagePool(graph, x, { kernel: [2, 2] });
  x = grow('b.2', grow('b.1', x));
  return layers.head(relu(graph, layers.norm('last', x)), 3);
}

interface Activations {
  readonly outer: Activation;
  /** Of the first block. */
  readonly first: Activation;
  /** Of the squeeze. */
  readonly inner: Activation;
  /** Of the excitation. */
  readonly gate: Activation;
}

/** Inverted residuals with squeeze and excitation, and the padding that TensorFlow calls SAME. */
function inverted(layers: Layers, images: Value, { outer, first, inner, gate }: Activations): Value {
  const { graph } = layers;
  const block = (
    name: string,
    x: Value,
    filters: number,
    activation: Activation,
    size: readonly [number, number],
    options: object,
  ) => {
    let y = layers.unit(`${name}.expand`, x, 8, [1, 1], activation);
    y = layers.unit(`${name}.depthwise`, y, 8, size, activation, { groups: 8, ...options });
    const mean = globalAveragePool(graph, y);
    const squeezed = inner(graph, layers.conv(`${name}.squeeze`, mean, 2, [1, 1], { bias: true }));
    const excited = layers.conv(`${name}.excite`, squeezed, 8, [1, 1], { bias: true });
    y = mul(graph, y, gate(graph, excited));
    y = layers.unit(`${name}.project`, y, filters, [1, 1], linear);
    return sameShape(x.shape, y.shape) ? add(graph, x, y) : y;
  };
  let x = layers.unit('stem', images, 4, [3, 3], outer, { stride: 2, pads: [0, 0, 1, 1] });
  x = block('a', x, 4, first, [3, 3], {});
  x = block('b', x, 6, outer, [5, 5], { stride: 2, pads: [1, 1, 2, 2] });
  return layers.head(layers.unit('last', x, 10, [1, 1], outer), 3);
}

/** As in EfficientNet. */
export function efficient(layers: Layers, images: Value): Value {
  return inverted(layers, images, { outer: swish, first: swish, inner: swish, gate: sigmoid });
}

/** As in MobileNetV3, with a ReLU6 block as in V2. */
export function mobile(layers: Layers, images: Value): Value {
  return inverted(layers, images, { outer: hardSwish, first: relu6, inner: relu, gate });
}

/** Parallel branches, among them factorised convolutions and average pooling, and a pooling reduction. */
export function inception(layers: Layers, images: Value): Value {
  const { graph } = layers;
  let x = layers.unit('stem', images, 4, [3, 3], relu);
  const two = layers.unit('a.2.1', x, 3, [1, 1], relu);
  let three = layers.unit('a.3.1', x, 3, [1, 1], relu);
  three = layers.unit('a.3.2', three, 3, [1, 3], relu);
  const pooled = averagePool(graph, x, { kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] });
  const branches = [
    layers.unit('a.1', x, 3, [1, 1], relu),
    layers.unit('a.2.2', two, 4, [3, 3], relu),
    layers.unit('a.3.3', three, 3, [3, 1], relu),
    layers.unit('a.4', pooled, 2, [1, 1], relu),
  ];
  x = concat(graph, branches, 1);
  const window = { kernel: [3, 3], strides: [2, 2] } as const;
  const reduced = layers.unit('b.1', x, 4, [3, 3], relu, { stride: 2, pads: [0, 0, 0, 0] });
  x = concat(graph, [reduced, maxPool(graph, x, window), averagePool(graph, x, window)], 1);
  return layers.head(x, 3);
}

/** The network that the named golden file was made with. */
export const architectures: Record<string, Architecture> = { residual, dense, efficient, mobile, inception };
