import { describe, expect, it } from 'vitest';
import { padsOf } from '../../src/models/padding.js';

describe('padding', () => {
  it.each([
    { size: 8, kernel: 3, stride: 1, before: 1, after: 1 },
    { size: 8, kernel: 3, stride: 2, before: 0, after: 1 },
    { size: 7, kernel: 3, stride: 2, before: 1, after: 1 },
    { size: 8, kernel: 5, stride: 2, before: 1, after: 2 },
    { size: 7, kernel: 5, stride: 2, before: 2, after: 2 },
    { size: 8, kernel: 1, stride: 2, before: 0, after: 0 },
    { size: 8, kernel: 2, stride: 1, before: 0, after: 1 },
  ])(
    'as TensorFlow’s SAME: $size pixels, window $kernel, stride $stride',
    ({ size, kernel, stride, before, after }) => {
      const pads = padsOf('same', [1, 3, size, 8], [kernel, 1], [stride, 1]);
      expect(pads).toEqual([before, 0, after, 0]);
      expect(Math.floor((size + before + after - kernel) / stride) + 1).toBe(Math.ceil(size / stride));
    },
  );

  it('as a number or a list says it', () => {
    expect(padsOf(2, [1, 3, 8, 8], [3, 3], [1, 1])).toEqual([2, 2, 2, 2]);
    expect(padsOf([0, 0, 1, 1], [1, 3, 8, 8], [3, 3], [2, 2])).toEqual([0, 0, 1, 1]);
  });
});
