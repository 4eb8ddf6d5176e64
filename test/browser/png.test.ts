/** @file PNG in the browser gives the bits that sharp gives in Node. */
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodePng } from '../../src/browser/engine/png.js';
import { decodeImage } from '../../src/data/index.js';
import { Random } from '../../src/random.js';

const [width, height] = [13, 9];

function noise(channels: number, most: number, seed = 1): number[] {
  const random = new Random(seed);
  return Array.from({ length: width * height * channels }, () => random.integer(0, most));
}

const bytes = (channels: 1 | 2 | 3 | 4, seed?: number) =>
  sharp(Uint8Array.from(noise(channels, 255, seed)), { raw: { width, height, channels } });

const words = (channels: 1 | 2 | 3 | 4) =>
  sharp(Uint16Array.from(noise(channels, 65_535)), { raw: { width, height, channels } });

const flat = (colours: number) =>
  sharp(
    Uint8Array.from(noise(1, colours - 1), (v) => (v * 255) / (colours - 1)),
    { raw: { width, height, channels: 1 } },
  );

const cases: Record<string, () => Promise<Buffer>> = {
  'RGB, 8 bits': () => bytes(3).png().toBuffer(),
  'RGB, interlaced': () => bytes(3).png({ progressive: true }).toBuffer(),
  'RGBA, 8 bits': () => bytes(4).png().toBuffer(),
  'grey, 8 bits': () => bytes(1).toColourspace('b-w').png().toBuffer(),
  'grey and alpha, 8 bits': () => bytes(2).toColourspace('b-w').png().toBuffer(),
  'RGB, 16 bits': () => words(3).toColourspace('rgb16').png().toBuffer(),
  'RGBA, 16 bits': () => words(4).toColourspace('rgb16').png().toBuffer(),
  'grey, 16 bits': () => words(1).toColourspace('grey16').png().toBuffer(),
  'palette, 8 bits': () => bytes(3).png({ palette: true, colours: 100 }).toBuffer(),
  'palette, 4 bits': () => bytes(3).png({ palette: true, colours: 16 }).toBuffer(),
  'palette, 2 bits': () => bytes(3).png({ palette: true, colours: 4 }).toBuffer(),
  'palette, 1 bit': () => bytes(3).png({ palette: true, colours: 2 }).toBuffer(),
  'palette with alpha': () => bytes(4).png({ palette: true, colours: 50 }).toBuffer(),
  'grey in a palette': () => flat(2).png({ palette: true, colours: 2 }).toBuffer(),
};

describe('PNG equals what Node reads', () => {
  test.each(Object.entries(cases))('%s', async (_, make) => {
    const png = new Uint8Array(await make());
    const expected = await decodeImage(png);
    const found = decodePng(png, () => {});
    expect([found.width, found.height]).toEqual([expected.width, expected.height]);
    expect(Buffer.from(found.data).equals(Buffer.from(expected.data))).toBe(true);
  });

  test('what is cut short, damaged or too large is refused', async () => {
    const png = new Uint8Array(await bytes(3).png().toBuffer());
    expect(() => decodePng(png.slice(0, 20), () => {})).toThrow();
    expect(() => decodePng(png.slice(0, -30), () => {})).toThrow();
    const damaged = png.slice();
    damaged[png.length - 40]! ^= 1;
    expect(() => decodePng(damaged, () => {})).toThrow();
    const refuse = (w: number, h: number) => {
      throw new Error(`${w}×${h} is too large`);
    };
    expect(() => decodePng(png, refuse)).toThrow('13×9 is too large');
  });
});
