/** @file Images in the tab's memory, decoded and resized once, as batches in the order and with the changes that Node gives. */
import { augment, drawAugmentation } from '../../data/augment.js';
import { resizeBilinear } from '../../data/resize.js';
import { shuffleEpoch } from '../../data/shuffle.js';
import type { Sample } from '../../data/types.js';
import { TransfuseError } from '../../errors.js';
import type { BatchSource, TrainingBatch } from '../../training/loop.js';
import { decodeInBrowser } from './decode.js';

export interface Size {
  readonly height: number;
  readonly width: number;
}

/** The pixels of each sample, undefined for one that cannot be read. */
export type Pixels = readonly (Uint8Array | undefined)[];

/** So many are read at a time. */
const AT_ONCE = 4;

/** What a tab may hold of pixels. */
const MOST_BYTES = 1.5e9;

/** @throws TransfuseError `too-many-images` where they do not fit into a tab's memory */
export function refuseTooMany(images: number, { height, width }: Size): void {
  const bytes = images * height * width * 3;
  if (bytes <= MOST_BYTES) return;
  throw new TransfuseError(
    'too-many-images',
    `${images} images of ${height}×${width} take ${(bytes / 1e9).toFixed(1)} GB of memory, where a tab has room for ${MOST_BYTES / 1e9}; choose a smaller size, or the command line, which needs no room for all of them`,
  );
}

/**
 * Decodes and resizes, a few at a time.
 * @param onRead told after each
 * @param onProblem told one line per file that cannot be read
 */
export async function readPixels(
  files: readonly { readonly name: string; readonly file: File }[],
  { height, width }: Size,
  {
    onRead,
    onProblem,
    signal,
  }: { onRead?: () => void; onProblem: (line: string) => void; signal?: AbortSignal },
): Promise<Pixels> {
  const pixels: (Uint8Array | undefined)[] = new Array(files.length).fill(undefined);
  const problems: (string | undefined)[] = new Array(files.length).fill(undefined);
  let next = 0;
  const work = async () => {
    while (next < files.length) {
      signal?.throwIfAborted();
      const at = next++;
      const { name, file } = files[at]!;
      try {
        const image = await decodeInBrowser(await bytesOf(file, name), name);
        pixels[at] = resizeBilinear(image, height, width);
      } catch (error) {
        if (!(error instanceof TransfuseError)) throw error;
        problems[at] = error.message;
      }
      onRead?.();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  for (const problem of problems) if (problem !== undefined) onProblem(problem);
  return pixels;
}

async function bytesOf(file: File, name: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    throw new TransfuseError('unreadable-image', `cannot read ${name}: the browser cannot open it any more`, {
      cause,
    });
  }
}

export interface BatchOptions extends Size {
  readonly batch: number;
  readonly seed: number;
  /** Whether it is trained on: in another order each epoch, and augmented if `augment`. */
  readonly training: boolean;
  readonly augment: boolean;
}

/** Batches of the samples that could be read. */
export function batchesOf(
  samples: readonly Sample[],
  pixels: Pixels,
  { height, width, batch, seed, training, augment: augmented }: BatchOptions,
): BatchSource {
  const readable = Int32Array.from(samples.keys()).filter((index) => pixels[index] !== undefined);
  const outputs = samples[0]?.target.length ?? 0;
  const row = height * width * 3;
  const batchOf = (
    indices: Int32Array,
    epoch: number,
    without: (sample: number) => boolean,
  ): TrainingBatch => {
    const wanted = indices.filter((index) => !without(index));
    const images = new Uint8Array(wanted.length * row);
    wanted.forEach((index, i) => {
      const place = images.subarray(i * row, (i + 1) * row);
      if (!training || !augmented) place.set(pixels[index]!);
      else augment(pixels[index]!, height, width, drawAugmentation({}, seed, epoch, index), place);
    });
    const targets = new Float32Array(indices.length * outputs);
    indices.forEach((index, i) => {
      targets.set(samples[index]!.target, i * outputs);
    });
    return { images, targets, indices, size: indices.length };
  };
  const batches = Math.ceil(readable.length / batch);
  return {
    size: readable.length,
    batches,
    fixed: !training || !augmented,
    async *epoch(epoch, { fromBatch = 0, without = () => false } = {}) {
      const order = training ? shuffleEpoch(readable.slice(), seed, epoch) : readable;
      for (let b = fromBatch; b < batches; b++)
        yield batchOf(order.slice(b * batch, (b + 1) * batch), epoch, without);
    },
    statistics: () => ({ waitedSeconds: 0 }),
  };
}
