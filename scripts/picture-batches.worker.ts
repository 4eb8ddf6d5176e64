/** @file The other side of picture-batches.ts. */
import { drawPretrainingPicture } from '../src/pictures/textures/classes.js';
import { moving, serveThread } from '../src/runtime/thread.js';
import type { PictureThread } from './picture-batches.js';

serveThread<PictureThread>({
  async draw(pictures, size) {
    const images = new Uint8Array(pictures.length * size * size * 3);
    pictures.forEach(({ classIndex, seed }, i) => {
      images.set(drawPretrainingPicture(classIndex, seed, size), i * size * size * 3);
    });
    return moving(images, [images.buffer]);
  },
});
