/** @file Numbers that the oracle in Python and the tests both draw, so that golden files need not hold them. */
import { float32, type Shape, sizeOf, type Tensor } from '../../../src/graph/tensor.js';

export interface Drawn {
  readonly shape: Shape;
  readonly low: number;
  readonly high: number;
  readonly seed: number;
}

/** Uniform numbers in [low, high): the upper 16 bits of Numerical Recipes' linear congruential generator. */
export function drawn({ shape, low, high, seed }: Drawn): Tensor {
  let state = seed;
  return float32(
    Float32Array.from({ length: sizeOf(shape) }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return low + (high - low) * ((state >>> 16) / 2 ** 16);
    }),
    shape,
  );
}
