import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Augmentation, augment, checkAugmentOptions, drawAugmentation } from '../../src/data/augment.js';
import { Random } from '../../src/random.js';
import { fromBase64, goldenJson } from './golden.js';

const neutral: Augmentation = {
  flipHorizontal: false,
  flipVertical: false,
  shiftHeight: 0,
  shiftWidth: 0,
  zoom: 1,
};

function noise(height: number, width: number, seed = 1): Uint8Array {
  const random = new Random(seed);
  return Uint8Array.from({ length: height * width * 3 }, () => random.integer(0, 255));
}

function augmented(
  source: Uint8Array,
  height: number,
  width: number,
  draw: Partial<Augmentation>,
): Uint8Array {
  const output = new Uint8Array(source.length);
  augment(source, height, width, { ...neutral, ...draw }, output);
  return output;
}

/** The definition, pixel by pixel: no tables, no integers. */
function naive(source: Uint8Array, height: number, width: number, draw: Augmentation): number[] {
  const pixel = (y: number, x: number, c: number): number => {
    if (y < 0) return pixel(-1 - y, x, c);
    if (y >= height) return pixel(2 * height - 1 - y, x, c);
    if (x < 0) return pixel(y, -1 - x, c);
    if (x >= width) return pixel(y, 2 * width - 1 - x, c);
    return source[(y * width + x) * 3 + c];
  };
  const result: number[] = [];
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      let y = draw.zoom * i + ((height - 1) / 2) * (1 - draw.zoom) - draw.shiftHeight * height;
      let x = draw.zoom * j + ((width - 1) / 2) * (1 - draw.zoom) - draw.shiftWidth * width;
      if (draw.flipVertical) y = height - 1 - y;
      if (draw.flipHorizontal) x = width - 1 - x;
      const [y0, x0] = [Math.floor(y), Math.floor(x)];
      for (let c = 0; c < 3; c++) {
        const upper = pixel(y0, x0, c) * (1 - (x - x0)) + pixel(y0, x0 + 1, c) * (x - x0);
        const lower = pixel(y0 + 1, x0, c) * (1 - (x - x0)) + pixel(y0 + 1, x0 + 1, c) * (x - x0);
        result.push(upper * (1 - (y - y0)) + lower * (y - y0));
      }
    }
  }
  return result;
}

/** Half a grey level of rounding, and what weights in 1/2048 may add. */
const TOLERANCE = 0.5 + 0.125;

const size = fc.integer({ min: 1, max: 20 });
const fraction = fc.double({ min: -0.95, max: 0.95, noNaN: true });
const anyDraw = fc.record({
  flipHorizontal: fc.boolean(),
  flipVertical: fc.boolean(),
  shiftHeight: fraction,
  shiftWidth: fraction,
  zoom: fc.double({ min: 0.05, max: 1.95, noNaN: true }),
});

describe('the map', () => {
  test('agrees with the definition everywhere, far beyond the edges too', () => {
    fc.assert(
      fc.property(size, size, anyDraw, fc.integer(), (height, width, draw, seed) => {
        const source = noise(height, width, seed);
        const expected = naive(source, height, width, draw);
        augmented(source, height, width, draw).forEach((value, i) => {
          expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(TOLERANCE);
        });
      }),
    );
  });

  test('agrees with Keras', () => {
    interface Golden {
      readonly height: number;
      readonly width: number;
      readonly rgb: string;
      readonly cases: readonly { readonly draw: Augmentation; readonly pixels: readonly number[] }[];
    }
    const { height, width, rgb, cases } = goldenJson<Golden>('augmentation.json');
    expect(cases.length).toBe(13);
    for (const { draw, pixels } of cases) {
      const ours = augmented(fromBase64(rgb), height, width, draw);
      const worst = Math.max(...pixels.map((value, i) => Math.abs(value - ours[i])));
      expect(worst, JSON.stringify(draw)).toBeLessThanOrEqual(TOLERANCE);
    }
  });

  test('does nothing when there is nothing to do', () => {
    fc.assert(
      fc.property(size, size, fc.integer(), (height, width, seed) => {
        const source = noise(height, width, seed);
        expect(augmented(source, height, width, {})).toEqual(source);
      }),
    );
  });

  test('flips exactly, and twice is nothing', () => {
    fc.assert(
      fc.property(size, size, fc.boolean(), fc.boolean(), (height, width, flipHorizontal, flipVertical) => {
        const source = noise(height, width);
        const once = augmented(source, height, width, { flipHorizontal, flipVertical });
        const expected = naive(source, height, width, { ...neutral, flipHorizontal, flipVertical });
        expect([...once]).toEqual(expected);
        expect(augmented(once, height, width, { flipHorizontal, flipVertical })).toEqual(source);
      }),
    );
  });

  test('fills by reflection with the edge repeated: d c b a | a b c d | d c b a', () => {
    const row = Uint8Array.from([10, 20, 30, 40].flatMap((v) => [v, v, v]));
    const reds = (draw: Partial<Augmentation>) =>
      [...augmented(row, 1, 4, draw)].filter((_, i) => i % 3 === 0);
    expect(reds({ shiftWidth: 0.5 })).toEqual([20, 10, 10, 20]);
    expect(reds({ shiftWidth: -0.5 })).toEqual([30, 40, 40, 30]);
    expect(reds({ shiftWidth: 0.25, flipHorizontal: true })).toEqual([40, 40, 30, 20]);
  });

  test('a constant image stays constant', () => {
    fc.assert(
      fc.property(size, size, anyDraw, fc.integer({ min: 0, max: 255 }), (height, width, draw, grey) => {
        const source = new Uint8Array(height * width * 3).fill(grey);
        expect(augmented(source, height, width, draw)).toEqual(source);
      }),
    );
  });
});

describe('the draw', () => {
  const draws = Array.from({ length: 4000 }, (_, sample) => drawAugmentation({}, 7, 3, sample));
  const mean = (values: number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;

  test('depends on seed, epoch and sample, and on nothing else', () => {
    expect(drawAugmentation({}, 7, 3, 11)).toEqual(draws[11]);
    for (const other of [
      [8, 3, 11],
      [7, 4, 11],
      [7, 3, 12],
      [3, 7, 11],
    ] as const) {
      expect(drawAugmentation({}, other[0], other[1], other[2])).not.toEqual(draws[11]);
    }
  });

  test('is as published: half of all flipped either way, 10 % of shift and zoom, all of it used', () => {
    for (const key of ['flipHorizontal', 'flipVertical'] as const) {
      expect(mean(draws.map((draw) => Number(draw[key])))).toBeCloseTo(0.5, 1);
    }
    const both = draws.filter((draw) => draw.flipHorizontal && draw.flipVertical).length / draws.length;
    expect(both).toBeCloseTo(0.25, 1);
    const ranges: [keyof Augmentation, number][] = [
      ['shiftHeight', 0],
      ['shiftWidth', 0],
      ['zoom', 1],
    ];
    for (const [key, centre] of ranges) {
      const values = draws.map((draw) => Number(draw[key]) - centre);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(-0.1);
      expect(Math.min(...values)).toBeLessThan(-0.099);
      expect(Math.max(...values)).toBeLessThanOrEqual(0.1);
      expect(Math.max(...values)).toBeGreaterThan(0.099);
      expect(Math.abs(mean(values))).toBeLessThan(0.005);
    }
  });

  test('switching one part off leaves the others', () => {
    const all = draws[5];
    expect(drawAugmentation({ flip: 'none' }, 7, 3, 5)).toEqual({
      ...all,
      flipHorizontal: false,
      flipVertical: false,
    });
    expect(drawAugmentation({ flip: 'vertical' }, 7, 3, 5)).toEqual({ ...all, flipHorizontal: false });
    expect(drawAugmentation({ flip: 'horizontal' }, 7, 3, 5)).toEqual({ ...all, flipVertical: false });
    expect(drawAugmentation({ translate: 0 }, 7, 3, 5)).toEqual({ ...all, shiftHeight: 0, shiftWidth: 0 });
    expect(drawAugmentation({ zoom: 0 }, 7, 3, 5)).toEqual({ ...all, zoom: 1 });
  });

  test.each([
    [{ flip: 'sideways' as never }, /one of: both, horizontal, vertical, none/],
    [{ translate: 1 }, /translate is 1/],
    [{ zoom: -0.1 }, /zoom is -0.1/],
    [{ zoom: Number.NaN }, /zoom is NaN/],
  ])('refuses %j', (options, reason) => {
    expect(() => checkAugmentOptions(options)).toThrow(reason);
  });
});
