/** @file What the headers of DICOM files on disk say, without reading their pixels: who belongs together, how many frames. */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import type { Tag } from './attributes.js';
import { describePixels } from './description.js';
import { type DicomFile, openDicom } from './file.js';
import { availableFrames } from './frames.js';
import { recogniseDicom } from './recognise.js';

/** Most headers are shorter; where one is not, the whole file is read. */
const PREFIX_BYTES = 2 ** 16;

/** Attributes by which images can be kept together, by their keyword. */
const groupTags = {
  PatientID: 'x00100020',
  StudyInstanceUID: 'x0020000d',
  SeriesInstanceUID: 'x0020000e',
  AccessionNumber: 'x00080050',
} as const satisfies Record<string, Tag>;

export type GroupKeyword = keyof typeof groupTags;

export const groupKeywords = Object.keys(groupTags) as readonly GroupKeyword[];

/** The value of an identifying attribute; undefined where a file is no DICOM, cannot be read, or has none. */
export async function readIdentifier(path: string, keyword: GroupKeyword): Promise<string | undefined> {
  const file = await readHeader(path, groupTags[keyword]);
  return file?.attributes.text(groupTags[keyword]);
}

const NUMBER_OF_FRAMES: Tag = 'x00280008';

/** How many frames a file holds; 1 where it claims more than there are, so that reading it tells what is wrong. */
export async function countFrames(path: string): Promise<number> {
  const header = await readHeader(path, NUMBER_OF_FRAMES);
  if (!(Number.parseInt(header?.attributes.text(NUMBER_OF_FRAMES) ?? '1', 10) > 1)) return 1;
  try {
    return await framesIn(readFileSync(path));
  } catch {
    return 1;
  }
}

/** The same of a file's bytes; 1 also of what is no DICOM, or damaged. */
export async function framesIn(bytes: Uint8Array): Promise<number> {
  try {
    const file = await openDicom(bytes);
    const description = describePixels(file);
    return availableFrames(file, description) < description.frames ? 1 : description.frames;
  } catch {
    return 1;
  }
}

/** A file's attributes up to a tag; undefined where it is no DICOM or damaged before it. */
async function readHeader(path: string, until: Tag): Promise<DicomFile | undefined> {
  try {
    const prefix = readPrefix(path);
    if (recogniseDicom(prefix.bytes) === undefined) return undefined;
    const file = await openDicom(prefix.bytes).catch(() => undefined);
    if (prefix.isAll || file?.attributes.goesBeyond(until)) return file;
    return await openDicom(readFileSync(path));
  } catch {
    return undefined;
  }
}

function readPrefix(path: string): { bytes: Uint8Array; isAll: boolean } {
  const file = openSync(path, 'r');
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) return { bytes: new Uint8Array(), isAll: true };
    const bytes = new Uint8Array(Math.min(PREFIX_BYTES, stat.size));
    return {
      bytes: bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0)),
      isAll: stat.size <= PREFIX_BYTES,
    };
  } finally {
    closeSync(file);
  }
}
