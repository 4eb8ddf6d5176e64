/**
 * @file The safetensors format: 8 bytes of header length, a JSON header naming each tensor's type, shape and place,
 * then the data. Written with sorted names and 8-byte alignment, so equal contents give equal bytes.
 */
import { TransfuseError } from '../errors.js';
import { float32, type Tensor } from '../graph/tensor.js';

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** The bytes of a safetensors file of float32 tensors. */
export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const names = [...tensors.keys()].sort();
  let offset = 0;
  for (const name of names) {
    const { shape, data, dtype } = tensors.get(name)!;
    if (dtype !== 'float32') throw new TransfuseError('bad-safetensors', `${name} is ${dtype}, not float32`);
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, (offset += data.byteLength)] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const start = Math.ceil((8 + json.length) / 8) * 8;
  const file = Buffer.alloc(start + offset, ' ');
  file.writeBigUInt64LE(BigInt(start - 8));
  json.copy(file, 8);
  for (const name of names) {
    const { data } = tensors.get(name)!;
    const [from] = (header[name] as Entry).data_offsets;
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start + from);
  }
  return file;
}

/**
 * Reads a safetensors file of float32 tensors.
 * @param source the file's name, for messages
 * @throws TransfuseError `bad-safetensors` when it is truncated, malformed or holds another type
 */
export function decodeSafetensors(file: Uint8Array, source: string): Safetensors {
  const bad = (why: string) =>
    new TransfuseError('bad-safetensors', `${source} is not a valid safetensors file: ${why}`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 8) throw bad('it is shorter than 8 bytes');
  const start = 8 + Number(view.getBigUint64(0, true));
  if (start > file.length) throw bad('its header reaches beyond its end');
  const { __metadata__: metadata = {}, ...entries } = parseHeader(file.subarray(8, start), bad);
  if (typeof metadata !== 'object' || metadata === null) throw bad('its metadata are not names and texts');
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(entries as Record<string, Entry>)) {
    const { dtype, shape, data_offsets: offsets } = entry ?? {};
    if (dtype !== 'F32') throw bad(`${name} is ${dtype}; only F32 is read here`);
    if (!Array.isArray(shape) || !Array.isArray(offsets)) throw bad(`${name} has no shape or no place`);
    const [from, to] = offsets as [number, number];
    const size = shape.reduce((product, length) => product * length, 1);
    if (!(from >= 0) || to - from !== size * 4)
      throw bad(`${name} needs ${size * 4} bytes, but has ${to - from}`);
    if (start + to > file.length) throw bad(`it is truncated: ${name} reaches beyond its end`);
    // A copy, because the data need not be aligned in the file.
    const place = file.byteOffset + start;
    tensors.set(
      name,
      float32(new Float32Array(file.buffer.slice(place + from, place + to) as ArrayBuffer), shape),
    );
  }
  return { tensors, metadata: metadata as Record<string, string> };
}

function parseHeader(bytes: Uint8Array, bad: (why: string) => Error): Record<string, unknown> {
  try {
    const header = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof header === 'object' && header !== null) return header;
  } catch {
    // said below
  }
  throw bad('its header is not JSON');
}
