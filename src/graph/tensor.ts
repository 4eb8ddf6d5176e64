/** @file Tensors and their types: static shapes, row-major data. The lowest layer of the graph room. */
import { internal } from '../errors.js';

/** Element types the graph computes with. Weights stored as float16 or float64 become float32 when read. */
export type DType = 'float32' | 'uint8' | 'int32' | 'int64' | 'bool';

/** Sizes per axis, outermost first; `[]` is a scalar. Images are N, C, H, W. Always static. */
export type Shape = readonly number[];

export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

interface DataOf {
  float32: Float32Array;
  uint8: Uint8Array;
  int32: Int32Array;
  int64: BigInt64Array;
  bool: Uint8Array;
}

export type TensorData = DataOf[DType];

/** A tensor with its values, row-major. `data.length` equals the product of `shape`. */
export interface Tensor extends TensorType {
  readonly data: TensorData;
}

/** The number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Wraps float32 values as a tensor of the given shape. */
export function float32(data: Float32Array | readonly number[], shape: Shape = [data.length]): Tensor {
  return checked({
    dtype: 'float32',
    shape,
    data: data instanceof Float32Array ? data : Float32Array.from(data),
  });
}

/** Wraps integers (axes, sizes, indices) as an int64 tensor, the type ONNX wants them in. */
export function int64(values: readonly number[], shape: Shape = [values.length]): Tensor {
  return checked({ dtype: 'int64', shape, data: BigInt64Array.from(values, BigInt) });
}

function checked(tensor: Tensor): Tensor {
  if (tensor.data.length !== sizeOf(tensor.shape)) {
    throw internal(`${tensor.data.length} values cannot fill a tensor of shape ${showShape(tensor.shape)}`);
  }
  return tensor;
}

/** `[2,3,4]`, as quoted in errors. */
export function showShape(shape: Shape): string {
  return `[${shape.join(',')}]`;
}

/** `float32[2,3,4]`, as quoted in errors. */
export function showType({ dtype, shape }: TensorType): string {
  return dtype + showShape(shape);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Whether type, shape and every bit are the same. */
export function sameTensor(a: Tensor, b: Tensor): boolean {
  if (a.dtype !== b.dtype || !sameShape(a.shape, b.shape)) return false;
  if (a.data === b.data) return true;
  const [left, right] = [bytesOf(a), bytesOf(b)];
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}

function bytesOf({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** An axis counted from the end when negative, as a non-negative one. */
export function normaliseAxis(axis: number, rank: number): number {
  if (axis < -rank || axis >= rank) throw internal(`axis ${axis} is outside a tensor of rank ${rank}`);
  return axis < 0 ? axis + rank : axis;
}
