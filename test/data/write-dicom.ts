/** @file DICOM files as tests want them, well-formed or not: elements one by one, explicit and little-endian. */
import { deflateRawSync } from 'node:zlib';

/** Text, 16-bit numbers, bytes as they are, or the items of a sequence. */
type Value = string | readonly number[] | Uint8Array | readonly Buffer[];

export const UNDEFINED_LENGTH = 0xffffffff;

/**
 * One element, e.g. `element('0010,0020', 'LO', '4711')`.
 * @param claimed the length to write, where it is to be another than that of the value
 */
export function element(tag: string, vr: string, value: Value, claimed?: number): Buffer {
  const bytes = encode(value);
  const padded =
    bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from(vr === 'UI' ? '\0' : ' ')]);
  const isLong = /^(O.|SQ|U[CNRT])$/.test(vr);
  const header = Buffer.alloc(isLong ? 12 : 8);
  writeTag(header, tag, 0);
  header.write(vr, 4, 'latin1');
  const length = claimed ?? padded.length;
  if (isLong) header.writeUInt32LE(length, 8);
  else header.writeUInt16LE(length, 6);
  return Buffer.concat([header, padded]);
}

function encode(value: Value): Buffer {
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (value.every((part) => typeof part === 'number')) return Buffer.from(Uint16Array.from(value).buffer);
  return Buffer.concat((value as readonly Buffer[]).map((item) => delimiter('fffe,e000', item)));
}

/** An item, or the end of a sequence: a tag and a length. */
export function delimiter(tag: string, content: Uint8Array = new Uint8Array(), claimed?: number): Buffer {
  const header = Buffer.alloc(8);
  writeTag(header, tag, 0);
  header.writeUInt32LE(claimed ?? content.length, 4);
  return Buffer.concat([header, content]);
}

function writeTag(buffer: Buffer, tag: string, at: number) {
  const [group, number] = tag.split(',').map((part) => Number.parseInt(part, 16));
  buffer.writeUInt16LE(group, at);
  buffer.writeUInt16LE(number, at + 2);
}

export const syntaxes = {
  explicit: '1.2.840.10008.1.2.1',
  deflated: '1.2.840.10008.1.2.1.99',
  rle: '1.2.840.10008.1.2.5',
  jpeg: '1.2.840.10008.1.2.4.50',
  jpegLs: '1.2.840.10008.1.2.4.80',
  jpeg2000: '1.2.840.10008.1.2.4.90',
};

/** A file of these elements, which must be in ascending order. */
export function dicomFile(elements: readonly Buffer[], syntax: string = syntaxes.explicit): Buffer {
  const uid = element('0002,0010', 'UI', syntax);
  const data = Buffer.concat(elements);
  const body = syntax === syntaxes.deflated ? deflateRawSync(data) : data;
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), uid, body]);
}

export interface PictureOptions {
  readonly rows?: number;
  readonly columns?: number;
  readonly frames?: number | string;
  readonly allocated?: number;
  readonly photometric?: string;
  /** Elements of groups 0008 to 0020, such as who it is. */
  readonly before?: readonly Buffer[];
  /** Elements of group 0028 behind those that describe pixels. */
  readonly after?: readonly Buffer[];
  /** Bytes of native pixels, or a whole pixel data element. */
  readonly pixels: Uint8Array | { readonly element: Buffer };
  readonly syntax?: string;
}

/** A grey picture. */
export function dicomPicture({
  rows = 8,
  columns = 8,
  frames,
  allocated = 8,
  photometric = 'MONOCHROME2',
  before = [],
  after = [],
  pixels,
  syntax,
}: PictureOptions): Buffer {
  const frameElements = frames === undefined ? [] : [element('0028,0008', 'IS', String(frames))];
  return dicomFile(
    [
      element('0008,0060', 'CS', 'OT'),
      ...before,
      element('0028,0002', 'US', [1]),
      element('0028,0004', 'CS', photometric),
      ...frameElements,
      element('0028,0010', 'US', [rows]),
      element('0028,0011', 'US', [columns]),
      element('0028,0100', 'US', [allocated]),
      element('0028,0101', 'US', [allocated]),
      element('0028,0102', 'US', [allocated - 1]),
      element('0028,0103', 'US', [0]),
      ...after,
      'element' in pixels ? pixels.element : element('7fe0,0010', 'OB', pixels),
    ],
    syntax,
  );
}

/** Encapsulated pixels: an empty offset table, then these fragments. */
export function encapsulated(fragments: readonly Uint8Array[]): Buffer {
  const items = [new Uint8Array(), ...fragments].map((fragment) => delimiter('fffe,e000', fragment));
  return Buffer.concat([element('7fe0,0010', 'OB', '', UNDEFINED_LENGTH), ...items, delimiter('fffe,e0dd')]);
}
