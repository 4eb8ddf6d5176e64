/** @file Colour of any kind to 8-bit RGB: depth, luminance and chroma, palettes. */
import { Refusal } from '../refusal.js';
import { type Attributes, type Tag, wordsOf } from './attributes.js';
import type { Photometric, PixelDescription } from './description.js';
import type { SampleArray } from './samples.js';

/** Colour samples of `bits` bits each → 8 bits, rounded. */
export function toBytes(data: SampleArray, bits: number): Uint8Array {
  if (bits === 8 && data instanceof Uint8Array) return data;
  const scale = 255 / (2 ** bits - 1);
  return Uint8Array.from(data, (value) => Math.round(Math.min(255, Math.max(0, value * scale))));
}

/** Luminance and chroma [n, 3], in place → RGB, as PS3.3, C.7.6.3.1.2 defines each. */
export function yccToRgb(pixels: Uint8Array, photometric: Photometric): Uint8Array {
  const isPartial = photometric === 'YBR_PARTIAL_422';
  const [offset, luminance, chroma] = isPartial ? [16, 255 / 219, 255 / 224] : [0, 1, 1];
  const rgb = new Uint8ClampedArray(pixels.length);
  for (let i = 0; i < pixels.length; i += 3) {
    const y = (pixels[i] - offset) * luminance;
    const cb = (pixels[i + 1] - 128) * chroma;
    const cr = (pixels[i + 2] - 128) * chroma;
    // An array of clamped bytes rounds by itself.
    rgb[i] = y + 1.402 * cr;
    rgb[i + 1] = y - 0.344136 * cb - 0.714136 * cr;
    rgb[i + 2] = y + 1.772 * cb;
  }
  return new Uint8Array(rgb.buffer);
}

/** Native pixels whose chroma is shared by pairs, Y Y Cb Cr → Y Cb Cr for each. */
export function unshareChroma(bytes: Uint8Array, { rows, columns }: PixelDescription): Uint8Array {
  if (columns % 2 !== 0) throw new Refusal('its pixels share chroma in pairs, but its Columns are odd');
  const pixels = new Uint8Array(rows * columns * 3);
  for (let from = 0, to = 0; to < pixels.length; from += 4, to += 6) {
    const [first, second, cb, cr] = bytes.subarray(from, from + 4);
    pixels.set([first, cb, cr, second, cb, cr], to);
  }
  return pixels;
}

interface PaletteTags {
  readonly descriptor: Tag;
  readonly plain: Tag;
  readonly segmented: Tag;
}

const paletteTags: readonly PaletteTags[] = [1, 2, 3].map((n) => ({
  descriptor: `x0028110${n}`,
  plain: `x0028120${n}`,
  segmented: `x0028122${n}`,
}));

/** Palette indices → RGB through the file's three lookup tables (PS3.3, C.7.6.3.1.5 and C.7.9). */
export function paletteToRgb(
  indices: SampleArray,
  attributes: Attributes,
  signed: boolean,
  little: boolean,
): Uint8Array {
  const channels = paletteTags.map((tags) => readPalette(tags, attributes, signed, little));
  // Tables of 16 bits are to use all of them; some hold 8-bit values.
  const isNarrow = channels.every(({ values }) => values.every((value) => value <= 255));
  const rgb = new Uint8Array(indices.length * 3);
  channels.forEach(({ first, values }, channel) => {
    const bytes = Uint8Array.from(values, (value) => (isNarrow ? value : value >> 8));
    const last = bytes.length - 1;
    for (let i = 0; i < indices.length; i++) {
      rgb[i * 3 + channel] = bytes[Math.min(last, Math.max(0, indices[i] - first))];
    }
  });
  return rgb;
}

function readPalette(
  { descriptor, plain, segmented }: PaletteTags,
  attributes: Attributes,
  signed: boolean,
  little: boolean,
) {
  const [entries, first, bits] = attributes.words(descriptor) ?? [];
  if (bits !== 8 && bits !== 16) throw new Refusal('its palette is missing or damaged');
  const length = entries || 2 ** 16;
  const bytes = attributes.bytes(plain);
  const values = bytes
    ? plainValues(bytes, length, bits, little)
    : expandSegments(attributes.words(segmented) ?? new Uint16Array(), length);
  if (values.length < length) throw new Refusal('its palette is shorter than it claims');
  return { first: signed ? (first << 16) >> 16 : first, values: values.subarray(0, length) };
}

/** Tables of 8 bits may have two values to a word. */
function plainValues(bytes: Uint8Array, length: number, bits: 8 | 16, little: boolean): Uint16Array {
  const words = wordsOf(bytes, little);
  if (bits === 16 || words.length >= length) return words;
  return Uint16Array.from({ length: bytes.length }, (_, i) => (words[i >> 1] >> ((i & 1) * 8)) & 255);
}

const DISCRETE = 0;
const LINEAR = 1;
const INDIRECT = 2;

/**
 * Segments, each an opcode, a length and its data (PS3.3, C.7.9.2): values as they are; a straight line from the last
 * value; segments that came before, once more.
 */
function expandSegments(words: Uint16Array, length: number): Uint16Array {
  const values = new Uint16Array(length);
  let filled = 0;
  const put = (value: number) => {
    if (filled < length) values[filled++] = value;
  };
  /** @param most segments to expand, -1 for all that there are */
  const expand = (from: number, most: number, mayRepeat: boolean) => {
    let at = from;
    for (let n = 0; n !== most && at + 1 < words.length && filled < length; n++) {
      const [opcode, count] = [words[at], words[at + 1]];
      at += 2;
      if (opcode === DISCRETE) {
        for (const value of words.subarray(at, at + count)) put(value);
        at += count;
      } else if (opcode === LINEAR && filled > 0 && at < words.length) {
        const [before, target] = [values[filled - 1], words[at++]];
        for (let i = 1; i <= count; i++) put(Math.round(before + ((target - before) * i) / count));
      } else if (opcode === INDIRECT && mayRepeat && at + 1 < words.length) {
        // The place is in bytes.
        expand((words[at] | (words[at + 1] << 16)) >>> 1, count, false);
        at += 2;
      } else throw new Refusal('its palette is damaged');
    }
  };
  expand(0, -1, true);
  return values.subarray(0, filled);
}
