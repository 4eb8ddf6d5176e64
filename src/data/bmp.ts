/**
 * @file Windows bitmaps: 1, 4, 8, 16, 24 and 32 bits, bit fields, run lengths, either row order.
 * sharp has no reader for them. Layout: Microsoft's BITMAPFILEHEADER and BITMAPINFOHEADER (versions 1 to 5) and
 * the older BITMAPCOREHEADER.
 */
import type { RgbImage } from './types.js';

interface BitmapHeader {
  readonly width: number;
  readonly height: number;
  readonly topDown: boolean;
  readonly bits: number;
  readonly compression: number;
  /** Where the pixels begin. */
  readonly offset: number;
  /** Red, green, blue masks of 16- and 32-bit pixels. */
  readonly masks: readonly number[];
  /** RGB triplets. */
  readonly palette: Uint8Array;
}

const RGB = 0;
const RLE8 = 1;
const RLE4 = 2;
const BIT_FIELDS = 3;
const ALPHA_BIT_FIELDS = 6;

/**
 * Alpha, where there is any, is ignored: most writers leave that byte zero.
 *
 * @throws Error saying what is wrong with the bytes; the caller knows the file's name
 */
export function decodeBitmap(bytes: Uint8Array, maxPixels: number): RgbImage {
  const header = readHeader(bytes);
  const { width, height, compression, bits } = header;
  if (![1, 4, 8, 16, 24, 32].includes(bits)) throw new Error(`it has ${bits} bits per pixel`);
  if (width < 1 || height < 1) throw new Error(`its size is ${width} × ${height}`);
  if (width * height > maxPixels) throw new Error(`it has ${width} × ${height} pixels, too many`);
  const data = new Uint8Array(width * height * 3);
  if (compression === RLE8 || compression === RLE4) readRunLengths(bytes, header, data);
  else readRows(bytes, header, data);
  return { width, height, data };
}

function readHeader(bytes: Uint8Array): BitmapHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const offset = view.getUint32(10, true);
    const size = view.getUint32(14, true);
    if (size === 12) {
      const bits = view.getUint16(24, true);
      const palette = readPalette(bytes, 26, bits <= 8 ? 1 << bits : 0, 3);
      const width = view.getUint16(18, true);
      const height = view.getUint16(20, true);
      return {
        width,
        height,
        topDown: false,
        bits,
        compression: RGB,
        offset,
        masks: defaultMasks(bits),
        palette,
      };
    }
    const signedHeight = view.getInt32(22, true);
    const bits = view.getUint16(28, true);
    const compression = view.getUint32(30, true);
    const hasMasks = compression === BIT_FIELDS || compression === ALPHA_BIT_FIELDS;
    const masks = hasMasks ? [54, 58, 62].map((at) => view.getUint32(at, true)) : defaultMasks(bits);
    // Version 1 headers are followed by the masks; later ones contain them.
    const maskBytes = size === 40 && hasMasks ? (compression === BIT_FIELDS ? 12 : 16) : 0;
    const colours = bits <= 8 ? view.getUint32(46, true) || 1 << bits : 0;
    return {
      width: view.getInt32(18, true),
      height: Math.abs(signedHeight),
      topDown: signedHeight < 0,
      bits,
      compression,
      offset,
      masks,
      palette: readPalette(bytes, 14 + size + maskBytes, Math.min(colours, 256), 4),
    };
  } catch (cause) {
    throw cause instanceof RangeError ? new Error('its header is cut short', { cause }) : cause;
  }
}

function defaultMasks(bits: number): number[] {
  return bits === 16 ? [0x7c00, 0x03e0, 0x001f] : [0xff0000, 0xff00, 0xff];
}

function readPalette(bytes: Uint8Array, start: number, colours: number, stride: 3 | 4): Uint8Array {
  const palette = new Uint8Array(colours * 3);
  for (let i = 0; i < colours; i++) {
    for (let c = 0; c < 3; c++) palette[i * 3 + c] = bytes[start + i * stride + 2 - c];
  }
  return palette;
}

function readRows(bytes: Uint8Array, header: BitmapHeader, data: Uint8Array) {
  const { width, height, bits, topDown, offset, palette, compression } = header;
  if (compression !== RGB && compression !== BIT_FIELDS && compression !== ALPHA_BIT_FIELDS) {
    throw new Error(`its compression (${compression}) is not supported`);
  }
  const stride = ((width * bits + 31) >> 5) * 4;
  if (offset + stride * height > bytes.length) throw new Error('it is cut short');
  const channels = header.masks.map(channelReader);
  for (let row = 0; row < height; row++) {
    const line = offset + row * stride;
    let o = (topDown ? row : height - 1 - row) * width * 3;
    for (let x = 0; x < width; x++, o += 3) {
      if (bits <= 8) {
        const byte = bytes[line + ((x * bits) >> 3)];
        const index = (byte >> (8 - bits - ((x * bits) & 7))) & ((1 << bits) - 1);
        for (let c = 0; c < 3; c++) data[o + c] = palette[index * 3 + c];
      } else if (bits === 24) {
        for (let c = 0; c < 3; c++) data[o + c] = bytes[line + x * 3 + 2 - c];
      } else {
        let pixel = 0;
        for (let b = bits / 8 - 1; b >= 0; b--)
          pixel = ((pixel << 8) | bytes[line + (x * bits) / 8 + b]) >>> 0;
        for (let c = 0; c < 3; c++) data[o + c] = channels[c](pixel);
      }
    }
  }
}

/** Cuts one channel out of a pixel and scales it to 0…255. */
function channelReader(mask: number): (pixel: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const largest = mask >>> shift;
  return (pixel) => Math.round((((pixel & mask) >>> shift) * 255) / largest);
}

/** Pairs of (count, colour); a count of 0 introduces an end of line, an end of image, a jump, or literal pixels. */
function readRunLengths(bytes: Uint8Array, header: BitmapHeader, data: Uint8Array) {
  const { width, height, topDown, palette, compression, bits } = header;
  if (bits !== (compression === RLE8 ? 8 : 4))
    throw new Error('its compression and its bits per pixel disagree');
  let at = header.offset;
  let x = 0;
  let y = 0;
  const next = () => {
    if (at >= bytes.length) throw new Error('it is cut short');
    return bytes[at++];
  };
  const put = (index: number) => {
    if (x >= width || y >= height) throw new Error('its run lengths leave the image');
    const o = ((topDown ? y : height - 1 - y) * width + x++) * 3;
    for (let c = 0; c < 3; c++) data[o + c] = palette[index * 3 + c];
  };
  const nibble = (byte: number, i: number) => (i & 1 ? byte & 15 : byte >> 4);
  while (true) {
    const count = next();
    const value = next();
    if (count > 0) {
      for (let i = 0; i < count; i++) put(bits === 8 ? value : nibble(value, i));
    } else if (value === 0) {
      x = 0;
      y++;
    } else if (value === 1) {
      return;
    } else if (value === 2) {
      x += next();
      y += next();
    } else {
      const literal = Array.from({ length: bits === 8 ? value : (value + 1) >> 1 }, next);
      for (let i = 0; i < value; i++) put(bits === 8 ? literal[i] : nibble(literal[i >> 1], i));
      if (literal.length & 1) next();
    }
  }
}
