/** @file What an ONNX name stands for during import: numbers known already, or a value of our graph. */
import type { TransfuseError } from '../../errors.js';
import type { Value } from '../../graph/graph.js';
import type { Shape, Tensor } from '../../graph/tensor.js';

export type Operand = StaticOperand | ComputedOperand | UnknownOperand;

/** Known at import: a weight, a constant, or the result of shape arithmetic. */
export interface StaticOperand {
  readonly kind: 'static';
  readonly tensor: Tensor;
  /** The name of the stored weight it is, perhaps in another layout. */
  readonly weight?: string;
  /** Whether it is the same whatever the batch and image size. */
  readonly permanent: boolean;
}

/**
 * Depends on the images. Axis i is axis `order[i]` of `value`: transpositions are only written where something needs
 * them, so that a channels-last export, which begins and ends with one, costs nothing.
 */
export interface ComputedOperand {
  readonly kind: 'computed';
  readonly value: Value;
  readonly order?: readonly number[];
}

/** Cannot be computed, because of this error. It matters only if the features depend on it. */
export interface UnknownOperand {
  readonly kind: 'unknown';
  readonly error: TransfuseError;
}

/** The shape, or undefined for an unknown operand. */
export function shapeOf(operand: Operand): Shape | undefined {
  if (operand.kind === 'unknown') return undefined;
  if (operand.kind === 'static') return operand.tensor.shape;
  const { value, order } = operand;
  return order ? order.map((axis) => value.shape[axis]!) : value.shape;
}

/** `operand` with its axes in another order; orders that cancel out leave no trace. */
export function reordered(
  { value, order }: ComputedOperand,
  permutation: readonly number[],
): ComputedOperand {
  const combined = order ? permutation.map((axis) => order[axis]!) : permutation;
  return combined.every((axis, i) => axis === i)
    ? { kind: 'computed', value }
    : { kind: 'computed', value, order: combined };
}
