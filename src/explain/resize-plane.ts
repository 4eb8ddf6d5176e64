/** @file Bilinear resizing of one plane of numbers, with half-pixel centres as images are resized. */
import type { Heatmap } from './maps.js';

/** @returns [height, width], rows from the top */
export function resizePlane(plane: Heatmap, height: number, width: number): Float32Array {
  const rows = neighbours(plane.height, height);
  const columns = neighbours(plane.width, width);
  const { values } = plane;
  const at = (row: number, column: number) => values[row * plane.width + column]!;
  const output = new Float32Array(height * width);
  rows.forEach(([top, bottom, down], y) => {
    columns.forEach(([left, right, along], x) => {
      const above = at(top, left) * (1 - along) + at(top, right) * along;
      const below = at(bottom, left) * (1 - along) + at(bottom, right) * along;
      output[y * width + x] = above * (1 - down) + below * down;
    });
  });
  return output;
}

/** For each position along an axis: its two neighbours in the input, and how near it is to the second, 0 to 1. */
function neighbours(input: number, output: number): [first: number, second: number, share: number][] {
  return Array.from({ length: output }, (_, i) => {
    const centre = ((i + 0.5) * input) / output - 0.5;
    const at = Math.min(Math.max(centre, 0), input - 1);
    const first = Math.floor(at);
    return [first, Math.min(first + 1, input - 1), at - first];
  });
}
