/** @file The small network that all golden files hold, and what of it a file should give. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openWeights } from '../../src/weights/open.js';
import type { WeightFile } from '../../src/weights/weight-file.js';

export const GOLDEN = 'test/golden/weights';

export const golden = (name: string): string => path.join(GOLDEN, name);

/** `stem.kernel` and so on → values as Keras lays them out. */
export const expected: Readonly<Record<string, number[]>> = JSON.parse(
  readFileSync(golden('weights.json'), 'utf8'),
);

const SHAPES: Readonly<Record<string, number[]>> = {
  'stem.kernel': [3, 3, 3, 4],
  'depthwise.kernel': [3, 3, 4, 1],
  'pointwise.kernel': [1, 1, 4, 6],
  'top.kernel': [6, 2],
};

/** The same values as PyTorch lays them out. */
export function asPytorch(name: string): number[] {
  const values = expected[name]!;
  const shape = SHAPES[name];
  if (!shape) return values;
  const order = shape.length === 2 ? [1, 0] : name.startsWith('depthwise') ? [2, 3, 0, 1] : [3, 2, 0, 1];
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  let places = [0];
  for (const axis of order) {
    places = places.flatMap((at) => Array.from({ length: shape[axis]! }, (_, i) => at + i * strides[axis]!));
  }
  return places.map((at) => values[at]!);
}

/** Everything in a file, by `<layer>.<weight>`. */
export async function readAll(file: WeightFile): Promise<Record<string, number[]>> {
  const all: Record<string, number[]> = {};
  for (const { name, weights } of file.layers) {
    for (const weight of weights) all[`${name}.${weight.name}`] = [...(await weight.read())];
  }
  return all;
}

/** Opens, reads everything, and closes. */
export async function contents(path: string): Promise<Record<string, number[]>> {
  const file = (await openWeights(path))!;
  try {
    return await readAll(file);
  } finally {
    await file.close();
  }
}
