/** @file Decoded images in memory that all worker threads share. */

/** Slabs rather than one block: a single buffer beyond a few gigabytes cannot be had everywhere. */
const SLAB_BYTES = 64 * 2 ** 20;

export interface PixelCache {
  readonly slabs: readonly SharedArrayBuffer[];
  readonly imageBytes: number;
  readonly imagesPerSlab: number;
  /** Images 0 to capacity − 1 have a place here. */
  readonly capacity: number;
  /** By image, 1 once it is known to be readable, and its place filled where it has one. */
  readonly read: Uint8Array;
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
  const read = new Uint8Array(new SharedArrayBuffer(images));
  return { slabs, imageBytes, imagesPerSlab, capacity, read };
}

/** The pixels of one image, where they are known. */
export function cachedPixels(cache: PixelCache, image: number): Uint8Array | undefined {
  return hasBeenRead(cache, image) ? placeOf(cache, image) : undefined;
}

/** Fills an image's place, if it has one. Threads may do so at once, as all have the same pixels. */
export function keepPixels(cache: PixelCache, image: number, pixels: Uint8Array): void {
  placeOf(cache, image)?.set(pixels);
  Atomics.store(cache.read, image, 1);
}

export function hasBeenRead({ read }: PixelCache, image: number): boolean {
  return Atomics.load(read, image) !== 0;
}

function placeOf(cache: PixelCache, image: number): Uint8Array | undefined {
  if (image >= cache.capacity) return undefined;
  const { slabs, imageBytes, imagesPerSlab } = cache;
  const slab = slabs[Math.floor(image / imagesPerSlab)];
  return new Uint8Array(slab, (image % imagesPerSlab) * imageBytes, imageBytes);
}

/** A quarter of the memory that is free to this process; the rest is the training's. */
export function defaultCacheBytes(): number {
  return Math.floor(process.availableMemory() / 4);
}
