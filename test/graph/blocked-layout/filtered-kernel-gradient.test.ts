/** @file Gradients of kernels by minimal filtering are those that they take the place of. */
import { describe, expect, test } from 'vitest';
import { gradientFilteringOf } from '../../../src/graph/blocked-layout/filtering.js';
import type { Pads, Pair } from '../../../src/graph/ops/window.js';
import { block, blockedNames, expectSame, Sketch, unlessNone } from './both-forms.js';

interface Case {
  readonly channels: Pair;
  readonly size: Pair;
  readonly window: Pair;
  /** As large as it was, by default. */
  readonly pads?: Pads;
  readonly n?: number;
}

/** Between convolutions of one element, which have what is around the kernel in blocks. */
function sketchOf({ channels: [depth, filters], size: [height, width], window, pads, n = 4 }: Case): Sketch {
  const sketch = new Sketch();
  const x = sketch.images(depth, { n, height, width });
  const y = sketch.conv(x, filters, { size: window, ...(pads && { pads }) });
  sketch.outputGradients(sketch.conv(y, block, { size: [1, 1] }));
  return sketch;
}

describe.skipIf(block === 1)(`a filtered kernel gradient ${unlessNone}`, () => {
  const cases: Case[] = [
    { channels: [64, 64], size: [24, 24], window: [3, 3] },
    { channels: [64, 48], size: [21, 25], window: [3, 3], pads: [0, 1, 2, 1] },
    { channels: [52, 68], size: [23, 19], window: [3, 3], pads: [2, 0, 0, 2] },
    { channels: [48, 64], size: [20, 20], window: [5, 5] },
    { channels: [64, 48], size: [21, 18], window: [5, 5], pads: [0, 0, 0, 0] },
    { channels: [192, 192], size: [9, 12], window: [1, 7], n: 8 },
    { channels: [192, 192], size: [12, 9], window: [7, 1], n: 8 },
    { channels: [192, 164], size: [17, 18], window: [1, 7], pads: [0, 1, 0, 5] },
    { channels: [164, 192], size: [18, 17], window: [7, 1], pads: [5, 0, 1, 0] },
    { channels: [64, 64], size: [24, 24], window: [3, 5], n: 2 },
    { channels: [64, 64], size: [24, 24], window: [5, 3], n: 2 },
  ];

  test.each(cases)('%o', async (each) => {
    const sketch = sketchOf(each);
    expect(blockedNames(sketch)).toContain('MatMul');
    await expectSame(sketch, 2e-5);
  });
});

test('pays where the images are large beside the kernel', () => {
  const filtering = (n: number, channels: number, size: number, window: Pair = [3, 3], stride = 1) =>
    gradientFilteringOf(
      [n, channels, size, size],
      [channels, channels, ...window],
      {
        strides: [stride, 1],
        pads: [window[0] >> 1, window[1] >> 1, window[0] >> 1, window[1] >> 1],
        dilations: [1, 1],
        groups: 1,
      },
      16,
    );
  expect(filtering(8, 128, 24)).toEqual({ axis: 2, results: 6 });
  expect(filtering(8, 192, 9, [1, 7])).toEqual({ axis: 3, results: 3 });
  expect(filtering(8, 384, 4)).toBeUndefined();
  expect(filtering(1, 384, 9)).toBeUndefined();
  expect(filtering(8, 128, 24, [3, 3], 2)).toBeUndefined();
});
