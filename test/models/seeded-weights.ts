/** @file Weights and pixels by the formula of oracles/architectures_shared.py, so that they need not be stored. */
import { float32, type Shape, sizeOf, type Tensor } from '../../src/graph/tensor.js';
import type { Supply } from '../../src/models/layers.js';

/** Values of every weight that depend on its name, its place and its kind only. */
export const seededSupply = ((name: string, _role: unknown, shape: Shape): Tensor => {
  const kind = name.slice(name.lastIndexOf('.') + 1);
  const fanIn = sizeOf(shape.slice(1));
  const spread = { kernel: Math.sqrt(4.5 / fanIn), bias: 0.1, centre: 0.3, mean: 0.2 }[kind];
  const seed = fnv1a(name);
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    const u = uniform(seed, i);
    data[i] = spread === undefined ? 0.5 + u : (2 * u - 1) * spread;
  }
  return float32(data, shape);
}) satisfies Supply;

export function seededPixels(height: number, width: number): Tensor {
  const data = new Uint8Array(height * width * 3);
  for (let i = 0; i < data.length; i++) {
    const [row, column, channel] = [Math.floor(i / (3 * width)), Math.floor(i / 3) % width, i % 3];
    data[i] = (row * 7 + column * 13 + channel * 29 + row * column) % 256;
  }
  return { dtype: 'uint8', shape: [1, height, width, 3], data };
}

/** Fowler, Noll and Vo's hash of a text in ASCII. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

/** Number `index` of a seed, in [0, 1): Murmur3's finaliser. */
function uniform(seed: number, index: number): number {
  let h = (Math.imul(index, 0x9e3779b1) + seed) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}
