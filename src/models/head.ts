/** @file The new head: dropout and a dense layer on the pooled features. */
import { float32, type Tensor } from '../graph/tensor.js';
import { Random } from '../random.js';

/** Names of the head's parameters; the base network has none that start with `head.`. */
export const HEAD_KERNEL = 'transfuse.head.kernel';
export const HEAD_BIAS = 'transfuse.head.bias';

export interface Head {
  /** [features, outputs] */
  readonly kernel: Tensor;
  /** [outputs] */
  readonly bias: Tensor;
}

/** Keras' defaults: glorot-uniform kernel (Glorot & Bengio 2010), zero bias. */
export function initialHead(features: number, outputs: number, seed: number): Head {
  const limit = Math.sqrt(6 / (features + outputs));
  const random = new Random(seed, HEAD_STREAM);
  const kernel = Float32Array.from({ length: features * outputs }, () => random.between(-limit, limit));
  return { kernel: float32(kernel, [features, outputs]), bias: float32(new Float32Array(outputs)) };
}

/**
 * A mask for inverted dropout: each element is 0 with probability `rate`, else 1 / (1 − rate).
 * @param seed words that say which mask; the same ones give the same mask
 */
export function dropoutMask(size: number, rate: number, seed: readonly number[]): Float32Array {
  const mask = new Float32Array(size).fill(1);
  if (rate === 0) return mask;
  const random = new Random(...seed, DROPOUT_STREAM);
  const keep = 1 / (1 - rate);
  for (let i = 0; i < size; i++) mask[i] = random.chance(rate) ? 0 : keep;
  return mask;
}

/** What tells the streams of one seed apart. */
const HEAD_STREAM = 0x68656164;
const DROPOUT_STREAM = 0x64726f70;
