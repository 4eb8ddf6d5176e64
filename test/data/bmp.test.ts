import { expect, test } from 'vitest';
import { decodeBitmap } from '../../src/data/bmp.js';

interface Parts {
  width: number;
  height: number;
  bits: number;
  compression?: number;
  /** Bytes between header and pixels: masks and palette. */
  between?: number[];
  pixels: number[];
  colours?: number;
  /** Unused bytes before the pixels. */
  gap?: number;
}

function bitmap({ width, height, bits, compression = 0, between = [], pixels, colours = 0, gap = 0 }: Parts) {
  const header = Buffer.alloc(54);
  header.write('BM');
  header.writeUInt32LE(54 + between.length + gap, 10);
  header.writeUInt32LE(40, 14);
  header.writeInt32LE(width, 18);
  header.writeInt32LE(height, 22);
  header.writeUInt16LE(1, 26);
  header.writeUInt16LE(bits, 28);
  header.writeUInt32LE(compression, 30);
  header.writeUInt32LE(colours, 46);
  return Buffer.concat([header, Buffer.from([...between, ...new Array(gap).fill(0xee), ...pixels])]);
}

const words = (...values: number[]) => values.flatMap((value) => [value & 255, (value >> 8) & 255]);
const dwords = (...values: number[]) => values.flatMap((value) => [...words(value), ...words(value >>> 16)]);
const decode = (parts: Parts) => [...decodeBitmap(bitmap(parts), 1e6).data];

// Blue, green, red, unused: the colours 0 to 3 are red 10, 20, 30, 40.
const palette = [10, 20, 30, 40].flatMap((red) => [0, 0, red, 0]);
const reds = (rgb: number[]) => rgb.filter((_, i) => i % 3 === 0);

test('rows go upwards, or downwards where the height is negative', () => {
  const pixels = [1, 2, 3, 0, 4, 5, 6, 0];
  expect(decode({ width: 1, height: 2, bits: 24, pixels })).toEqual([6, 5, 4, 3, 2, 1]);
  expect(decode({ width: 1, height: -2, bits: 24, pixels })).toEqual([3, 2, 1, 6, 5, 4]);
});

test('pixels begin where the header says', () => {
  expect(decode({ width: 1, height: 1, bits: 24, pixels: [1, 2, 3, 0], gap: 5 })).toEqual([3, 2, 1]);
});

test('4 bits, odd width, short palette', () => {
  const parts = { width: 3, height: 2, bits: 4, between: palette, colours: 4 };
  expect(reds(decode({ ...parts, pixels: [0x01, 0x20, 0, 0, 0x32, 0x10, 0, 0] }))).toEqual([
    40, 30, 20, 10, 20, 30,
  ]);
});

test('16 bits are 5-5-5 by default and reach 255', () => {
  const pixels = words(0x7fff, 0x7c00, 0x03e0, 0x0010);
  expect(decode({ width: 4, height: 1, bits: 16, pixels })).toEqual([
    255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 132,
  ]);
});

test('16 bits with 5-6-5 fields', () => {
  const parts = { width: 2, height: 1, bits: 16, compression: 3, between: dwords(0xf800, 0x07e0, 0x001f) };
  expect(decode({ ...parts, pixels: words(0xf81f, 0x0400) })).toEqual([255, 0, 255, 0, 130, 0]);
});

test('32 bits with the highest bit used', () => {
  const parts = {
    width: 1,
    height: 1,
    bits: 32,
    compression: 3,
    between: dwords(0xff000000, 0xff0000, 0xff00),
  };
  expect(decode({ ...parts, pixels: dwords(0x80402000) })).toEqual([0x80, 0x40, 0x20]);
});

test('OS/2 headers with three-byte palettes', () => {
  const file = Buffer.alloc(26 + 6 + 4);
  file.write('BM');
  file.writeUInt32LE(32, 10);
  file.writeUInt32LE(12, 14);
  file.writeUInt16LE(2, 18);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 24);
  file.set([1, 2, 3, 4, 5, 6, 0b01000000], 26);
  expect([...decodeBitmap(file, 1e6).data]).toEqual([3, 2, 1, 6, 5, 4]);
});

test('8-bit run lengths: runs, literals with padding, jumps, ends of lines', () => {
  const parts = { width: 4, height: 3, bits: 8, compression: 1, between: palette, colours: 4 };
  const bottom = [3, 1, 0, 0]; // 1 1 1 ·
  const middle = [0, 3, 1, 2, 3, 0, 0, 0]; // 1 2 3 ·
  const top = [0, 2, 2, 0, 1, 3, 0, 1]; // · · 3
  expect(reds(decode({ ...parts, pixels: [...bottom, ...middle, ...top] }))).toEqual([
    ...[0, 0, 40, 0],
    ...[20, 30, 40, 0],
    ...[20, 20, 20, 0],
  ]);
});

test('4-bit run lengths alternate two colours', () => {
  const parts = { width: 5, height: 2, bits: 4, compression: 2, between: palette, colours: 4 };
  const pixels = [5, 0x12, 0, 0, 0, 5, 0x01, 0x23, 0x10, 0, 0, 1];
  expect(reds(decode({ ...parts, pixels }))).toEqual([10, 20, 30, 40, 20, 20, 30, 20, 30, 20]);
});

test.each<[string, Partial<Parts>, RegExp]>([
  ['no width', { width: 0 }, /its size is 0 × 1/],
  ['too many pixels', { width: 4000, height: 4000 }, /4000 × 4000 pixels, too many/],
  ['odd bits', { bits: 5 }, /5 bits per pixel/],
  ['rows missing', { height: 9 }, /cut short/],
  ['JPEG inside', { compression: 4 }, /compression \(4\) is not supported/],
  ['run lengths of the wrong depth', { compression: 1 }, /disagree/],
  ['a run beyond the row', { bits: 8, compression: 1, pixels: [9, 1, 0, 1] }, /leave the image/],
  ['run lengths without end', { bits: 8, compression: 1, pixels: [1, 1] }, /cut short/],
])('refuses %s', (_, change, reason) => {
  const parts = { width: 1, height: 1, bits: 24, pixels: [1, 2, 3, 0] };
  expect(() => decode({ ...parts, ...change })).toThrow(reason);
});
