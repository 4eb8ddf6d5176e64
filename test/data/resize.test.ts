import fc from 'fast-check';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { resizeBilinear } from '../../src/data/resize.js';
import { Random } from '../../src/random.js';
import { fromBase64, golden, goldenJson } from './golden.js';

interface Case {
  readonly height: number;
  readonly width: number;
  readonly rgb: string;
  readonly to: readonly [number, number];
  readonly resized: readonly number[];
}

function noise(height: number, width: number, seed = 1) {
  const random = new Random(seed);
  return {
    height,
    width,
    data: Uint8Array.from({ length: height * width * 3 }, () => random.integer(0, 255)),
  };
}

describe("is PyTorch's bilinear interpolation, rounded", () => {
  test.each(goldenJson<Case[]>('resize.json'))(
    '$height × $width to $to',
    ({ height, width, rgb, to, resized }) => {
      const pixels = resizeBilinear({ height, width, data: fromBase64(rgb) }, ...to);
      expect(pixels.length).toBe(resized.length);
      const worst = Math.max(...resized.map((value, i) => Math.abs(value - pixels[i])));
      expect(worst).toBeLessThan(0.5005);
    },
  );
});

/** From rows of RGB to one plane per colour, or back. */
function transposed(values: ArrayLike<number>, rows: number, columns: number): Uint8Array {
  return Uint8Array.from(
    { length: rows * columns },
    (_, i) => values[(i % rows) * columns + Math.floor(i / rows)],
  );
}

// Elsewhere ONNX Runtime is compiled to fused multiply-adds, which decide exact ties otherwise.
test.runIf(process.arch === 'x64')("equals ONNX Runtime's Resize and Round in every byte (x64)", async () => {
  const session = await ort.InferenceSession.create(golden('resize.onnx'));
  const side = fc.integer({ min: 1, max: 97 });
  const sizes = fc
    .tuple(side, side, side, side, fc.constantFrom('any', 'same height', 'same width'))
    .map(([h, w, newH, newW, keep]) => [
      h,
      w,
      keep === 'same height' ? h : newH,
      keep === 'same width' ? w : newW,
    ]);
  const property = fc.asyncProperty(
    sizes,
    fc.integer(),
    async ([height, width, newHeight, newWidth], seed) => {
      const image = noise(height, width, seed);
      const { rounded } = await session.run({
        planes: new ort.Tensor('uint8', transposed(image.data, height * width, 3), [1, 3, height, width]),
        size: new ort.Tensor('int64', BigInt64Array.from([1, 3, newHeight, newWidth].map(BigInt))),
      });
      const expected = transposed(rounded.data as Float32Array, 3, newHeight * newWidth);
      expect(resizeBilinear(image, newHeight, newWidth)).toEqual(expected);
    },
  );
  await fc.assert(property, { numRuns: 80, seed: 1 });
});

test('ties go to the even number', () => {
  const image = { height: 1, width: 2, data: Uint8Array.from([0, 1, 2, 1, 2, 3]) };
  expect([...resizeBilinear(image, 1, 1)]).toEqual([0, 2, 2]); // of 0.5, 1.5, 2.5
});

test('the same size gives a copy', () => {
  const image = noise(6, 5);
  const copy = resizeBilinear(image, 6, 5);
  expect(copy).toEqual(image.data);
  copy[0] ^= 1;
  expect(copy).not.toEqual(image.data);
});

test('a single pixel fills any size', () => {
  const grown = resizeBilinear({ height: 1, width: 1, data: Uint8Array.from([7, 8, 9]) }, 3, 4);
  expect([...grown]).toEqual(new Array(12).fill([7, 8, 9]).flat());
});

test.each([
  [0, 5],
  [5, -1],
  [2.5, 5],
  [Number.NaN, 1],
])('refuses %f × %f', (height, width) => {
  expect(() => resizeBilinear(noise(2, 2), height, width)).toThrow(/a whole number from 1 is needed/);
});
