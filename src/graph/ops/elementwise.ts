/** @file What elementwise operators share: the shape rule of those with one input, and scalars to combine with. */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { float32, showType, type TensorType } from '../tensor.js';
import { mul } from './mul.js';

/** The type of an elementwise function of real numbers: that of its input, which must be float32. */
export function realType(op: string, x: TensorType): TensorType {
  if (x.dtype !== 'float32') throw internal(`${op} needs float32, not ${showType(x)}`);
  return x;
}

/** A float32 scalar, which broadcasts against any value. */
export function scalar(graph: Graph, value: number): Value {
  return graph.constant(float32([value], []));
}

/** `x` times a fixed number; `x` itself where that is 1. */
export function scaled(graph: Graph, x: Value, factor: number): Value {
  return factor === 1 ? x : mul(graph, x, scalar(graph, factor));
}
