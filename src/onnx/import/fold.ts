/**
 * @file Arithmetic on tensors that are known at import: mostly the shape arithmetic that exporters leave behind.
 * Transposing, slicing and repeating are all the same here: reading with other strides.
 */
import { broadcastShapes } from '../../graph/ops/broadcast.js';
import { rangeOf } from '../../graph/ops/slice.js';
import { type DType, normaliseAxis, type Shape, showType, sizeOf, type Tensor } from '../../graph/tensor.js';
import { dataOf } from '../tensor-data.js';

/** A tensor of a type filled with numbers; integers beyond int64 become the nearest int64. */
export function tensorOf(dtype: DType, shape: Shape, numbers: ArrayLike<number | bigint>): Tensor {
  return { dtype, shape, data: dataOf(dtype, sizeOf(shape), (i) => numbers[i]!) };
}

/** All elements as numbers, row-major; beyond ±2⁵³ the nearest number. */
export function numbersOf(tensor: Tensor): number[] {
  return Array.from(tensor.data, Number);
}

/** The same elements under another shape, sharing the data. */
export function reshaped(tensor: Tensor, shape: Shape): Tensor {
  if (sizeOf(shape) !== sizeOf(tensor.shape)) {
    throw new Error(`${showType(tensor)} cannot have the shape [${shape}]`);
  }
  return { ...tensor, shape };
}

/** Converts elements; fractions are cut off on the way to integers. */
export function castTo(dtype: DType, tensor: Tensor): Tensor {
  if (dtype === tensor.dtype) return tensor;
  const whole = dtype !== 'float32' && dtype !== 'bool' && tensor.dtype === 'float32';
  const { data } = tensor;
  return {
    dtype,
    shape: tensor.shape,
    data: dataOf(dtype, data.length, (i) => (whole ? Math.trunc(Number(data[i])) : data[i]!)),
  };
}

/** Applies a function of numbers element by element, with broadcasting. The result has the first tensor's type. */
export function combine(
  operation: (...numbers: number[]) => number,
  tensors: readonly Tensor[],
  dtype: DType = tensors[0]!.dtype,
): Tensor {
  const shape = tensors.reduce<Shape>((common, tensor) => {
    const both = broadcastShapes(common, tensor.shape);
    if (!both) throw new Error(`${tensors.map(showType).join(' and ')} do not broadcast`);
    return both;
  }, []);
  const columns = tensors.map((tensor) => repeated(tensor, shape).data);
  return {
    dtype,
    shape,
    data: dataOf(dtype, sizeOf(shape), (i) => operation(...columns.map((data) => Number(data[i])))),
  };
}

export function transposed(tensor: Tensor, permutation: readonly number[]): Tensor {
  const strides = stridesOf(tensor.shape);
  return strided(
    tensor,
    permutation.map((axis) => tensor.shape[axis]!),
    permutation.map((axis) => strides[axis]!),
  );
}

/** Repeats along axes of size 1, by the rules of broadcasting. */
export function repeated(tensor: Tensor, shape: Shape): Tensor {
  if (tensor.shape.length === shape.length && tensor.shape.every((size, axis) => size === shape[axis]))
    return tensor;
  const own = stridesOf(tensor.shape);
  const missing = shape.length - tensor.shape.length;
  return strided(
    tensor,
    shape,
    shape.map((_, axis) => (axis < missing || tensor.shape[axis - missing] === 1 ? 0 : own[axis - missing]!)),
  );
}

export interface StaticSlice {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly axes: readonly number[];
  readonly steps: readonly number[];
}

export function sliced(tensor: Tensor, { starts, ends, axes, steps }: StaticSlice): Tensor {
  const shape = [...tensor.shape];
  const strides = stridesOf(shape);
  let offset = 0;
  axes.forEach((given, i) => {
    const axis = normaliseAxis(given, shape.length);
    const { start, step, size } = rangeOf(starts[i]!, ends[i]!, steps[i]!, tensor.shape[axis]!);
    offset += start * strides[axis]!;
    shape[axis] = size;
    strides[axis] = strides[axis]! * step;
  });
  return strided(tensor, shape, strides, offset);
}

/** The elements at `indices` along an axis; the indices' shape takes the axis' place. Negative ones count from the end. */
export function gathered(tensor: Tensor, indices: Tensor, axis: number): Tensor {
  const length = tensor.shape[axis]!;
  const picked = numbersOf(indices).map((index) => {
    if (index < -length || index >= length) throw new Error(`index ${index} is outside an axis of ${length}`);
    const start = index < 0 ? index + length : index;
    return sliced(tensor, { starts: [start], ends: [start + 1], axes: [axis], steps: [1] });
  });
  const shape = [...tensor.shape.slice(0, axis), ...indices.shape, ...tensor.shape.slice(axis + 1)];
  if (picked.length === 0) return tensorOf(tensor.dtype, shape, []);
  return reshaped(joined(picked, axis), shape);
}

export function joined(tensors: readonly Tensor[], axis: number): Tensor {
  const [first] = tensors as [Tensor];
  const size = tensors.reduce((sum, tensor) => sum + tensor.shape[axis]!, 0);
  const outer = sizeOf(first.shape.slice(0, axis));
  const numbers: (number | bigint)[] = [];
  for (let block = 0; block < outer; block++) {
    for (const { data } of tensors) {
      const length = data.length / outer;
      for (let i = block * length; i < (block + 1) * length; i++) numbers.push(data[i]!);
    }
  }
  return tensorOf(first.dtype, first.shape.with(axis, size), numbers);
}

/** Combines all elements along some axes (which stay with size 1), from a starting value on. */
export function reduced(
  tensor: Tensor,
  axes: readonly number[],
  operation: (a: number, b: number) => number,
): Tensor {
  const rest = [...tensor.shape.keys()].filter((axis) => !axes.includes(axis));
  const { data } = transposed(tensor, [...rest, ...axes]);
  const length = sizeOf(axes.map((axis) => tensor.shape[axis]!));
  const shape = tensor.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return {
    dtype: tensor.dtype,
    shape,
    data: dataOf(tensor.dtype, sizeOf(shape), (i) => {
      let result = Number(data[i * length]);
      for (let k = 1; k < length; k++) result = operation(result, Number(data[i * length + k]));
      return result;
    }),
  };
}

function strided({ dtype, data }: Tensor, shape: Shape, strides: readonly number[], offset = 0): Tensor {
  const index = new Array<number>(shape.length).fill(0);
  let at = offset;
  const result = dataOf(dtype, sizeOf(shape), () => {
    const element = data[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
    return element;
  });
  return { dtype, shape, data: result };
}

function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}
