/** @file What exactly is measured in one row: the same network, head, images and method for both engines. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Network } from '../src/graph/network.js';
import type { Classifier } from '../src/models/classifier.js';
import { initialHead } from '../src/models/head.js';
import { preprocessings } from '../src/models/preprocessing.js';
import { Random } from '../src/random.js';
import type { Device } from '../src/runtime/device.js';
import { methods, type Phase } from '../src/training/methods.js';

/** What trains, by the name it is measured under. */
export const measuredMethods = {
  'bn-and-fc': methods['bn-and-fc'].phases[0],
  full: methods['fc-then-full'].phases[1],
} as const satisfies Record<string, Phase>;

export type MeasuredMethod = keyof typeof measuredMethods;

export const measuredMethodNames = Object.keys(measuredMethods) as MeasuredMethod[];

/** Handed to the engines as JSON. */
export interface StepCase {
  /** The network's ONNX file; a `.pt` file of that name beside it is what PyTorch loads. */
  readonly model: string;
  readonly method: MeasuredMethod;
  /** Height and width in pixels. */
  readonly size: number;
  readonly batch: number;
  readonly threads: number;
  /** What our side computes on; `cpu` by default. */
  readonly device?: Device;
  /** Folder of the raw arrays `images` (uint8 [batch,size,size,3]), `targets` (float32 [batch,1]) and `head`. */
  readonly data: string;
}

/**
 * So small that hundreds of steps on one batch leave the weights, and with them the arithmetic, as they are: a
 * loss that goes to zero would end in denormal numbers, which are slow.
 */
export const LEARNING_RATE = 1e-7;

const SEED = 1;

/** Writes what both engines read: a batch of random pixels, alternating labels, and a new head (its bias is zero). */
export async function writeStepData({ size, batch, data }: StepCase, features: number): Promise<void> {
  const images = stepImages(batch, size);
  const targets = Float32Array.from({ length: batch }, (_, i) => i % 2);
  const head = initialHead(features, 1, SEED).kernel.data as Float32Array;
  for (const [name, array] of Object.entries({ images, targets, head })) {
    await writeFile(path.join(data, name), new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
}

/** Random pixels, uint8 [n,size,size,3]. */
export function stepImages(n: number, size: number): Uint8Array {
  const random = new Random(SEED);
  return Uint8Array.from({ length: n * size * size * 3 }, () => random.word() & 255);
}

/** A binary classifier of size×size pixels with this head, or with a new one. */
export function classifierOf(
  network: Network,
  size: number,
  head = initialHead(network.features, 1, SEED),
): Classifier {
  return {
    network,
    head,
    preprocessing: preprocessings.imagenet,
    height: size,
    width: size,
    task: 'binary',
    classes: ['negative', 'positive'],
  };
}
