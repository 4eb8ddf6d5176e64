/** @file The element types that weight files store, and how each becomes float32. */
import { bfloat16ToFloat, halfToFloat } from '../onnx/tensor-data.js';

interface ElementType {
  /** Of one element. */
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
}

/** Little-endian, as every format read here stores them. */
export const elementTypes = {
  float64: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  float32: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  float16: { bytes: 2, read: (view, at) => halfToFloat(view.getUint16(at, true)) },
  bfloat16: { bytes: 2, read: (view, at) => bfloat16ToFloat(view.getUint16(at, true)) },
  int64: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  uint64: { bytes: 8, read: (view, at) => Number(view.getBigUint64(at, true)) },
  int32: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  uint32: { bytes: 4, read: (view, at) => view.getUint32(at, true) },
  int16: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  uint16: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  int8: { bytes: 1, read: (view, at) => view.getInt8(at) },
  uint8: { bytes: 1, read: (view, at) => view.getUint8(at) },
  bool: { bytes: 1, read: (view, at) => view.getUint8(at) },
} as const satisfies Record<string, ElementType>;

export type ElementTypeName = keyof typeof elementTypes;

/** `count` elements from the start of `bytes`, which holds at least as many, as float32. */
export function toFloat32(bytes: Uint8Array, type: ElementTypeName, count: number): Float32Array {
  const { bytes: size, read } = elementTypes[type];
  if (type === 'float32') return new Float32Array(new Uint8Array(bytes.subarray(0, count * size)).buffer);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: count }, (_, i) => read(view, i * size));
}
