/** @file Rows for the same elements in another shape, order or type. */
import { broadcastShapes } from '../../graph/ops/broadcast.js';
import { broadcastTo } from '../../graph/ops/broadcast-to.js';
import { reshape } from '../../graph/ops/reshape.js';
import { type DType, type Shape, showShape, sizeOf, type Tensor } from '../../graph/tensor.js';
import { elementTypeName } from '../element-types.js';
import { dtypeOf } from '../tensor-data.js';
import type { Call, Result, Rows } from './call.js';
import { castTo, repeated, reshaped, transposed } from './fold.js';
import { reordered } from './operand.js';
import { reshapeTarget } from './reshape-target.js';

export const layoutRows: Rows = {
  Reshape: (call) => withShape(call, reshapeTarget(call)),
  Flatten: (call) => {
    const shape = call.shape(0);
    const axis = call.int('axis', 1);
    const split = axis === shape.length ? axis : call.axis(axis, shape.length);
    return withShape(call, [sizeOf(shape.slice(0, split)), sizeOf(shape.slice(split))]);
  },
  Squeeze: (call) => {
    const shape = call.shape(0);
    const axes = call.axesFrom(1, shape.length);
    // Without axes all of size 1 go, but never that of the batch.
    const goes = (size: number, axis: number) =>
      axes ? axes.includes(axis) : size === 1 && (axis > 0 || call.isStatic);
    return withShape(
      call,
      shape.filter((size, axis) => !goes(size, axis)),
    );
  },
  Unsqueeze: (call) => {
    const axes = call.intsFrom('axes', 1) ?? [];
    const shape = call.shape(0);
    const rank = shape.length + axes.length;
    const added = axes.map((axis) => call.axis(axis, rank));
    const rest = [...shape];
    return withShape(
      call,
      Array.from({ length: rank }, (_, axis) => (added.includes(axis) ? 1 : rest.shift()!)),
    );
  },
  Transpose: (call) => {
    const operand = call.operand(0);
    const permutation = call.ints('perm') ?? [...call.shape(0).keys()].reverse();
    if (operand.kind === 'computed') return reordered(operand, permutation);
    return relaid(call, (tensor) => transposed(tensor, permutation));
  },
  Expand: (call) => {
    const shape = broadcastShapes(call.shape(0), call.numbers(1));
    if (!shape)
      throw call.refusal(`cannot repeat ${showShape(call.shape(0))} to ${showShape(call.numbers(1))}`);
    return call.isStatic ? repeated(call.tensor(0), shape) : broadcastTo(call.graph, call.value(0), shape);
  },
  Cast: (call) => {
    const to = call.int('to', 0);
    const dtype = dtypeOf(to);
    if (!dtype) throw call.refusal(`converts to ${elementTypeName(to) ?? `element type ${to}`}`);
    return withType(call, dtype);
  },
  CastLike: (call) => {
    const like = call.operand(1);
    return withType(call, like.kind === 'static' ? like.tensor.dtype : like.value.dtype);
  },
  Identity: (call) => {
    const operand = call.operand(0);
    // Exporters merge equal weights behind Identity nodes: what comes out is a weight of its own.
    return operand.kind === 'static' && operand.weight
      ? { ...operand, weight: call.node.outputs[0]! }
      : operand;
  },
  // Only in training mode does it do anything, and our own head has one.
  Dropout: (call) => call.operand(0),
};

function withShape(call: Call, shape: Shape): Result {
  const operand = call.operand(0);
  if (operand.kind === 'static') return relaid(call, (tensor) => reshaped(tensor, shape));
  return reshape(call.graph, call.value(0), shape);
}

function withType(call: Call, dtype: DType): Result {
  const operand = call.operand(0);
  if (operand.kind === 'static') return relaid(call, (tensor) => castTo(dtype, tensor));
  if (operand.value.dtype !== dtype) throw call.refusal(`converts what depends on the images to ${dtype}`);
  return operand;
}

/** A weight in another layout is still that weight. */
function relaid(call: Call, change: (tensor: Tensor) => Tensor): Result {
  const operand = call.operand(0);
  if (operand.kind !== 'static') throw call.refusal('changes what depends on the images');
  return { ...operand, tensor: change(operand.tensor) };
}
