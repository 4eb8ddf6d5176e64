/** @file How frameworks say what is added around an image before a window slides over it. */
import { extent, type Pads, type Pair } from '../graph/ops/window.js';
import type { Shape } from '../graph/tensor.js';

/**
 * `same`: TensorFlow's rule, by which the window has ⌈size / stride⌉ places, and what cannot be added evenly comes to
 * the bottom and the right. A number: that much on every side. Otherwise top, left, bottom, right.
 */
export type Padding = 'same' | number | Pads;

/** The rows and columns to add around `x`, [N,C,H,W]. */
export function padsOf(padding: Padding, x: Shape, kernel: Pair, strides: Pair): Pads {
  if (typeof padding === 'number') return [padding, padding, padding, padding];
  if (padding !== 'same') return padding;
  const window = extent({ kernel, dilations: [1, 1] });
  const missing = (axis: 0 | 1) => {
    const size = x[axis + 2]!;
    return Math.max(0, (Math.ceil(size / strides[axis]) - 1) * strides[axis] + window[axis] - size);
  };
  const [rows, columns] = [missing(0), missing(1)];
  return [Math.floor(rows / 2), Math.floor(columns / 2), Math.ceil(rows / 2), Math.ceil(columns / 2)];
}
