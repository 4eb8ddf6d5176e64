/** @file Our own JPEG decoders: lossless ones against an encoder written here, lossy ones against libjpeg. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeDct } from '../../src/data/dicom/codecs/jpeg-dct.js';
import { readJpegFrame } from '../../src/data/dicom/codecs/jpeg-frame.js';
import { decodeLossless } from '../../src/data/dicom/codecs/jpeg-lossless.js';
import type { PixelDescription } from '../../src/data/dicom/description.js';
import { Random } from '../../src/random.js';

const sized = (rows: number, columns: number, samples: number) =>
  ({ rows, columns, samples }) as PixelDescription;

interface Lossless {
  readonly height: number;
  readonly width: number;
  readonly components: number;
  readonly precision: number;
  readonly predictor: number;
  /** Low bits left out. */
  readonly shift: number;
  /** Rows between restarts, 0 for none. */
  readonly restart: number;
}

/** A marker segment. */
const segment = (marker: number, ...content: number[]): number[] => {
  const length = content.length + 2;
  return [0xff, marker, length >> 8, length & 255, ...content];
};

/** ITU-T T.81, annex H, with a code of five bits for each length of difference: 0 to 16. */
function encodeLossless(values: ArrayLike<number>, picture: Lossless): Uint8Array {
  const { height, width, components, precision, predictor, shift, restart } = picture;
  const interval = restart * width;
  const ids = Array.from({ length: components }, (_, i) => i + 1);
  const bytes = [
    0xff,
    0xd8,
    ...segment(0xc4, 0, 0, 0, 0, 0, 17, ...new Array(11).fill(0), ...Array.from({ length: 17 }, (_, i) => i)),
    ...segment(
      0xc3,
      precision,
      height >> 8,
      height & 255,
      width >> 8,
      width & 255,
      components,
      ...ids.flatMap((id) => [id, 0x11, 0]),
    ),
    ...(restart > 0 ? segment(0xdd, interval >> 8, interval & 255) : []),
    ...segment(0xda, components, ...ids.flatMap((id) => [id, 0]), predictor, 0, shift),
  ];
  let bits = '';
  const flush = () => {
    bits += '1'.repeat((8 - (bits.length % 8)) % 8);
    for (let i = 0; i < bits.length; i += 8) {
      const byte = Number.parseInt(bits.slice(i, i + 8), 2);
      bytes.push(byte, ...(byte === 0xff ? [0] : []));
    }
    bits = '';
  };
  const at = (y: number, x: number, c: number) => values[(y * width + x) * components + c] >> shift;
  for (let y = 0; y < height; y++) {
    const isFirst = restart > 0 ? y % restart === 0 : y === 0;
    if (isFirst && y > 0) {
      flush();
      bytes.push(0xff, 0xd0 + ((y / restart - 1) % 8));
    }
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < components; c++) {
        const [a, b, d] = [
          x > 0 ? at(y, x - 1, c) : 0,
          y > 0 ? at(y - 1, x, c) : 0,
          x > 0 && y > 0 ? at(y - 1, x - 1, c) : 0,
        ];
        const inner = [0, a, b, d, a + b - d, a + ((b - d) >> 1), b + ((a - d) >> 1), (a + b) >> 1][
          predictor
        ];
        const start = 2 ** (precision - shift - 1);
        const prediction = isFirst ? (x === 0 ? start : a) : x === 0 ? b : inner;
        // Modulo 65,536, from −32,767 to 32,768.
        let difference = (((at(y, x, c) - prediction) % 65536) + 65536) % 65536;
        if (difference > 32768) difference -= 65536;
        const length = difference === 0 ? 0 : Math.floor(Math.log2(Math.abs(difference))) + 1;
        bits += length.toString(2).padStart(5, '0');
        if (length === 0 || length === 16) continue;
        bits += (difference > 0 ? difference : difference + 2 ** length - 1)
          .toString(2)
          .padStart(length, '0');
      }
    }
  }
  flush();
  return Uint8Array.from([...bytes, 0xff, 0xd9]);
}

test('lossless: whatever was encoded, with any predictor, depth, point transform and restarts', () => {
  const pictures = fc.record({
    height: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 9 }),
    components: fc.constantFrom(1, 3),
    precision: fc.integer({ min: 2, max: 16 }),
    predictor: fc.integer({ min: 1, max: 7 }),
    shift: fc.constantFrom(0, 0, 1),
    restart: fc.integer({ min: 0, max: 3 }),
  });
  fc.assert(
    fc.property(pictures, fc.integer({ min: 0 }), (picture, seed) => {
      const { height, width, components, precision, shift } = picture;
      const random = new Random(seed);
      const values = Uint16Array.from(
        { length: height * width * components },
        () => (random.integer(0, 2 ** precision - 1) >> shift) << shift,
      );
      const bytes = encodeLossless(values, picture);
      const frame = readJpegFrame(bytes, sized(height, width, components));
      expect([...decodeLossless(bytes, frame)]).toEqual([...values]);
    }),
    { seed: 1, numRuns: 300 },
  );
});

describe('lossy, as libjpeg reads it', () => {
  async function compare(bytes: Uint8Array, tolerance: number) {
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    const samples =
      info.channels === 3 && (await sharp(bytes).metadata()).space === 'b-w' ? 1 : info.channels;
    const ours = decodeDct(bytes, readJpegFrame(bytes, sized(info.height, info.width, samples)));
    expect(ours.length).toBe(info.width * info.height * samples);
    const step = info.channels / samples;
    const farthest = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - data[i * step])), 0);
    expect(farthest).toBeLessThanOrEqual(tolerance);
  }

  const random = new Random(3);
  const noise = (width: number, height: number) =>
    sharp(
      Uint8Array.from({ length: width * height }, (_, i) => 2 * (i % width) + random.integer(0, 90)),
      { raw: { width, height, channels: 1 } },
    );

  test.each([
    ['sequential', false],
    ['progressive', true],
  ])('%s, of sizes that do not fill blocks', async (_, progressive) => {
    for (const [width, height] of [
      [64, 48],
      [37, 29],
      [1, 1],
      [9, 100],
    ]) {
      const bytes = await noise(width, height)
        .toColourspace('b-w')
        .jpeg({ quality: 92, progressive, optimiseCoding: true })
        .toBuffer();
      await compare(bytes, 1);
    }
  });

  test.each(['sequential', 'progressive'])('%s, with restarts', async (kind) => {
    await compare(readFileSync(path.resolve(`test/golden/dicom/restarts-grey-${kind}.jpg`)), 1);
  });

  test('sequential and progressive, with restarts and shared chroma: the same coefficients', () => {
    const [a, b] = ['sequential', 'progressive'].map((kind) => {
      const bytes = readFileSync(path.resolve(`test/golden/dicom/restarts-colour-${kind}.jpg`));
      return decodeDct(bytes, readJpegFrame(bytes, sized(32, 36, 3)));
    });
    expect(a.length).toBe(32 * 36 * 3);
    expect(new Set(a).size).toBeGreaterThan(100);
    expect(b).toEqual(a);
  });
});
