/** @file Where an image lies: in a file of its own, or somewhere within a file that holds many. */
import { closeSync, openSync, readSync } from 'node:fs';
import { TransfuseError } from '../errors.js';
import { decodeImage, fileProblem } from './decode.js';
import type { DicomOptions } from './dicom/options.js';
import { greyToRgb } from './grey-to-rgb.js';
import { readHdf5Image } from './hdf5-images.js';
import type { RgbImage } from './types.js';

/** An image file. */
export interface FileSource {
  readonly kind: 'file';
  /** Absolute path. */
  readonly path: string;
}

/** An encoded image (JPEG, PNG, …) that lies in one piece within a file of records. */
export interface RecordSource {
  readonly kind: 'record';
  readonly path: string;
  /** Which record of the file, from 0, for messages. */
  readonly index: number;
  /** Where the encoded image begins, and how long it is, in bytes. */
  readonly offset: number;
  readonly length: number;
}

/** One image of an array of 8-bit pixels [n, height, width, channels], rows first, that lies as it is within a file. */
export interface ArraySource {
  readonly kind: 'array';
  readonly path: string;
  /** Which image of the array, from 0. */
  readonly index: number;
  /** Where the array's first pixel lies, in bytes. */
  readonly offset: number;
  readonly height: number;
  readonly width: number;
  /** 1 grey, 3 RGB. */
  readonly channels: 1 | 3;
}

/** One image of an HDF5 array uint8 [n, height, width, channels]. */
export interface Hdf5Source {
  readonly kind: 'hdf5';
  readonly path: string;
  /** The array's path within the file. */
  readonly array: string;
  /** Which image of the array, from 0. */
  readonly index: number;
}

/** One frame of a DICOM file that holds several. */
export interface FrameSource {
  readonly kind: 'frame';
  readonly path: string;
  /** Which frame of the file, from 0. */
  readonly index: number;
}

export type ImageSource = FileSource | RecordSource | ArraySource | Hdf5Source | FrameSource;

/**
 * Reads one image, and nothing but it, from wherever it lies.
 * @param dicom how DICOM files become pictures
 * @throws TransfuseError `unreadable-image` with the place and the reason in one line
 */
export async function readImage(source: ImageSource, dicom?: DicomOptions): Promise<RgbImage> {
  switch (source.kind) {
    case 'file':
      return decodeImage(source.path, undefined, { dicom });
    case 'frame':
      return decodeImage(source.path, placeOf(source), { dicom, frame: source.index });
    case 'record': {
      const place = placeOf(source);
      return decodeImage(readRange(source.path, source.offset, source.length, place), place, { dicom });
    }
    case 'hdf5':
      return readHdf5Image(source.path, source.array, source.index);
    case 'array': {
      const { height, width, channels, offset, index } = source;
      const length = height * width * channels;
      const pixels = readRange(source.path, offset + index * length, length, placeOf(source));
      return { height, width, data: channels === 3 ? pixels : greyToRgb(pixels) };
    }
  }
}

/** How messages call an image: its path, and which one of its file it is. */
export function placeOf(source: ImageSource): string {
  return source.kind === 'file' ? source.path : `${source.path}#${source.index}`;
}

/** Synchronous, as reading image files is: within a worker nothing else waits. */
function readRange(path: string, offset: number, length: number, place: string): Uint8Array {
  const bytes = new Uint8Array(length);
  let read: number;
  try {
    const file = openSync(path, 'r');
    try {
      read = readSync(file, bytes, 0, length, offset);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw unreadable(place, fileProblem(error), error);
  }
  if (read < length) throw unreadable(place, `its file ends ${length - read} bytes too early`);
  return bytes;
}

function unreadable(place: string, reason: string, cause?: unknown): TransfuseError {
  return new TransfuseError('unreadable-image', `cannot read ${place}: ${reason}`, { cause });
}
