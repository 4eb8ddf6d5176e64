/** @file Seeded random tensors for tests. */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { float32, type Shape, sizeOf, type Tensor } from '../../src/graph/tensor.js';

/** Uniform elements in [low, high), the same for the same seed. */
export function randomTensor(shape: Shape, seed: number, low = -2, high = 2): Tensor {
  const stream = xoroshiro128plus(seed);
  const unit = () => (stream.next() >>> 0) * 2 ** -32;
  return float32(
    Array.from({ length: sizeOf(shape) }, () => low + (high - low) * unit()),
    shape,
  );
}
