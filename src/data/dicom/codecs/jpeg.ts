/** @file JPEG of any process that DICOM knows: 8 bits through libjpeg, what it does not read by ourselves. */
import sharp from 'sharp';
import { Refusal } from '../../refusal.js';
import type { PixelDescription } from '../description.js';
import type { DecodedFrame } from '../samples.js';
import { decodeDct } from './jpeg-dct.js';
import { type JpegFrame, readJpegFrame } from './jpeg-frame.js';
import { decodeLossless } from './jpeg-lossless.js';
import { cutShort } from './jpeg-scan.js';

const LOSSLESS = 0xc3;
const PROGRESSIVE = 0xc2;

/** @throws Refusal */
export async function decodeJpeg(bytes: Uint8Array, description: PixelDescription): Promise<DecodedFrame> {
  const frame = readJpegFrame(bytes, description);
  const { marker, precision } = frame;
  if (marker === LOSSLESS) {
    return { data: decodeLossless(bytes, frame), precision: Math.min(precision, description.stored) };
  }
  if (marker > PROGRESSIVE) throw new Refusal('its frame is a JPEG of an arithmetic or hierarchical process');
  // Each block of a sequential scan takes two bits at least, so that nothing large comes of almost nothing.
  const blocks = Math.ceil(frame.width / 8) * Math.ceil(frame.height / 8);
  if (marker < PROGRESSIVE && bytes.length * 4 < blocks) throw cutShort();
  if (precision === 8)
    return { data: await decodeWithVips(bytes, frame, description), precision, isRgb: true };
  if (precision === 12) return { data: decodeDct(bytes, frame), precision };
  throw new Refusal(`its frame is a lossy JPEG of ${precision} bits; 8 or 12 are read`);
}

/**
 * Whether colour was coded as luminance and chroma: as JFIF or Adobe say; without them as the data set says, which is
 * wrong where chroma is subsampled all the same.
 */
function isYcc({ isYcc, components }: JpegFrame, { photometric }: PixelDescription): boolean {
  const isSubsampled = components.some(({ horizontal, vertical }) => horizontal * vertical > 1);
  return isYcc ?? (photometric.startsWith('YBR') || isSubsampled);
}

/** libjpeg goes by an Adobe segment, so it gets one that says what is known, and no other. */
async function decodeWithVips(
  bytes: Uint8Array,
  frame: JpegFrame,
  description: PixelDescription,
): Promise<Uint8Array> {
  const { rows, columns, samples } = description;
  const parts: Uint8Array[] = [bytes.subarray(0, 2)];
  if (samples === 3) parts.push(adobe(isYcc(frame, description) ? 1 : 0));
  let at = 2;
  for (const { start, end } of frame.application) {
    parts.push(bytes.subarray(at, start));
    at = end;
  }
  parts.push(bytes.subarray(at));
  const image = sharp(Buffer.concat(parts), { failOn: 'error', limitInputPixels: false, ignoreIcc: true });
  const { data, info } = await image
    .toColourspace(samples === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch(() => {
      throw new Refusal('its compressed frame is damaged or cut short');
    });
  if (info.width !== columns || info.height !== rows || info.channels !== samples) {
    throw new Refusal('its frame is of another size than its header says');
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.length);
}

/** @param transform 0 as it is, 1 YCbCr */
function adobe(transform: 0 | 1): Uint8Array {
  return Uint8Array.from([0xff, 0xee, 0, 14, ...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, transform]);
}
