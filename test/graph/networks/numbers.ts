/** @file The weights of the small networks: the same numbers as oracles/small_networks.py draws. */
import { float32, type Shape, sizeOf, type Tensor } from '../../../src/graph/tensor.js';

/** A linear congruential generator (Numerical Recipes), seeded with the FNV-1a hash of the name. */
export function numbers(name: string, shape: Shape, low: number, high: number): Tensor {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(name)) state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + ((high - low) * (state >>> 8)) / 2 ** 24;
  };
  return float32(Array.from({ length: sizeOf(shape) }, next), shape);
}
