/** @file NumPy's array files: a header that says type and shape, then the values as they lie in memory. */
import { open } from 'node:fs/promises';
import { TransfuseError } from '../errors.js';

export interface NpyHeader {
  /** NumPy's type string, such as `|u1` or `<i8`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Where the first value lies, in bytes. */
  readonly offset: number;
}

const MAGIC = '\x93NUMPY';
/** Headers are padded to 64 bytes; those of plain arrays fit many times over. */
const HEADER_BYTES = 4096;

/**
 * Reads the header.
 * @param bytes the beginning of the file
 * @throws TransfuseError `bad-npy`
 */
export function parseNpyHeader(bytes: Uint8Array, name: string): NpyHeader {
  const bad = (what: string) => new TransfuseError('bad-npy', `${name} ${what}`);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEADER_BYTES)).toString(
    'latin1',
  );
  if (!text.startsWith(MAGIC) || bytes.length < 12) throw bad('is no NumPy array');
  const long = bytes[6] >= 2;
  const start = long ? 12 : 10;
  const length = bytes[8] + bytes[9] * 256 + (long ? bytes[10] * 2 ** 16 + bytes[11] * 2 ** 24 : 0);
  const header = text.slice(start, start + length);
  const dtype = /'descr'\s*:\s*'([^']+)'/.exec(header)?.[1];
  const shape = /'shape'\s*:\s*\(([\d,\sL]*)\)/.exec(header)?.[1];
  if (dtype === undefined || shape === undefined) {
    throw bad('is no NumPy array of plain numbers (its header names no single type and shape)');
  }
  const sizes = shape.match(/\d+/g)?.map(Number) ?? [];
  const columnsFirst = /'fortran_order'\s*:\s*True/.test(header) && sizes.length > 1;
  if (columnsFirst)
    throw bad('is stored column by column (Fortran order); save it with numpy.ascontiguousarray');
  return { dtype, shape: sizes, offset: start + length };
}

/** The header of a file on disk. */
export async function readNpyHeader(file: string, name: string): Promise<NpyHeader> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    return parseNpyHeader(buffer.subarray(0, bytesRead), name);
  } finally {
    await handle.close();
  }
}

/**
 * A whole array of integers or booleans.
 * @throws TransfuseError `bad-npy` for other types, or where the values are cut short
 */
export function parseIntegers(
  bytes: Uint8Array,
  name: string,
): { shape: readonly number[]; values: number[] } {
  const { dtype, shape, offset } = parseNpyHeader(bytes, name);
  const readers: Record<string, [size: number, read: (view: DataView, at: number) => number]> = {
    b1: [1, (view, at) => view.getUint8(at)],
    u1: [1, (view, at) => view.getUint8(at)],
    i1: [1, (view, at) => view.getInt8(at)],
    u2: [2, (view, at) => view.getUint16(at, true)],
    i2: [2, (view, at) => view.getInt16(at, true)],
    u4: [4, (view, at) => view.getUint32(at, true)],
    i4: [4, (view, at) => view.getInt32(at, true)],
    u8: [8, (view, at) => Number(view.getBigUint64(at, true))],
    i8: [8, (view, at) => Number(view.getBigInt64(at, true))],
  };
  const reader = dtype.startsWith('>') ? undefined : readers[dtype.slice(1)];
  if (reader === undefined) {
    throw new TransfuseError('bad-npy', `${name} holds values of type ${dtype}; integers are needed`);
  }
  const [size, read] = reader;
  const count = shape.reduce((product, n) => product * n, 1);
  if (bytes.length < offset + count * size) throw new TransfuseError('bad-npy', `${name} is cut short`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { shape, values: Array.from({ length: count }, (_, i) => read(view, offset + i * size)) };
}
