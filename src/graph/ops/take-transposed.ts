/** @file The transpose of taking elements by a fixed index along some axes: every element gets the sum over its copies. */
import type { Graph, Value } from '../graph.js';
import { float32, type Shape } from '../tensor.js';
import { matmul } from './matmul.js';
import { transpose } from './transpose.js';

/**
 * Along every axis, adds element o of `dy` to element `sources[axis][o]` of the result, which has the given shape.
 * As products with matrices of zeros and ones: sums in a fixed order, and quick, as images are small per axis.
 */
export function takeTransposed(
  graph: Graph,
  dy: Value,
  sources: readonly (readonly number[])[],
  shape: Shape,
): Value {
  return sources.reduce((gradient, source, axis) => {
    const size = shape[axis]!;
    if (source.length === size && source.every((from, to) => from === to)) return gradient;
    const matrix = new Float32Array(source.length * size);
    source.forEach((from, to) => {
      matrix[to * size + from] = 1;
    });
    const last = shape.map((_, i) => i);
    [last[axis], last[shape.length - 1]] = [shape.length - 1, axis];
    const swap = (value: Value) => (axis === shape.length - 1 ? value : transpose(graph, value, last));
    return swap(matmul(graph, swap(gradient), graph.constant(float32(matrix, [source.length, size]))));
  }, dy);
}
