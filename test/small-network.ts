/** @file A small residual network with batch norm, for tests that need a whole network but not a real one. */
import { createHash } from 'node:crypto';
import type { Graph, Value } from '../src/graph/graph.js';
import type { BatchStatistics, Network, ParameterInfo } from '../src/graph/network.js';
import { add } from '../src/graph/ops/add.js';
import { batchNormalization } from '../src/graph/ops/batch-normalization.js';
import { batchNormalizationTraining } from '../src/graph/ops/batch-normalization-training.js';
import { conv } from '../src/graph/ops/conv.js';
import { maxPool } from '../src/graph/ops/max-pool.js';
import { reduceMean } from '../src/graph/ops/reduce-mean.js';
import { relu } from '../src/graph/ops/relu.js';
import { reshape } from '../src/graph/ops/reshape.js';
import type { Role } from '../src/graph/role.js';
import { float32, type Shape, sizeOf } from '../src/graph/tensor.js';
import { Random } from '../src/random.js';

const CHANNELS = 8;
const EPSILON = 1e-3;

/**
 * Stem (stride 2, and max pooling where that is asked for), one residual block, global average pooling: 8 features.
 * Equal seeds give equal weights.
 */
export function smallNetwork(seed = 1, { pool = false } = {}): Network {
  const parameters: ParameterInfo[] = [];
  const random = new Random(seed);
  const store = (layer: string, suffix: string, role: Role, shape: Shape, value: () => number): void => {
    const tensor = float32(Float32Array.from({ length: sizeOf(shape) }, value), shape);
    parameters.push({ name: `${layer}.${suffix}`, role, shape, tensor, layer });
  };
  for (const [layer, inputs] of [
    ['stem', 3],
    ['block', CHANNELS],
  ] as const) {
    const spread = Math.sqrt(2 / (inputs * 9));
    store(layer, 'kernel', 'kernel', [CHANNELS, inputs, 3, 3], () => random.normal() * spread);
    store(`${layer}.bn`, 'scale', 'bn-scale', [CHANNELS], () => random.between(0.5, 1.5));
    store(`${layer}.bn`, 'centre', 'bn-centre', [CHANNELS], () => random.between(-0.5, 0.5));
    store(`${layer}.bn`, 'mean', 'bn-mean', [CHANNELS], () => random.between(-0.2, 0.2));
    store(`${layer}.bn`, 'variance', 'bn-variance', [CHANNELS], () => random.between(0.5, 1.5));
  }
  const hash = createHash('sha256');
  for (const { tensor } of parameters) hash.update(new Uint8Array(tensor.data.buffer));

  return {
    name: 'small',
    sha256: hash.digest('hex'),
    features: CHANNELS,
    parameters,
    build(graph, images, { statistics }) {
      const batchStatistics: BatchStatistics[] = [];
      const parameter = (name: string): Value => {
        const { role, tensor } = parameters.find((p) => p.name === name)!;
        return graph.parameters.get(name) ?? graph.parameter(name, role, tensor);
      };
      const layer = (x: Value, name: string, stride: number): Value => {
        const y = conv(graph, x, parameter(`${name}.kernel`), undefined, {
          strides: [stride, stride],
          pads: [1, 1, 1, 1],
          dilations: [1, 1],
          groups: 1,
        });
        return normalise(graph, y, `${name}.bn`);
      };
      const normalise = (g: Graph, x: Value, name: string): Value => {
        const [scale, centre] = [parameter(`${name}.scale`), parameter(`${name}.centre`)];
        const [meanName, varianceName] = [`${name}.mean`, `${name}.variance`];
        if (statistics === 'frozen') {
          const [mean, variance] = [parameter(meanName), parameter(varianceName)];
          return batchNormalization(g, x, scale, centre, mean, variance, { epsilon: EPSILON });
        }
        parameter(meanName);
        parameter(varianceName);
        const { y, batchMean, batchVariance, correction } = batchNormalizationTraining(g, x, scale, centre, {
          epsilon: EPSILON,
        });
        batchStatistics.push({
          mean: batchMean,
          variance: batchVariance,
          correction,
          meanName,
          varianceName,
          momentum: 0.9,
        });
        return y;
      };
      const whole = relu(graph, layer(images, 'stem', 2));
      const pooling = { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] } as const;
      const stem = pool ? maxPool(graph, whole, pooling) : whole;
      const block = relu(graph, add(graph, layer(stem, 'block', 1), stem));
      const pooled = reduceMean(graph, block, [2, 3]);
      const features = reshape(graph, pooled, [images.shape[0], CHANNELS]);
      return { graph, images, features, batchStatistics };
    },
  };
}
