/** @file A DICOM file opened: its transfer syntax, its attributes up to the pixels, and where the pixels lie. */
import { inflateRawSync } from 'node:zlib';
import { Refusal } from '../refusal.js';
import { Attributes, type Tag } from './attributes.js';
import { parseElements } from './parser.js';
import { type DicomForm, PREAMBLE, recogniseDicom } from './recognise.js';
import { type TransferSyntax, transferSyntax } from './transfer-syntax.js';

export interface DicomFile {
  readonly syntax: TransferSyntax;
  readonly attributes: Attributes;
  /** All of the data set, inflated where it was deflated. */
  readonly bytes: Uint8Array;
  /** Byte order of numbers, pixels included. */
  readonly little: boolean;
  /** Whether the data set could be read up to its pixels, or to its end where it has none. */
  readonly whole: boolean;
}

/** Longest data set that is inflated: 100 million pixels of 16 bits fit, a bomb does not. */
const MOST_INFLATED = 256 * 2 ** 20;

const PIXEL_DATA: Tag = 'x7fe00010';

/**
 * Reads a data set up to its pixels.
 * @throws Refusal
 */
export async function openDicom(source: Uint8Array): Promise<DicomFile> {
  // Never a Buffer, whose slices are no copies.
  const bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  const form = recogniseDicom(bytes);
  if (form === undefined) throw new Refusal('it is not a DICOM file');
  const { syntax, start, data } = beginning(bytes, form);
  const { dataSet, whole } = await parseElements(data, start, syntax, PIXEL_DATA);
  const little = syntax.encoding !== 'big-endian';
  return { syntax, attributes: new Attributes(dataSet, little), bytes: data, little, whole };
}

/** Where the data set begins behind the file's own header, and how it is written. */
function beginning(bytes: Uint8Array, form: DicomForm) {
  if (form !== 'file' && form !== 'no-preamble') {
    return { syntax: { codec: 'native', encoding: form } as const, start: 0, data: bytes };
  }
  const { uid, end } = readMeta(bytes, form === 'file' ? PREAMBLE + 4 : 0);
  if (uid === undefined) throw new Refusal('its header does not say its transfer syntax');
  const syntax = transferSyntax(uid);
  if (syntax === undefined) {
    // Nothing but a UID is quoted: a damaged file might have a name there.
    const called = /^[12](\.\d+){5,}$/.test(uid) && uid.startsWith('1.2.840.10008.') ? ` ${uid}` : '';
    throw new Refusal(`transfer syntax${called} is not one of those that are read`);
  }
  const [start, data] = syntax.deflated ? [0, inflate(bytes.subarray(end))] : [end, bytes];
  return { syntax: { ...syntax, encoding: encodingOf(syntax, data, start) }, start, data };
}

/** Some writers announce explicit representations and write implicit ones, or the other way round. */
function encodingOf(
  { encoding }: TransferSyntax,
  data: Uint8Array,
  start: number,
): TransferSyntax['encoding'] {
  if (encoding === 'big-endian') return encoding;
  const isLetter = (byte: number) => byte >= 0x41 && byte <= 0x5a;
  return isLetter(data[start + 4]) && isLetter(data[start + 5]) ? 'explicit' : 'implicit';
}

/** The file's meta information, explicit and little-endian whatever follows (PS3.10, 7.1). */
function readMeta(bytes: Uint8Array, start: number): { uid?: string; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = start;
  let uid: string | undefined;
  while (at + 8 <= bytes.length && view.getUint16(at, true) === 0x0002) {
    const element = view.getUint16(at + 2, true);
    const isLong = /^(O.|SQ|U[CNRT])$/.test(String.fromCharCode(bytes[at + 4], bytes[at + 5]));
    if (isLong && at + 12 > bytes.length) break;
    const length = isLong ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
    const value = at + (isLong ? 12 : 8);
    if (value + length > bytes.length) throw new Refusal('cut short within its header');
    if (element === 0x0010) {
      const text = Buffer.from(bytes.subarray(value, value + Math.min(length, 64))).toString('latin1');
      uid = text.replace(/[\0 ]+$/, '');
    }
    at = value + length;
  }
  return { uid, end: at };
}

function inflate(deflated: Uint8Array): Uint8Array {
  try {
    const { buffer, byteOffset, length } = inflateRawSync(deflated, { maxOutputLength: MOST_INFLATED });
    return new Uint8Array(buffer, byteOffset, length);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      ? new Refusal(`its deflated data set is longer than ${MOST_INFLATED / 2 ** 20} MiB`)
      : new Refusal('its deflated data set is damaged or cut short');
  }
}
