/** @file What a file of weights is once opened, whatever wrote it: layers with named weights, read when asked for. */
import type { Shape } from '../graph/tensor.js';

export interface StoredWeight {
  /** kernel, bias, scale, centre, mean or variance; what it is called in the file where it is none of these. */
  readonly name: string;
  /** As stored: Keras' kernels are [height, width, channels, filters], PyTorch's [filters, channels, height, width]. */
  readonly shape: Shape;
  /** The values in row-major order. */
  read(): Promise<Float32Array>;
}

export interface StoredLayer {
  /** As the file has it: `conv2_block1_1_bn`, or `module.layer1.0.bn1`. */
  readonly name: string;
  readonly weights: readonly StoredWeight[];
}

export interface WeightFile {
  /** As it was given, for messages. */
  readonly source: string;
  /** All that it consists of, where that is not `source` alone. */
  readonly files?: readonly string[];
  /** Whose names and kernels it has. */
  readonly framework: 'keras' | 'pytorch';
  /**
   * What the layers' names and order say: the model's own names, in its order; its own names in any order; or only a
   * class and a number, counted in the model's order.
   */
  readonly naming: 'ordered' | 'named' | 'numbered';
  readonly layers: readonly StoredLayer[];
  /** Weights cannot be read any more afterwards. */
  close(): Promise<void>;
}

/** What each framework calls the weights that networks here are made of. */
const names: Readonly<Record<string, string>> = {
  kernel: 'kernel',
  depthwise_kernel: 'kernel',
  gamma: 'scale',
  beta: 'centre',
  moving_mean: 'mean',
  moving_variance: 'variance',
  running_mean: 'mean',
  running_var: 'variance',
  bias: 'bias',
};

/** A layer of Keras', whose weights are known by their names, or else by their order. */
export function kerasLayer(name: string, weights: readonly StoredWeight[]): StoredLayer {
  const known = weights.every((weight) => Object.hasOwn(names, weight.name));
  const order = kerasOrder(weights);
  return {
    name,
    weights: weights.map((weight, i) => ({
      ...weight,
      name: known ? names[weight.name]! : (order[i] ?? weight.name),
    })),
  };
}

/** How Keras orders the weights of a convolution or dense layer, and of batch norm with and without scale. */
function kerasOrder(weights: readonly StoredWeight[]): readonly string[] {
  const [first] = weights;
  if (!first) return [];
  if (first.shape.length > 1) return ['kernel', 'bias'];
  if (weights.some(({ shape }) => shape.length !== 1)) return [];
  return (
    { 3: ['centre', 'mean', 'variance'], 4: ['scale', 'centre', 'mean', 'variance'] }[weights.length] ?? []
  );
}

/** A module of PyTorch's, which calls a convolution's kernel and batch norm's scale alike. */
export function pytorchLayer(name: string, weights: readonly StoredWeight[]): StoredLayer {
  const isNorm = weights.some((weight) => weight.name === 'running_mean');
  const common: Record<string, string> = isNorm ? { weight: 'scale', bias: 'centre' } : { weight: 'kernel' };
  return {
    name,
    weights: weights.map((weight) => ({
      ...weight,
      name: common[weight.name] ?? names[weight.name] ?? weight.name,
    })),
  };
}

/** Weights called `<layer><separator><weight>`, by layer, in order of first appearance. */
export function byLayer(weights: Iterable<StoredWeight>, separator: '.' | '/'): Map<string, StoredWeight[]> {
  const layers = new Map<string, StoredWeight[]>();
  for (const weight of weights) {
    const end = weight.name.lastIndexOf(separator);
    const layer = weight.name.slice(0, Math.max(end, 0));
    if (!layers.has(layer)) layers.set(layer, []);
    layers.get(layer)!.push({ ...weight, name: weight.name.slice(end + 1) });
  }
  return layers;
}
