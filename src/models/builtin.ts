/**
 * @file Petri, the built-in network: a small residual network of our own (stem, then stages of 3×3 residual blocks at
 * 1/2 to 1/16 of the input), pre-trained by scripts/pretrain.ts on generated pictures.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { TransfuseError } from '../errors.js';
import { Graph, parameterOf, type Value } from '../graph/graph.js';
import type { BuiltNetwork, Network, ParameterInfo, Statistics } from '../graph/network.js';
import { globalAveragePool } from '../graph/ops/global-average-pool.js';
import { relu } from '../graph/ops/relu.js';
import { reshape } from '../graph/ops/reshape.js';
import type { Role } from '../graph/role.js';
import { float32, type Shape, sameShape, showShape, sizeOf, type Tensor } from '../graph/tensor.js';
import { Random } from '../random.js';
import { decodeSafetensors } from '../weights/safetensors.js';
import { Layers, type Supply } from './blocks.js';
import { preprocessings } from './preprocessing.js';

export const BUILTIN_NAME = 'petri';

/** What Petri's pixels must be. */
export const builtinPreprocessing = preprocessings['minus-one-one'];

/** Height and width to use it at, unless there is a reason for others; pixels. */
export const BUILTIN_SIZE = 64;

const MINIMUM_SIZE = 32;
const STEM_CHANNELS = 32;

/** All channel counts are multiples of 16, which ONNX Runtime's blocked convolutions want. */
const stages = [
  { channels: 32, stride: 1, blocks: 1 },
  { channels: 48, stride: 2, blocks: 2 },
  { channels: 96, stride: 2, blocks: 2 },
  { channels: 192, stride: 2, blocks: 2 },
];

const FEATURES = stages.at(-1)!.channels;

/** Petri with its pre-trained weights. */
export async function loadBuiltin(): Promise<Network> {
  const path = fileURLToPath(new URL(`../../assets/${BUILTIN_NAME}.safetensors`, import.meta.url));
  const file = await readFile(path);
  const { tensors } = decodeSafetensors(file, path);
  const sha256 = createHash('sha256').update(file).digest('hex');
  return petri(sha256, (name, _, shape) => {
    const tensor = tensors.get(name);
    if (!tensor || !sameShape(tensor.shape, shape)) {
      throw new TransfuseError('bad-weights', `${path} lacks ${name} of shape ${showShape(shape)}`);
    }
    return tensor;
  });
}

/**
 * Petri before any training: He-normal kernels (He et al. 2015, by fan-out, as the outputs are what batch norm
 * sees), scale 1, centre 0, mean 0, variance 1.
 */
export function initialBuiltin(seed: number): Network {
  const random = new Random(seed);
  return petri('', (_, role, shape) => initial(role, shape, random));
}

function initial(role: Role, shape: Shape, random: Random): Tensor {
  const data = new Float32Array(sizeOf(shape));
  if (role === 'kernel') {
    const [filters, , height, width] = shape as [number, number, number, number];
    const deviation = Math.sqrt(2 / (filters * height * width));
    for (let i = 0; i < data.length; i++) data[i] = deviation * random.normal();
  } else if (role === 'bn-scale' || role === 'bn-variance') data.fill(1);
  return float32(data, shape);
}

/** The network, with weights asked for once, in the order of the forward pass. */
function petri(sha256: string, supply: Supply): Network {
  const draft = new Graph();
  const images = draft.input('images', { dtype: 'float32', shape: [1, 3, MINIMUM_SIZE, MINIMUM_SIZE] });
  forward(draft, images, 'frozen', supply);
  const tensors = new Map<string, Tensor>();
  const parameters = [...draft.parameters].map(([name, value]): ParameterInfo => {
    const { role, tensor } = parameterOf(value)!;
    tensors.set(name, tensor);
    return { name, role, tensor, shape: tensor.shape, layer: name.slice(0, name.lastIndexOf('.')) };
  });
  return {
    name: BUILTIN_NAME,
    sha256,
    features: FEATURES,
    minimumSize: MINIMUM_SIZE,
    parameters,
    build(graph, images, { statistics, height, width }) {
      if (Math.min(height, width) < MINIMUM_SIZE) {
        throw new TransfuseError(
          'image-too-small',
          `${BUILTIN_NAME} needs images of at least ${MINIMUM_SIZE}×${MINIMUM_SIZE} pixels, not ${height}×${width}`,
        );
      }
      return forward(graph, images, statistics, (name) => tensors.get(name)!);
    },
  };
}

function forward(graph: Graph, images: Value, statistics: Statistics, supply: Supply): BuiltNetwork {
  const layers = new Layers(graph, statistics, supply);
  let x = relu(graph, layers.convNorm('stem', images, STEM_CHANNELS, { size: 3, stride: 2 }));
  let index = 0;
  for (const { channels, stride, blocks } of stages) {
    for (let block = 0; block < blocks; block++) {
      x = layers.residual(`block${index++}`, x, channels, block === 0 ? stride : 1);
    }
  }
  const pooled = globalAveragePool(graph, x);
  const features = reshape(graph, pooled, pooled.shape.slice(0, 2));
  return { graph, images, features, batchStatistics: layers.batchStatistics };
}
