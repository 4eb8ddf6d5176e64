/** @file PNG of every kind as 8-bit RGB, to the bits that Node's decoder gives; a canvas would round, or blur on purpose. */
import { type DecodedPng, decode } from 'fast-png';
import { toRgb } from '../../data/rgb.js';
import type { RgbImage } from '../../data/types.js';

/** Where the size stands in every PNG: its header is the first chunk. */
const WIDTH = 16;

/**
 * Grey, colour and palettes of 1 to 16 bits; 16-bit values v become round(v / 257), transparent pixels are composited on
 * black.
 * @param check told the size before anything is decoded; it throws where that is too large
 * @throws Error saying what is wrong with the bytes
 */
export function decodePng(bytes: Uint8Array, check: (width: number, height: number) => void): RgbImage {
  if (bytes.length < WIDTH + 8) throw new Error('it ends within its header');
  const header = new DataView(bytes.buffer, bytes.byteOffset);
  check(header.getUint32(WIDTH), header.getUint32(WIDTH + 4));
  const png = decode(bytes, { checkCrc: true });
  const { width, height, depth, channels, palette, transparency } = png;
  const scale = depth === 16 ? 257 : 1;
  if (channels === 3 && !transparency) {
    const values = png.data as Uint8Array | Uint16Array;
    return { width, height, data: depth === 8 ? Uint8Array.from(values) : toRgb(values, 3, scale) };
  }
  return { width, height, data: toRgb(palette ? fromPalette(png) : withAlpha(png), 4, scale) };
}

function fromPalette(png: DecodedPng): Uint8Array {
  const indices = samplesOf(png);
  const values = new Uint8Array(png.width * png.height * 4);
  for (let i = 0; i < indices.length; i++) {
    const [red = 0, green = 0, blue = 0, alpha = 255] = png.palette![indices[i]!] ?? [];
    values[i * 4] = red;
    values[i * 4 + 1] = green;
    values[i * 4 + 2] = blue;
    values[i * 4 + 3] = alpha;
  }
  return values;
}

/** Grey, grey and alpha, RGB with a transparent colour, or RGBA: all as RGBA of the same depth. */
function withAlpha(png: DecodedPng): Uint8Array | Uint16Array {
  const { width, height, depth, channels, transparency } = png;
  const samples = samplesOf(png);
  const pixels = width * height;
  const opaque = depth === 16 ? 65_535 : 255;
  const stretch = depth < 8 ? 255 / (2 ** depth - 1) : 1;
  const values = new (depth === 16 ? Uint16Array : Uint8Array)(pixels * 4);
  const colours = channels < 3 ? 1 : 3;
  for (let i = 0; i < pixels; i++) {
    const at = i * channels;
    let isKey = transparency !== undefined && channels === colours;
    for (let c = 0; c < 3; c++) {
      const value = samples[at + (colours === 1 ? 0 : c)]!;
      if (isKey && value !== transparency![colours === 1 ? 0 : c]) isKey = false;
      values[i * 4 + c] = value * stretch;
    }
    values[i * 4 + 3] = channels > colours ? samples[at + colours]! : isKey ? 0 : opaque;
  }
  return values;
}

/** The samples one by one; those of 1, 2 or 4 bits lie packed, each row beginning with a byte. */
function samplesOf({ width, height, depth, data }: DecodedPng): Uint8Array | Uint16Array {
  if (depth >= 8) return data as Uint8Array | Uint16Array;
  const rowBytes = Math.ceil((width * depth) / 8);
  const most = 2 ** depth - 1;
  const values = new Uint8Array(width * height);
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      values[o++] = (data[y * rowBytes + (bit >> 3)]! >> (8 - depth - (bit & 7))) & most;
    }
  }
  return values;
}
