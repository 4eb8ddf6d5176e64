/** @file NumPy broadcasting: the shape rule elementwise operators share, and its reverse for their gradients. */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { type Shape, sameShape, showType, type TensorType } from '../tensor.js';
import { reduceSum } from './reduce-sum.js';
import { reshape } from './reshape.js';

/** The type of an elementwise result. Both inputs must have one dtype and broadcastable shapes. */
export function broadcastTypes(op: string, a: TensorType, b: TensorType): TensorType {
  const shape = a.dtype === b.dtype ? broadcastShapes(a.shape, b.shape) : undefined;
  if (!shape) throw internal(`${op} cannot combine ${showType(a)} with ${showType(b)}`);
  return { dtype: a.dtype, shape };
}

/** The broadcast shape, or undefined where the shapes do not fit. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const sizes = Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    return x === y || y === 1 ? x : x === 1 ? y : undefined;
  });
  return sizes.includes(undefined) ? undefined : (sizes as number[]);
}

/** Sums a gradient over the axes along which a value of `shape` was repeated by broadcasting. */
export function sumToShape(graph: Graph, gradient: Value, shape: Shape): Value {
  if (sameShape(gradient.shape, shape)) return gradient;
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape
    .map((size, axis) => (axis < extra || (shape[axis - extra] === 1 && size !== 1) ? axis : -1))
    .filter((axis) => axis >= 0);
  return reshape(graph, reduceSum(graph, gradient, axes), shape);
}
