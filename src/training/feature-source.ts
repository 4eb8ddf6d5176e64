/** @file Batches of features in place of pixels: computed when an image first comes, and kept while memory lasts. */
import type { BatchSource, TrainingBatch } from './batches.js';

/** Room for what is kept, which several sources share. */
export interface Room {
  bytes: number;
}

export interface FeatureOptions {
  /** How many numbers an image's features are. */
  readonly row: number;
  readonly room: Room;
  /** Features [n,…] of images uint8 [n,H,W,3]. */
  readonly features: (images: Uint8Array, size: number) => Promise<Float32Array>;
}

/**
 * The same batches with features [n,…] for images. Of an image whose features are kept the pixels are not asked for.
 * @param source one that shows the same pixels in every epoch
 */
export function featureSource(
  source: BatchSource,
  { row, room, features }: FeatureOptions,
): BatchSource<Float32Array> {
  const kept = new Map<number, Float32Array>();
  const isKept = (sample: number): boolean => kept.has(sample);

  async function fill({
    images,
    indices,
    size,
    ...batch
  }: TrainingBatch): Promise<TrainingBatch<Float32Array>> {
    const all = new Float32Array(size * row);
    const missing: number[] = [];
    indices.forEach((sample, i) => {
      const known = kept.get(sample);
      if (known) all.set(known, i * row);
      else missing.push(i);
    });
    if (missing.length > 0) {
      const computed = await features(images, missing.length);
      missing.forEach((i, k) => {
        const own = computed.slice(k * row, (k + 1) * row);
        all.set(own, i * row);
        if (room.bytes < own.byteLength) return;
        room.bytes -= own.byteLength;
        kept.set(indices[i]!, own);
      });
    }
    return { ...batch, indices, size, images: all };
  }

  return {
    get size() {
      return source.size;
    },
    get batches() {
      return source.batches;
    },
    fixed: true,
    statistics: () => source.statistics(),
    async *epoch(epoch, { fromBatch } = {}) {
      for await (const batch of source.epoch(epoch, { fromBatch, without: isKept })) yield await fill(batch);
    },
  };
}
