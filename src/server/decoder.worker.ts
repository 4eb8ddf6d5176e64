/** @file One thread of decoder.ts. */
import { decodeAdapter } from '../adapter/adapter.js';
import { framesIn } from '../data/dicom/headers.js';
import { decodeImage, resizeBilinear } from '../data/index.js';
import { moving, serveThread } from '../runtime/thread.js';
import type { DecoderThread } from './decoder.js';

serveThread<DecoderThread>({
  async ready() {},

  async image(bytes, { height, width, dicom, frame, mostPixels }) {
    const pixels = resizeBilinear(
      await decodeImage(bytes, 'the image', { dicom, frame, mostPixels }),
      height,
      width,
    );
    return moving(pixels, [pixels.buffer as ArrayBuffer]);
  },

  frames: framesIn,

  async adapter(bytes) {
    return decodeAdapter(bytes, 'the upload');
  },
});
