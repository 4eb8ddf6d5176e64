/** @file How frameworks say what is added around an image before a window slides over it. */
import type { Pads, Pair } from '../graph/ops/window.js';
import type { Shape } from '../graph/tensor.js';

/**
 * `same`: TensorFlow's rule, by which the window has ⌈size / stride⌉ places, and what cannot be added evenly comes to
 * the bottom and the right. `half`: half the window on every side, as PyTorch's networks have it. A number: that much on
 * every side. Otherwise top, left, bottom, right.
 */
export type Padding = 'same' | 'half' | number | Pads;

/** The rows and columns to add around images of shape [N,C,H,W]. */
export function padsOf(padding: Padding, images: Shape, kernel: Pair, strides: Pair): Pads {
  if (typeof padding === 'number') return [padding, padding, padding, padding];
  const [y, x] = [Math.floor(kernel[0] / 2), Math.floor(kernel[1] / 2)];
  if (padding === 'half') return [y, x, y, x];
  if (padding !== 'same') return padding;
  const missing = (axis: 0 | 1) => {
    const size = images[axis + 2]!;
    return Math.max(0, (Math.ceil(size / strides[axis]) - 1) * strides[axis] + kernel[axis] - size);
  };
  const [rows, columns] = [missing(0), missing(1)];
  return [Math.floor(rows / 2), Math.floor(columns / 2), Math.ceil(rows / 2), Math.ceil(columns / 2)];
}
