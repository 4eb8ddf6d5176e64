/**
 * @file The safetensors format: 8 bytes of header length, a JSON header naming each tensor's type, shape and place,
 * then the data. Written with sorted names and 8-byte alignment, so equal contents give equal bytes.
 */
import { TransfuseError } from '../errors.js';
import { float32, type Shape, sizeOf, type Tensor } from '../graph/tensor.js';
import { type ElementTypeName, elementTypes, toFloat32 } from './numbers.js';

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Where a tensor lies in the file. */
interface Place {
  readonly name: string;
  readonly type: ElementTypeName;
  readonly shape: Shape;
  /** From the beginning of the file, in bytes. */
  readonly from: number;
  readonly bytes: number;
}

const typeNames: Readonly<Record<string, ElementTypeName>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  U64: 'uint64',
  I32: 'int32',
  U32: 'uint32',
  I16: 'int16',
  U16: 'uint16',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
};

/** The format's own limit. */
const LARGEST_HEADER = 100_000_000;

/** What headers end in, so that data begin at a multiple of 8. */
const SPACE = 0x20;

/** The bytes of a safetensors file of float32 tensors. */
export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const names = [...tensors.keys()].sort();
  const starts = new Map<string, number>();
  let offset = 0;
  for (const name of names) {
    const { shape, data, dtype } = tensors.get(name)!;
    if (dtype !== 'float32') throw new TransfuseError('bad-safetensors', `${name} is ${dtype}, not float32`);
    starts.set(name, offset);
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, (offset += data.byteLength)] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = Math.ceil((8 + json.length) / 8) * 8;
  const file = new Uint8Array(start + offset).fill(SPACE);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(json, 8);
  for (const name of names) {
    const { data } = tensors.get(name)!;
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start + starts.get(name)!);
  }
  return file;
}

/**
 * Reads a safetensors file whole; every tensor becomes float32.
 * @param source the file's name, for messages
 * @throws TransfuseError `bad-safetensors` when it is truncated, malformed or holds a type that is not read
 */
export function decodeSafetensors(file: Uint8Array, source: string): Safetensors {
  const bad = badFile(source);
  const header = file.subarray(8, 8 + headerLength(file, file.length, bad));
  const { places, metadata } = parseHeader(header, file.length, bad);
  const tensors = places.map(({ name, type, shape, from, bytes }): [string, Tensor] => [
    name,
    float32(toFloat32(file.subarray(from, from + bytes), type, sizeOf(shape)), shape),
  ]);
  return { tensors: new Map(tensors), metadata };
}

export type Bad = (why: string) => TransfuseError;

export const badFile =
  (source: string): Bad =>
  (why) =>
    new TransfuseError('bad-safetensors', `${source} is not a valid safetensors file: ${why}`);

export function headerLength(start: Uint8Array, fileSize: number, bad: Bad): number {
  if (start.length < 8) throw bad('it is shorter than 8 bytes');
  const length = Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true));
  if (8 + length > fileSize) throw bad('its header reaches beyond its end');
  if (length > LARGEST_HEADER) throw bad(`its header has ${length} bytes, more than the format allows`);
  return length;
}

export function parseHeader(json: Uint8Array, fileSize: number, bad: Bad) {
  const { __metadata__: metadata = {}, ...entries } = parseJson(json, bad);
  if (typeof metadata !== 'object' || metadata === null) throw bad('its metadata are not names and texts');
  const start = 8 + json.length;
  const places = Object.entries(entries).map(([name, entry]): Place => {
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
    const type = typeNames[String(dtype)];
    if (!type) throw bad(`${name} is ${dtype}; those that are read are ${Object.keys(typeNames).join(', ')}`);
    if (!isCounts(shape) || !isCounts(offsets)) throw bad(`${name} has no shape or no place`);
    const [from, to] = offsets as [number, number];
    const bytes = sizeOf(shape) * elementTypes[type].bytes;
    if (to - from !== bytes) throw bad(`${name} needs ${bytes} bytes, but has ${to - from}`);
    if (start + to > fileSize) throw bad(`it is truncated: ${name} reaches beyond its end`);
    return { name, type, shape, from: start + from, bytes };
  });
  return { places, metadata: metadata as Record<string, string> };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function parseJson(bytes: Uint8Array, bad: Bad): Record<string, unknown> {
  try {
    const header = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof header === 'object' && header !== null) return header;
  } catch {
    // said below
  }
  throw bad('its header is not JSON');
}
