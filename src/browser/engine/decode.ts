/**
 * @file From a file to RGB bytes in a browser, as decode.ts of the data room does it in Node: PNG and BMP by ourselves
 * and so to the same bits, JPEG and WebP by the browser's own decoders.
 */
import { decodeBitmap } from '../../data/bmp.js';
import { MAX_PIXELS } from '../../data/limits.js';
import { Refusal } from '../../data/refusal.js';
import { toRgb } from '../../data/rgb.js';
import { describeBytes, type ImageFormat, sniffImage } from '../../data/sniff.js';
import type { RgbImage } from '../../data/types.js';
import { TransfuseError } from '../../errors.js';
import { decodePng } from './png.js';

/**
 * - EXIF orientation is applied; embedded colour profiles are not.
 * - 16-bit values v become round(v / 257); transparent pixels are composited on black.
 * - TIFF and DICOM are refused: browsers have no decoders for them.
 *
 * @param name how messages call it
 * @throws TransfuseError `unreadable-image` with the name and the reason in one line
 */
export async function decodeInBrowser(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<RgbImage> {
  const format = sniffImage(bytes);
  try {
    if (format === undefined)
      throw new Refusal(`it is ${describeBytes(bytes)}, not a JPEG, PNG, WebP or BMP image`);
    return await decoders[format](bytes);
  } catch (error) {
    const message = (error as Error).message.replace(/\s+/g, ' ').trim();
    const why =
      error instanceof Refusal ? message : `damaged or cut short (${format?.toUpperCase()}: ${message})`;
    throw new TransfuseError('unreadable-image', `cannot read ${name}: ${why}`, { cause: error });
  }
}

type Decoder = (bytes: Uint8Array<ArrayBuffer>) => RgbImage | Promise<RgbImage>;

const decoders: Record<ImageFormat, Decoder> = {
  png: (bytes) => decodePng(bytes, refuseLarge),
  bmp: (bytes) => decodeBitmap(bytes, MAX_PIXELS),
  jpeg: (bytes) => {
    if (!endsWhole(bytes)) throw new Error('it ends before its image does');
    return byBrowser(bytes);
  },
  webp: byBrowser,
  tiff: () => refuse('TIFF'),
  dicom: () => refuse('DICOM'),
};

function refuse(kind: string): never {
  throw new Refusal(`it is ${kind}, which browsers do not decode; the command line reads it`);
}

/** JPEG's end marker stands behind the first scan; what may follow it is none of the image's. */
function endsWhole(bytes: Uint8Array): boolean {
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda) {
    at += bytes[at + 1] === 0xff ? 1 : 2 + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
  }
  for (let i = bytes.length - 2; i >= at; i--) if (bytes[i] === 0xff && bytes[i + 1] === 0xd9) return true;
  return false;
}

async function byBrowser(bytes: Uint8Array<ArrayBuffer>): Promise<RgbImage> {
  const bitmap = await createImageBitmap(new Blob([bytes]), {
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  });
  try {
    const { width, height } = bitmap;
    refuseLarge(width, height);
    const canvas = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
    canvas.drawImage(bitmap, 0, 0);
    const { data } = canvas.getImageData(0, 0, width, height);
    return { width, height, data: toRgb(new Uint8Array(data.buffer), 4, 1) };
  } finally {
    bitmap.close();
  }
}

function refuseLarge(width: number, height: number): void {
  if (width * height <= MAX_PIXELS) return;
  throw new Refusal(`it has ${width} × ${height} pixels; at most ${MAX_PIXELS / 1e6} million are read`);
}
