/** @file Decoded images in memory that all worker threads share. */

/** Slabs rather than one block: a single buffer beyond a few gigabytes cannot be had everywhere. */
const SLAB_BYTES = 64 * 2 ** 20;

export interface PixelCache {
  readonly slabs: readonly SharedArrayBuffer[];
  readonly imageBytes: number;
  readonly imagesPerSlab: number;
  /** Images 0 to capacity − 1 have a place here. */
  readonly capacity: number;
}

/**
 * Reserves room for as many of the first `images` images as `bytes` hold. The system hands out the pages only
 * when they are written, and where it refuses, the cache is simply smaller.
 */
export function createPixelCache(images: number, imageBytes: number, bytes: number): PixelCache {
  const wanted = Math.min(images, Math.floor(bytes / imageBytes));
  const imagesPerSlab = Math.max(1, Math.floor(SLAB_BYTES / imageBytes));
  const slabs: SharedArrayBuffer[] = [];
  let capacity = 0;
  while (capacity < wanted) {
    const here = Math.min(imagesPerSlab, wanted - capacity);
    try {
      slabs.push(new SharedArrayBuffer(here * imageBytes));
    } catch {
      break;
    }
    capacity += here;
  }
  return { slabs, imageBytes, imagesPerSlab, capacity };
}

/** The pixels of one image, to read or to fill; undefined where it has no place. */
export function cachedPixels(cache: PixelCache, image: number): Uint8Array | undefined {
  if (image >= cache.capacity) return undefined;
  const { slabs, imageBytes, imagesPerSlab } = cache;
  const slab = slabs[Math.floor(image / imagesPerSlab)];
  return new Uint8Array(slab, (image % imagesPerSlab) * imageBytes, imageBytes);
}

/** A quarter of the memory that is free to this process; the rest is the training's. */
export function defaultCacheBytes(): number {
  return Math.floor(process.availableMemory() / 4);
}
