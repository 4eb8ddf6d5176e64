/** @file One worker of the loader: decodes, resizes, augments. */
import { internal, TransfuseError } from '../errors.js';
import { moving, serveThread } from '../runtime/thread.js';
import { augment, drawAugmentation } from './augment.js';
import { readImage } from './image-source.js';
import type { LoaderSetup, LoaderThread } from './loader.js';
import { cachedPixels, hasBeenRead, keepPixels } from './pixel-cache.js';
import { resizeBilinear } from './resize.js';

let setup: LoaderSetup;

async function pixels(index: number): Promise<Uint8Array> {
  const { sources, dicom, height, width, cache } = setup;
  const decoded = resizeBilinear(await readImage(sources[index], dicom), height, width);
  keepPixels(cache, index, decoded);
  return decoded;
}

function goOn() {
  if (Atomics.load(setup.stop, 0) !== 0) throw internal('the loader was closed');
}

serveThread<LoaderThread>({
  async start(given) {
    setup = given;
  },

  async decode(indices) {
    const began = performance.now();
    const problems: { index: number; message: string }[] = [];
    let decoded = 0;
    for (const index of indices) {
      goOn();
      if (hasBeenRead(setup.cache, index)) continue;
      try {
        await pixels(index);
        decoded++;
      } catch (error) {
        if (!(error instanceof TransfuseError)) throw error;
        problems.push({ index, message: error.message });
      }
    }
    return { problems, decoded, seconds: (performance.now() - began) / 1000 };
  },

  async batch(epoch, indices, size = setup) {
    const began = performance.now();
    const { seed, cache } = setup;
    const { height, width } = size;
    const imageBytes = height * width * 3;
    const images = new Uint8Array(indices.length * imageBytes);
    let decoded = 0;
    for (let i = 0; i < indices.length; i++) {
      goOn();
      const index = indices[i];
      let source = cachedPixels(cache, index);
      if (source === undefined) {
        source = await pixels(index);
        decoded++;
      }
      if (size !== setup) {
        const own = { data: source, height: setup.height, width: setup.width };
        source = resizeBilinear(own, height, width);
      }
      const place = images.subarray(i * imageBytes, (i + 1) * imageBytes);
      if (setup.augment === false) place.set(source);
      else augment(source, height, width, drawAugmentation(setup.augment, seed, epoch, index), place);
    }
    return moving({ images, decoded, seconds: (performance.now() - began) / 1000 }, [images.buffer]);
  },
});
