/** @file From a file to RGB bytes: JPEG, PNG, TIFF and WebP through libvips, bitmaps by ourselves, DICOM in a room of its own. */
import { readFileSync, statSync } from 'node:fs';
import sharp from 'sharp';
import { TransfuseError } from '../errors.js';
import { decodeBitmap } from './bmp.js';
import type { DicomOptions } from './dicom/options.js';
import { readJpegHeader } from './jpeg-header.js';
import { MAX_PIXELS } from './limits.js';
import { Refusal } from './refusal.js';
import { cmykToRgb, toRgb } from './rgb.js';
import { describeBytes, type ImageFormat, sniffImage } from './sniff.js';
import type { RgbImage } from './types.js';

// Parallelism is between images, not within one; and no image is wanted from libvips twice.
sharp.concurrency(1);
sharp.cache(false);

export interface DecodeOptions {
  readonly dicom?: DicomOptions;
  readonly frame?: number;
  readonly mostPixels?: number;
}

/**
 * Decodes an image to 8-bit RGB; what it is, is told by its contents, not by its name.
 *
 * - EXIF orientation is applied; embedded colour profiles are not, as in the usual training pipelines.
 * - 16-bit values v become round(v / 257). Floating-point and other depths are refused.
 * - Transparent pixels are composited on black, so that colours nobody sees cannot leak into the training.
 * - CMYK becomes (255 − C)(255 − K) / 255 and so on, without a press profile.
 * - Of several pages or frames the first is taken.
 * - Truncated files are refused; flaws that decoders only warn about, like stray bytes in a JPEG, are not.
 *
 * @param source path of a file, or the file's bytes
 * @param name how messages call it; the path unless given
 * @param options how DICOM becomes a picture, which frame of it, from 0, and the most pixels that are read
 * @throws TransfuseError `unreadable-image` with the name and the reason in one line
 */
export async function decodeImage(
  source: string | Uint8Array,
  name?: string,
  { dicom, frame, mostPixels = MAX_PIXELS }: DecodeOptions = {},
): Promise<RgbImage> {
  const called = name ?? (typeof source === 'string' ? source : 'image');
  const bytes = typeof source === 'string' ? readBytes(source, called) : source;
  const format = sniffImage(bytes);
  if (format === undefined) {
    throw unreadable(
      called,
      `it is ${describeBytes(bytes)}, not a JPEG, PNG, TIFF, WebP, BMP or DICOM image`,
    );
  }
  try {
    if (format === 'bmp') return decodeBitmap(bytes, mostPixels);
    if (format !== 'dicom') return await decodeWithVips(bytes, format, mostPixels);
    const { decodeDicom } = await import('./dicom/decode.js'); // where there is none, nothing of it is loaded
    return await decodeDicom(bytes, dicom, frame, mostPixels);
  } catch (error) {
    if (error instanceof TransfuseError) throw error; // an option, not the image
    throw unreadable(called, whatIsWrong(format, error), error);
  }
}

async function decodeWithVips(bytes: Uint8Array, format: ImageFormat, mostPixels: number): Promise<RgbImage> {
  const open = () =>
    sharp(bytes, { failOn: 'error', limitInputPixels: false, autoOrient: true, ignoreIcc: true });
  const { width, height, space, depth } = jpegTraits(bytes, format) ?? (await open().metadata());
  if (width * height > mostPixels) {
    throw new Refusal(`it has ${width} × ${height} pixels; at most ${mostPixels / 1e6} million are read`);
  }
  if (depth !== 'uchar' && depth !== 'ushort') {
    throw new Refusal(`its pixels are of type ${depth}; save it with 8 or 16 bits`);
  }
  const wide = depth === 'ushort';
  const cmyk = space === 'cmyk';
  const image = cmyk
    ? open().pipelineColourspace('cmyk').toColourspace('cmyk')
    : open().toColourspace(wide ? 'rgb16' : 'srgb');
  const { data, info } = await image.raw({ depth }).toBuffer({ resolveWithObject: true });
  const values = wide ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data;
  const pixels = { width: info.width, height: info.height };
  if (cmyk) return { ...pixels, data: cmykToRgb(values, info.channels, wide ? 257 : 1) };
  if (info.channels === 3 && !wide) {
    return { ...pixels, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
  }
  if (info.channels === 3 || (info.channels === 4 && info.hasAlpha)) {
    return { ...pixels, data: toRgb(values, info.channels, wide ? 257 : 1) };
  }
  throw new Refusal(`it has ${info.channels} channels; grey, RGB or CMYK is needed`);
}

/** A JPEG's header read by ourselves; libvips' would cost a sixth of the time of a small image. */
function jpegTraits(bytes: Uint8Array, format: ImageFormat) {
  const header = format === 'jpeg' ? readJpegHeader(bytes) : undefined;
  return header && { ...header, depth: 'uchar', space: header.components === 4 ? 'cmyk' : 'srgb' };
}

/** Synchronous, because an asynchronous read costs a good part of the decoding of a small image. */
function readBytes(path: string, name: string): Uint8Array {
  try {
    // A pipe that nobody writes to would be waited for without end.
    if (statSync(path).isFile()) return readFileSync(path);
  } catch (error) {
    throw unreadable(name, fileProblem(error), error);
  }
  throw unreadable(name, 'it is a folder, pipe or device, not a file');
}

/** A system error in words. */
export function fileProblem(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  const words: Record<string, string> = {
    ENOENT: 'there is no such file',
    EACCES: 'no permission to read it',
    EPERM: 'no permission to read it',
    EISDIR: 'it is a folder',
    ENOTDIR: 'part of its path is not a folder',
    ELOOP: 'it is a symbolic link that leads in a circle',
    EMFILE: 'too many files are open',
    EIO: 'the disk cannot read it',
  };
  return words[code ?? ''] ?? (error as Error).message;
}

function whatIsWrong(format: ImageFormat, error: unknown): string {
  const message = (error as Error).message.replace(/\s+/g, ' ').trim();
  return error instanceof Refusal ? message : `damaged or cut short (${format.toUpperCase()}: ${message})`;
}

function unreadable(name: string, reason: string, cause?: unknown): TransfuseError {
  return new TransfuseError('unreadable-image', `cannot read ${name}: ${reason}`, { cause });
}
