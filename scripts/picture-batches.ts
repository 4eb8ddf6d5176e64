/** @file Batches of generated pictures, drawn ahead in worker threads: every epoch new ones, the same for the same seed. */
import { pretrainingClasses } from '../src/pictures/textures/classes.js';
import { Random } from '../src/random.js';
import { startThread, type ThreadApi } from '../src/runtime/thread.js';
import type { BatchSource, TrainingBatch } from '../src/training/loop.js';

export interface Picture {
  readonly classIndex: number;
  readonly seed: number;
}

export interface PictureThread extends ThreadApi {
  /** Pixels of the pictures, uint8 [n,size,size,3]. */
  draw(pictures: readonly Picture[], size: number): Promise<Uint8Array>;
}

export interface PictureOptions {
  /** Pictures per batch, and batches per epoch. */
  readonly batch: number;
  readonly batches: number;
  /** Width and height in pixels. */
  readonly size: number;
  readonly seed: number;
  /** Worker threads that draw. */
  readonly threads: number;
  /** Whether every epoch has the same pictures: for validation. */
  readonly fixed?: boolean;
}

export interface PictureBatches extends BatchSource {
  close(): Promise<void>;
}

/** Batches kept ready per drawing thread. */
const AHEAD = 3;

/** Targets are one-hot over `pretrainingClasses`. */
export function pictureBatches(options: PictureOptions): PictureBatches {
  const { batch, batches, size, seed, fixed = false } = options;
  const threads = Array.from({ length: options.threads }, () => startThread<PictureThread>(import.meta.url));
  let waited = 0;

  const request = async (epoch: number, index: number): Promise<TrainingBatch> => {
    const pictures = choose(new Random(seed, fixed ? 0 : epoch, index), batch);
    const thread = threads[index % threads.length]!;
    const images = await thread.call.draw(pictures, size);
    const indices = Int32Array.from(pictures, (_, i) => index * batch + i);
    return { images, targets: oneHot(pictures), indices, size: batch };
  };

  return {
    size: batch * batches,
    batches,
    statistics: () => ({ waitedSeconds: waited / 1000 }),
    async *epoch(epoch, { fromBatch = 0 } = {}) {
      const ahead: Promise<TrainingBatch>[] = [];
      for (let next = fromBatch; next < batches || ahead.length > 0; ) {
        while (next < batches && ahead.length < AHEAD * threads.length) ahead.push(request(epoch, next++));
        const asked = performance.now();
        const ready = await ahead.shift()!;
        waited += performance.now() - asked;
        yield ready;
      }
    },
    close: async () => {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

function choose(random: Random, count: number): Picture[] {
  return Array.from({ length: count }, () => ({
    classIndex: random.integer(0, pretrainingClasses.length - 1),
    seed: random.word(),
  }));
}

function oneHot(pictures: readonly Picture[]): Float32Array {
  const targets = new Float32Array(pictures.length * pretrainingClasses.length);
  pictures.forEach(({ classIndex }, i) => {
    targets[i * pretrainingClasses.length + classIndex] = 1;
  });
  return targets;
}
