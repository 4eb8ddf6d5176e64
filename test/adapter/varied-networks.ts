/** @file Small networks with random weights that depend on the batch size in every way that networks do. */
import { createHash } from 'node:crypto';
import { Graph, parameterOf, type Value } from '../../src/graph/graph.js';
import type { Network, ParameterInfo } from '../../src/graph/network.js';
import { add } from '../../src/graph/ops/add.js';
import { batchNormalization } from '../../src/graph/ops/batch-normalization.js';
import { concat } from '../../src/graph/ops/concat.js';
import { conv } from '../../src/graph/ops/conv.js';
import { globalAveragePool } from '../../src/graph/ops/global-average-pool.js';
import { maxPool } from '../../src/graph/ops/max-pool.js';
import { mul } from '../../src/graph/ops/mul.js';
import { relu } from '../../src/graph/ops/relu.js';
import { reshape } from '../../src/graph/ops/reshape.js';
import { resizeNearest } from '../../src/graph/ops/resize-nearest.js';
import { sigmoid } from '../../src/graph/ops/sigmoid.js';
import { swish } from '../../src/graph/ops/swish.js';
import { transpose } from '../../src/graph/ops/transpose.js';
import type { Role } from '../../src/graph/role.js';
import { float32, type Shape, sizeOf } from '../../src/graph/tensor.js';
import { Random } from '../../src/random.js';

interface ConvOptions {
  readonly size?: number;
  readonly stride?: number;
  readonly groups?: number;
}

/** Adds layers to a graph; the same names get the same weights each time. */
class Layers {
  constructor(readonly graph: Graph) {}

  /** Convolution and batch norm, frozen. */
  convNorm(
    name: string,
    x: Value,
    channels: number,
    { size = 3, stride = 1, groups = 1 }: ConvOptions = {},
  ): Value {
    const depth = x.shape[1]! / groups;
    const spread = Math.sqrt(3 / (depth * size * size));
    const kernel = this.weight(`${name}.kernel`, 'kernel', [channels, depth, size, size], -spread, spread);
    const pad = (size - 1) / 2;
    const y = conv(this.graph, x, kernel, undefined, {
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      dilations: [1, 1],
      groups,
    });
    return batchNormalization(
      this.graph,
      y,
      this.weight(`${name}.bn.scale`, 'bn-scale', [channels], 0.7, 1.3),
      this.weight(`${name}.bn.centre`, 'bn-centre', [channels], -0.3, 0.3),
      this.weight(`${name}.bn.mean`, 'bn-mean', [channels], -0.3, 0.3),
      this.weight(`${name}.bn.variance`, 'bn-variance', [channels], 0.5, 1.5),
      { epsilon: 1e-3 },
    );
  }

  weight(name: string, role: Role, shape: Shape, low: number, high: number): Value {
    const random = new Random(...Buffer.from(name));
    const data = Float32Array.from({ length: sizeOf(shape) }, () => random.between(low, high));
    return this.graph.parameter(name, role, float32(data, shape));
  }
}

/** Images [N,3,H,W] → a feature map [N,C,H',W']. */
type Body = (layers: Layers, images: Value) => Value;

const bodies = {
  /** Expansion, depthwise convolution, squeeze-excite, projection. */
  'inverted-residual': (layers, images) => {
    const { graph } = layers;
    const x = layers.convNorm('stem', images, 4, { stride: 2 });
    const wide = swish(graph, layers.convNorm('expand', x, 16, { size: 1 }));
    const deep = swish(graph, layers.convNorm('depthwise', wide, 16, { groups: 16 }));
    const squeezed = swish(graph, layers.convNorm('squeeze', globalAveragePool(graph, deep), 4, { size: 1 }));
    const excited = sigmoid(graph, layers.convNorm('excite', squeezed, 16, { size: 1 }));
    return add(graph, layers.convNorm('project', mul(graph, deep, excited), 4, { size: 1 }), x);
  },
  /** Grouped convolutions with a channel shuffle between them: reshapes to five axes. */
  shuffle: (layers, images) => {
    const { graph } = layers;
    const x = relu(graph, layers.convNorm('stem', images, 8, { stride: 2 }));
    const grouped = relu(graph, layers.convNorm('first', x, 8, { size: 1, groups: 2 }));
    const [n, channels, height, width] = grouped.shape as [number, number, number, number];
    const split = reshape(graph, grouped, [n, 2, channels / 2, height, width]);
    const shuffled = reshape(graph, transpose(graph, split, [0, 2, 1, 3, 4]), grouped.shape);
    return layers.convNorm('second', shuffled, 8, { groups: 2 });
  },
  /** A shortcut that gains channels by zeros (option A of He et al. 2016): a constant with a row per image. */
  'zero-padded': (layers, images) => {
    const { graph } = layers;
    const x = relu(graph, layers.convNorm('stem', images, 4, { stride: 2 }));
    const small = maxPool(graph, x, { kernel: [2, 2] });
    const zeros = graph.constant(float32(new Float32Array(sizeOf(small.shape)), small.shape));
    return relu(
      graph,
      add(graph, concat(graph, [small, zeros], 1), layers.convNorm('block', x, 8, { stride: 2 })),
    );
  },
  /** A feature pyramid's way back up: a resize whose sizes name the batch. */
  pyramid: (layers, images) => {
    const { graph } = layers;
    const x = relu(graph, layers.convNorm('stem', images, 4, { stride: 2 }));
    const deep = relu(graph, layers.convNorm('down', x, 4, { stride: 2 }));
    const up = resizeNearest(graph, deep, { size: [x.shape[2]!, x.shape[3]!] });
    return layers.convNorm('smooth', add(graph, x, up), 6);
  },
} as const satisfies Record<string, Body>;

/** The small networks, for images of any size from 8×8; frozen statistics only. */
export const variedNetworks: readonly Network[] = Object.entries<Body>(bodies).map(([name, body]) =>
  networkOf(name, body),
);

function networkOf(name: string, body: Body): Network {
  const forward = (graph: Graph, images: Value) => {
    const map = body(new Layers(graph), images);
    return reshape(graph, globalAveragePool(graph, map), map.shape.slice(0, 2));
  };
  const draft = new Graph();
  const features = forward(draft, draft.input('images', { dtype: 'float32', shape: [1, 3, 16, 16] }));
  const parameters = [...draft.parameters.values()].map((value): ParameterInfo => {
    const { name, role, tensor } = parameterOf(value)!;
    return { name, role, tensor, shape: tensor.shape, layer: name.slice(0, name.lastIndexOf('.')) };
  });
  return {
    name,
    sha256: createHash('sha256').update(name).digest('hex'),
    features: features.shape[1]!,
    parameters,
    build: (graph, images, { statistics }) => {
      if (statistics === 'batch') throw new Error('these networks are built with frozen statistics only');
      return { graph, images, features: forward(graph, images), batchStatistics: [] };
    },
  };
}
