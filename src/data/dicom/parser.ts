/** @file dicom-parser, loaded when the first DICOM file is met, with bounds on what it may be made to do. */
import type { ByteArrayParser, ByteStream, DataSet } from 'dicom-parser';
import { Refusal } from '../refusal.js';
import type { TransferSyntax } from './transfer-syntax.js';

/** What dicom-parser exports, in part without saying so in its types. */
interface Library {
  readonly littleEndianByteArrayParser: ByteArrayParser;
  readonly bigEndianByteArrayParser: ByteArrayParser;
  readonly ByteStream: new (numbers: ByteArrayParser, bytes: Uint8Array, position: number) => ByteStream;
  readonly DataSet: new (numbers: ByteArrayParser, bytes: Uint8Array, elements: object) => DataSet;
  parseDicomDataSetExplicit(dataSet: DataSet, stream: ByteStream, end: number, options: object): void;
  parseDicomDataSetImplicit(dataSet: DataSet, stream: ByteStream, end: number, options: object): void;
}

let loading: Promise<Library> | undefined;

function load(): Promise<Library> {
  loading ??= import('dicom-parser').then((module) => (module as unknown as { default: Library }).default);
  return loading;
}

/**
 * Elements and items, of which long ones count twice; an enhanced object of thousands of frames has fewer. dicom-parser
 * keeps objects for each, and takes microseconds.
 */
const MOST_ELEMENTS = 1_000_000;

/**
 * Parses elements from a position to the end, or to a tag, which is the last one then and without its value.
 * @returns what could be parsed, and whether that is all
 * @throws Refusal where there are too many
 */
export async function parseElements(
  bytes: Uint8Array,
  position: number,
  { encoding }: TransferSyntax,
  untilTag: string,
): Promise<{ readonly dataSet: DataSet; readonly whole: boolean }> {
  const library = await load();
  const isBig = encoding === 'big-endian';
  const numbers = isBig ? library.bigEndianByteArrayParser : library.littleEndianByteArrayParser;
  const dataSet = new library.DataSet(numbers, bytes, {});
  const read =
    encoding === 'implicit' ? library.parseDicomDataSetImplicit : library.parseDicomDataSetExplicit;
  try {
    read(dataSet, boundedStream(library, numbers, bytes, position), bytes.length, { untilTag });
    return { dataSet, whole: true };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    return { dataSet, whole: false };
  }
}

function boundedStream(
  { ByteStream }: Library,
  numbers: ByteArrayParser,
  bytes: Uint8Array,
  position: number,
): ByteStream {
  const stream = new ByteStream(numbers, bytes, position);
  let elements = 0;
  /** Each, at every depth, takes reading a representation, a long length, or both. */
  const count = () => {
    if (++elements > MOST_ELEMENTS) throw new Refusal('it has more elements than any image needs');
  };
  const { readUint32, readFixedString } = stream;
  stream.readUint32 = () => {
    count();
    return readUint32.call(stream);
  };
  // dicom-parser does not know that lists of 64-bit numbers have long lengths; those of bytes it does.
  stream.readFixedString = (length) => {
    count();
    const text = readFixedString.call(stream, length);
    return length === 2 && ['OV', 'SV', 'UV'].includes(text) ? 'OB' : text;
  };
  return stream;
}
