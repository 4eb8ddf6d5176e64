/** @file Samples of one frame as numbers: from native bytes, and with all but the stored bits masked away. */
import { Refusal } from '../refusal.js';
import type { PixelDescription } from './description.js';

export type SampleArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** What a codec makes of a frame: [rows, columns, samples]. */
export interface DecodedFrame {
  readonly data: SampleArray;
  /** Bits of a value, where the codec says so: they begin at the lowest. Lossy codecs may use more than are stored. */
  readonly precision?: number;
  /** Whether colour has already been made RGB. */
  readonly isRgb?: boolean;
}

/** Native pixels, colour pixel by pixel or plane by plane. */
export function nativeSamples(
  bytes: Uint8Array,
  description: PixelDescription,
  little: boolean,
): SampleArray {
  const { rows, columns, samples, allocated, floating, planar } = description;
  const count = rows * columns * samples;
  if (allocated === 1) return Uint8Array.from({ length: count }, (_, i) => (bytes[i >> 3] >> (i & 7)) & 1);
  const values = numbers(bytes, count, allocated, floating, little);
  return planar && samples > 1 ? interleave(values, samples) : values;
}

function numbers(bytes: Uint8Array, count: number, bits: number, floating: boolean, little: boolean) {
  if (bits === 8) return bytes.subarray(0, count);
  const size = bits / 8;
  // A copy, because numbers must begin at a multiple of their size.
  const copy = bytes.slice(0, count * size);
  if (!little) reverseEach(copy, size);
  if (floating) return bits === 32 ? new Float32Array(copy.buffer) : new Float64Array(copy.buffer);
  return bits === 16 ? new Uint16Array(copy.buffer) : new Uint32Array(copy.buffer);
}

function reverseEach(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/** Plane after plane → pixel after pixel. */
export function interleave<T extends SampleArray>(planes: T, samples: number): T {
  const pixels = planes.length / samples;
  const result = new (planes.constructor as new (length: number) => T)(planes.length);
  for (let sample = 0; sample < samples; sample++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      result[pixel * samples + sample] = planes[sample * pixels + pixel];
    }
  }
  return result;
}

/**
 * The stored bits as numbers: others masked away, the sign extended.
 * @param stored bits of the value
 * @param highBit the position of its highest
 */
export function storedValues(
  data: SampleArray,
  stored: number,
  highBit: number,
  signed: boolean,
): SampleArray {
  if (data instanceof Float32Array || data instanceof Float64Array) return data;
  const bits = data.BYTES_PER_ELEMENT * 8;
  const low = highBit + 1 - stored;
  if (low < 0 || highBit >= 32) throw new Refusal('its bits do not fit its samples');
  const isUnsigned = data instanceof Uint8Array || data instanceof Uint16Array || data instanceof Uint32Array;
  if (stored >= bits && isUnsigned !== signed) return data;
  const result = new (signed ? signedArray(bits) : unsignedArray(bits))(data.length);
  // Up against the sign bit, and back down: what lies above is lost, and the sign extends by itself.
  const up = 31 - highBit;
  const down = 32 - stored;
  if (signed) for (let i = 0; i < data.length; i++) result[i] = (data[i] << up) >> down;
  else for (let i = 0; i < data.length; i++) result[i] = (data[i] << up) >>> down;
  return result;
}

const signedArray = (bits: number) => (bits === 8 ? Int8Array : bits === 16 ? Int16Array : Int32Array);
const unsignedArray = (bits: number) => (bits === 8 ? Uint8Array : bits === 16 ? Uint16Array : Uint32Array);
