/** @file What weights are before any training, drawn from a seed as Keras and torchvision draw them. */
import { type Shape, sizeOf } from '../graph/tensor.js';
import type { Random } from '../random.js';

/** Values for a weight of the given shape; kernels are [filters, channels of a group, height, width], or without sizes. */
export type Initialiser = (shape: Shape, random: Random) => Float32Array;

/** How many values a kernel's output is the sum of, and how many outputs one value of its input reaches. */
type Fans = (shape: Shape) => { readonly fanIn: number; readonly fanOut: number };

export const zeros: Initialiser = (shape) => new Float32Array(sizeOf(shape));

export const ones: Initialiser = (shape) => new Float32Array(sizeOf(shape)).fill(1);

/** Keras' default for kernels (Glorot & Bengio 2010): uniform within ±√(6 / (fan-in + fan-out)). */
export const glorotUniform: Initialiser = (shape, random) => {
  const { fanIn, fanOut } = kerasFans(shape);
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  return filled(shape, () => random.between(-limit, limit));
};

/**
 * Keras' VarianceScaling(2, fan_out, truncated_normal), EfficientNet's: a normal distribution without its tails, made
 * wider so that its deviation is √(2 / fan-out) nevertheless.
 */
export const scaledTruncatedNormal: Initialiser = (shape, random) => {
  const deviation = Math.sqrt(2 / kerasFans(shape).fanOut) / TRUNCATED_DEVIATION;
  return filled(shape, () => deviation * truncatedNormal(random));
};

/** He et al. 2015, by fan-out: normal with deviation √(2 / fan-out). */
export const heNormalFanOut: Initialiser = (shape, random) => {
  const deviation = Math.sqrt(2 / torchFans(shape).fanOut);
  return filled(shape, () => deviation * random.normal());
};

/** He et al. 2015, by fan-in: normal with deviation √(2 / fan-in). */
export const heNormalFanIn: Initialiser = (shape, random) => {
  const deviation = Math.sqrt(2 / torchFans(shape).fanIn);
  return filled(shape, () => deviation * random.normal());
};

/** PyTorch takes every kernel for a dense one. */
const torchFans: Fans = ([filters, channels, height = 1, width = 1]) => ({
  fanIn: channels! * height * width,
  fanOut: filters! * height * width,
});

/**
 * Keras stores a depthwise kernel, which here has one input channel, as [height, width, channels, 1] and reads its fans
 * from that.
 */
const kerasFans: Fans = (shape) => {
  const [filters, channels, ...size] = shape;
  return channels === 1 ? torchFans([1, filters!, ...size]) : torchFans(shape);
};

/** The deviation of a standard normal distribution cut off at ±2. */
const TRUNCATED_DEVIATION = 0.8796256610342398;

function truncatedNormal(random: Random): number {
  for (;;) {
    const x = random.normal();
    if (Math.abs(x) <= 2) return x;
  }
}

function filled(shape: Shape, draw: () => number): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  for (let i = 0; i < values.length; i++) values[i] = draw();
  return values;
}
