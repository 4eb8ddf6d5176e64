/**
 * @file Petri, the built-in network: a small residual network of our own (stem, then stages of 3×3 residual blocks at
 * 1/2 to 1/16 of the input), pre-trained by scripts/pretrain.ts on generated pictures.
 */
import { TransfuseError } from '../errors.js';
import type { Value } from '../graph/graph.js';
import type { Network } from '../graph/network.js';
import { add } from '../graph/ops/add.js';
import { relu } from '../graph/ops/relu.js';
import { sameShape, showShape } from '../graph/tensor.js';
import { Random } from '../random.js';
import { decodeSafetensors } from '../weights/safetensors.js';
import { networkOf, randomSupply } from './blueprint.js';
import { heNormalFanOut } from './initialisers.js';
import type { Conventions, Layers, Supply } from './layers.js';
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

/**
 * Petri with the weights of its file.
 * @param sha256 of the file, in hexadecimal
 * @param source the file's name, for messages
 * @throws TransfuseError `bad-weights`, `bad-safetensors`
 */
export function decodePetri(file: Uint8Array, sha256: string, source: string): Network {
  const { tensors } = decodeSafetensors(file, source);
  return petri(sha256, (name, _, shape) => {
    const tensor = tensors.get(name);
    if (!tensor || !sameShape(tensor.shape, shape)) {
      throw new TransfuseError('bad-weights', `${source} lacks ${name} of shape ${showShape(shape)}`);
    }
    return tensor;
  });
}

/**
 * Petri before any training: He-normal kernels (He et al. 2015, by fan-out, as the outputs are what batch norm
 * sees), scale 1, centre 0, mean 0, variance 1.
 */
export function initialBuiltin(seed: number): Network {
  return petri('', randomSupply(new Random(seed)));
}

/** Keras' defaults for batch norm. */
const conventions: Conventions = { kernels: heNormalFanOut, epsilon: 1e-3, momentum: 0.99 };

function petri(sha256: string, supply: Supply): Network {
  return networkOf({ name: BUILTIN_NAME, minimumSize: MINIMUM_SIZE, conventions, forward }, supply, sha256);
}

function forward(layers: Layers, images: Value): Value {
  let x = relu(layers.graph, convNorm(layers, 'stem', images, STEM_CHANNELS, { size: 3, stride: 2 }));
  let index = 0;
  for (const { channels, stride, blocks } of stages) {
    for (let block = 0; block < blocks; block++) {
      x = residual(layers, `block${index++}`, x, channels, block === 0 ? stride : 1);
    }
  }
  return x;
}

/**
 * A basic residual block (He et al. 2016): two 3×3 convolutions beside a shortcut, which is a 1×1 convolution where the
 * size or the number of channels changes.
 */
function residual(layers: Layers, name: string, x: Value, channels: number, stride: number): Value {
  const { graph } = layers;
  const inner = relu(graph, convNorm(layers, `${name}.conv1`, x, channels, { size: 3, stride }));
  const outer = convNorm(layers, `${name}.conv2`, inner, channels, { size: 3, stride: 1 });
  const changes = stride !== 1 || x.shape[1] !== channels;
  const shortcut = changes ? convNorm(layers, `${name}.shortcut`, x, channels, { size: 1, stride }) : x;
  return relu(graph, add(graph, outer, shortcut));
}

/** A convolution without bias, padded so that stride 1 keeps the size, and batch norm. */
function convNorm(
  layers: Layers,
  name: string,
  x: Value,
  channels: number,
  { size, stride }: { readonly size: number; readonly stride: number },
): Value {
  const y = layers.conv(name, x, channels, { kernel: size, stride, padding: 'half' });
  return layers.norm(`${name}.bn`, y);
}
