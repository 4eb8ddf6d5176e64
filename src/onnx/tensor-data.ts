/** @file TensorProto → tensor: every place ONNX keeps values in, every element type that fits one of ours. */
import { TransfuseError } from '../errors.js';
import { type DType, showShape, sizeOf, type Tensor, type TensorData } from '../graph/tensor.js';
import { type ElementType, elementTypeName } from './element-types.js';
import { type Field, fieldsOf, MalformedProtobuf } from './protobuf.js';

/** Where the values of a tensor lie that are kept outside the model file. */
export interface ExternalLocation {
  /** Path of the file, relative to the model's folder. */
  readonly location: string;
  readonly offset: number;
  /** In bytes; undefined means all that the tensor needs. */
  readonly length: number | undefined;
}

/** Fetches `size` bytes of external data for the named tensor. */
export type ReadExternal = (tensor: string, location: ExternalLocation, size: number) => Uint8Array;

/** How one element type is stored, and what it becomes. */
interface Storage {
  readonly dtype: DType;
  readonly bytes: number;
  /** Reads one element; absent where the stored bytes are already those of our type. */
  readonly read?: (data: DataView, at: number) => number | bigint;
}

const storages: Partial<Record<ElementType, Storage>> = {
  float32: { dtype: 'float32', bytes: 4 },
  float16: { dtype: 'float32', bytes: 2, read: (data, at) => halfToFloat(data.getUint16(at, true)) },
  bfloat16: { dtype: 'float32', bytes: 2, read: (data, at) => bfloat16ToFloat(data.getUint16(at, true)) },
  float64: { dtype: 'float32', bytes: 8, read: (data, at) => data.getFloat64(at, true) },
  int8: { dtype: 'int32', bytes: 1, read: (data, at) => data.getInt8(at) },
  int16: { dtype: 'int32', bytes: 2, read: (data, at) => data.getInt16(at, true) },
  uint16: { dtype: 'int32', bytes: 2, read: (data, at) => data.getUint16(at, true) },
  int32: { dtype: 'int32', bytes: 4 },
  uint32: { dtype: 'int64', bytes: 4, read: (data, at) => BigInt(data.getUint32(at, true)) },
  int64: { dtype: 'int64', bytes: 8 },
  uint64: { dtype: 'int64', bytes: 8 },
  uint8: { dtype: 'uint8', bytes: 1 },
  bool: { dtype: 'bool', bytes: 1 },
};

/** What tensors of an element type become when read; undefined for those we do not read. */
export function dtypeOf(elementType: number): DType | undefined {
  const name = elementTypeName(elementType);
  return name && storages[name]?.dtype;
}

/** Reads a TensorProto. 16-bit and 64-bit floats become float32, small integers int32, unsigned ones int64. */
export function decodeTensor(
  message: Uint8Array,
  readExternal: ReadExternal,
): { name: string; tensor: Tensor } {
  const proto = readTensorProto(message);
  const { name, shape } = proto;
  const elementType = elementTypeName(proto.elementType);
  const storage = elementType && storages[elementType];
  if (!storage) {
    throw new TransfuseError(
      'unsupported-element-type',
      `tensor ${name} has element type ${elementType ?? `number ${proto.elementType}`}; supported are ${Object.keys(storages).join(', ')}`,
    );
  }
  if (shape.some((size) => size < 0) || !Number.isSafeInteger(sizeOf(shape))) {
    throw new MalformedProtobuf(`tensor ${name} has the shape ${showShape(shape)}`);
  }
  const size = sizeOf(shape) * storage.bytes;
  const raw = proto.external ? readExternal(name, proto.external, size) : proto.raw;
  const data = raw ? fromBytes(name, raw, storage, size) : fromNumbers(proto, elementType, storage);
  if (data.length !== sizeOf(shape)) {
    throw new MalformedProtobuf(`tensor ${name} of shape ${showShape(shape)} holds ${data.length} values`);
  }
  return { name, tensor: { dtype: storage.dtype, shape, data } };
}

interface TensorProto {
  name: string;
  shape: number[];
  elementType: number;
  raw?: Uint8Array;
  /** float_data and double_data. */
  floats: number[];
  /** int32_data (which also holds 16-bit floats), int64_data and uint64_data. */
  integers: number[];
  external?: ExternalLocation;
}

const EXTERNAL = 1;

function readTensorProto(message: Uint8Array): TensorProto {
  const shape: number[][] = [];
  const floats: number[][] = [];
  const integers: number[][] = [];
  const entries = new Map<string, string>();
  let [name, elementType, place] = ['', 0, 0];
  let raw: Uint8Array | undefined;
  for (const field of fieldsOf(message)) {
    if (field.number === 1) shape.push(field.ints());
    else if (field.number === 2) elementType = field.int();
    else if (field.number === 4) floats.push(field.floats());
    else if ([5, 7, 11].includes(field.number)) integers.push(field.ints());
    else if (field.number === 8) name = field.text();
    else if (field.number === 9) raw = field.bytes();
    else if (field.number === 10) floats.push(field.doubles());
    else if (field.number === 13) readEntry(field, entries);
    else if (field.number === 14) place = field.int();
  }
  const external = place === EXTERNAL ? externalLocation(name, entries) : undefined;
  return {
    name,
    shape: shape.flat(),
    elementType,
    raw,
    floats: floats.flat(),
    integers: integers.flat(),
    external,
  };
}

/** Reads a StringStringEntryProto into `entries`. */
export function readEntry(field: Field, entries: Map<string, string>): void {
  let [key, value] = ['', ''];
  for (const part of fieldsOf(field.bytes())) {
    if (part.number === 1) key = part.text();
    else if (part.number === 2) value = part.text();
  }
  entries.set(key, value);
}

function externalLocation(name: string, entries: Map<string, string>): ExternalLocation {
  const location = entries.get('location');
  const offset = Number(entries.get('offset') ?? 0);
  const length = entries.has('length') ? Number(entries.get('length')) : undefined;
  if (!location || ![offset, length ?? 0].every((x) => Number.isSafeInteger(x) && x >= 0)) {
    throw new MalformedProtobuf(`tensor ${name} does not say where its external data are`);
  }
  return { location, offset, length };
}

function fromBytes(name: string, raw: Uint8Array, { dtype, bytes, read }: Storage, size: number): TensorData {
  if (raw.length !== size) {
    throw new MalformedProtobuf(
      `tensor ${name} has ${raw.length} bytes of data where its shape needs ${size}`,
    );
  }
  if (read) {
    const data = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    return dataOf(dtype, size / bytes, (i) => read(data, i * bytes));
  }
  // A copy: aligned as typed arrays need it, and free of the file's buffer.
  const { buffer } = new Uint8Array(raw);
  if (dtype === 'float32') return new Float32Array(buffer);
  if (dtype === 'int32') return new Int32Array(buffer);
  if (dtype === 'int64') return new BigInt64Array(buffer);
  return dtype === 'bool' ? new Uint8Array(buffer).map((x) => (x ? 1 : 0)) : new Uint8Array(buffer);
}

function fromNumbers(
  { floats, integers }: TensorProto,
  elementType: ElementType,
  { dtype }: Storage,
): TensorData {
  if (elementType === 'float16') return dataOf(dtype, integers.length, (i) => halfToFloat(integers[i]!));
  if (elementType === 'bfloat16') return dataOf(dtype, integers.length, (i) => bfloat16ToFloat(integers[i]!));
  const numbers = dtype === 'float32' ? floats : integers;
  return dataOf(dtype, numbers.length, (i) => numbers[i]!);
}

/** The largest int64, which exporters write for "to the end"; as a number it rounds up to 2⁶³. */
const INT64_MAX = 2n ** 63n - 1n;

/** The largest tensor we make: beyond it is no weight, but a shape gone wrong. */
const MAX_ELEMENTS = 2 ** 28;

/** Allocates data of a type and fills it; integers beyond int64 become the nearest int64. */
export function dataOf(dtype: DType, length: number, at: (i: number) => number | bigint): TensorData {
  if (!(length <= MAX_ELEMENTS))
    throw new RangeError(`a tensor of ${length} elements is more than ${MAX_ELEMENTS}`);
  if (dtype === 'float32') return Float32Array.from({ length }, (_, i) => Number(at(i)));
  if (dtype === 'int32') return Int32Array.from({ length }, (_, i) => Number(at(i)));
  if (dtype === 'uint8') return Uint8Array.from({ length }, (_, i) => Number(at(i)));
  if (dtype === 'bool') return Uint8Array.from({ length }, (_, i) => (Number(at(i)) ? 1 : 0));
  return BigInt64Array.from({ length }, (_, i) => {
    const x = BigInt(at(i));
    return x > INT64_MAX ? INT64_MAX : x < -INT64_MAX ? -INT64_MAX : x;
  });
}

/** An IEEE 754 binary16 pattern as a number. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** A bfloat16 pattern, the upper half of a float32, as a number. */
export function bfloat16ToFloat(bits: number): number {
  return new Float32Array(new Uint32Array([bits << 16]).buffer)[0]!;
}
