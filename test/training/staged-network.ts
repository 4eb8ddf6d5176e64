/** @file A network of three resolutions, and images it can learn to tell apart, for tests of methods. */
import { resizeBilinear } from '../../src/data/resize.js';
import type { Value } from '../../src/graph/graph.js';
import type { Network } from '../../src/graph/network.js';
import { relu } from '../../src/graph/ops/relu.js';
import { networkOf, randomSupply } from '../../src/models/blueprint.js';
import type { Classifier } from '../../src/models/classifier.js';
import { initialHead } from '../../src/models/head.js';
import { glorotUniform } from '../../src/models/initialisers.js';
import type { Layers } from '../../src/models/layers.js';
import { preprocessings } from '../../src/models/preprocessing.js';
import { Random } from '../../src/random.js';
import type { BatchSource, TrainingBatch } from '../../src/training/loop.js';

export const SIZE = 12;
const CHANNELS = 6;
const PIXELS = SIZE * SIZE * 3;

/** Layers `stage0` to `stage2`, at 6×6, 3×3 and 2×2 pixels, each a convolution with a bias, and batch norm. */
export function stagedNetwork(seed = 1): Network {
  const forward = (layers: Layers, input: Value): Value =>
    [0, 1, 2].reduce((x, stage) => {
      const name = `stage${stage}`;
      const y = layers.conv(name, x, CHANNELS, { kernel: 3, stride: 2, padding: 'half', bias: true });
      return relu(layers.graph, layers.norm(`${name}.bn`, y));
    }, input);
  const conventions = { kernels: glorotUniform, epsilon: 1e-3, momentum: 0.9 };
  const blueprint = { name: 'staged', minimumSize: 8, conventions, forward };
  return networkOf(blueprint, randomSupply(new Random(seed)), `${seed}`.padStart(64, '0'));
}

export function stagedClassifier(network = stagedNetwork()): Classifier {
  return {
    network,
    head: initialHead(network.features, 1, 5),
    preprocessing: preprocessings.unit,
    height: SIZE,
    width: SIZE,
    task: 'binary',
    classes: ['no', 'yes'],
  };
}

/**
 * Noise, brighter in the class's own channel, in an order that the epoch decides.
 * @param camera how another device would show a value of a channel
 */
export function noiseSource(
  count: number,
  batch: number,
  seed: number,
  camera = (value: number, _channel: number) => value,
): BatchSource {
  const random = new Random(seed);
  const labels = Array.from({ length: count }, (_, i) => i % 2);
  const images = labels.map((label) =>
    Uint8Array.from({ length: PIXELS }, (_, i) =>
      camera(random.integer(0, 200) + (i % 3 === label ? 40 : 0), i % 3),
    ),
  );
  return {
    size: count,
    batches: Math.ceil(count / batch),
    statistics: () => ({ waitedSeconds: 0 }),
    async *epoch(epoch, { fromBatch = 0, size = { height: SIZE, width: SIZE } } = {}) {
      const order = labels.map((_, i) => (i * 7 + epoch) % count);
      for (let at = fromBatch * batch; at < count; at += batch) {
        const indices = Int32Array.from(order.slice(at, at + batch));
        const result: TrainingBatch = {
          size: indices.length,
          indices,
          images: new Uint8Array(
            Buffer.concat(
              [...indices].map((i) =>
                resizeBilinear({ data: images[i]!, height: SIZE, width: SIZE }, size.height, size.width),
              ),
            ),
          ),
          targets: Float32Array.from(indices, (i) => labels[i]!),
        };
        yield result;
      }
    },
  };
}
