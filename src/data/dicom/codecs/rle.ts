/** @file RLE Lossless (PS3.5, annex G): one run-length coded segment per byte of a sample, highest byte first. */
import { Refusal } from '../../refusal.js';
import type { PixelDescription } from '../description.js';
import { interleave, type SampleArray } from '../samples.js';

const HEADER = 64;

/** A run of 128 in two bytes. */
const MOST_EXPANSION = 64;

/** @throws Refusal */
export function decodeRle(bytes: Uint8Array, description: PixelDescription): SampleArray {
  const { rows, columns, samples, allocated } = description;
  if (allocated < 8) throw new Refusal(`it codes ${allocated}-bit samples with RLE, which is not defined`);
  const pixels = rows * columns;
  const size = allocated / 8;
  const offsets = segmentOffsets(bytes, samples * size);
  if (bytes.length * MOST_EXPANSION < pixels) throw new Refusal('its RLE frame is cut short');
  const planes = new Uint8Array(pixels * samples * size);
  const segment = new Uint8Array(pixels);
  for (let sample = 0; sample < samples; sample++) {
    for (let byte = 0; byte < size; byte++) {
      const index = sample * size + byte;
      unpack(bytes.subarray(offsets[index], offsets[index + 1]), segment);
      // Little-endian, as the numbers are read below.
      const place = sample * pixels * size + (size - 1 - byte);
      for (let pixel = 0; pixel < pixels; pixel++) planes[place + pixel * size] = segment[pixel];
    }
  }
  const values =
    size === 1 ? planes : size === 2 ? new Uint16Array(planes.buffer) : new Uint32Array(planes.buffer);
  return samples > 1 ? interleave(values, samples) : values;
}

/** Where each segment begins, and the end. */
function segmentOffsets(bytes: Uint8Array, wanted: number): number[] {
  if (bytes.length < HEADER) throw new Refusal('its RLE frame is cut short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  if (count !== wanted) throw new Refusal(`its RLE frame has ${count} segments where ${wanted} are needed`);
  const offsets = Array.from({ length: count }, (_, i) => view.getUint32(4 + i * 4, true));
  offsets.push(bytes.length);
  const ascend = offsets.every((offset, i) => offset >= (i === 0 ? HEADER : offsets[i - 1]));
  if (!ascend) throw new Refusal('the segments of its RLE frame do not follow each other');
  return offsets;
}

/** PackBits: n from 0 to 127 means n + 1 bytes as they are, from −127 to −1 one byte 1 − n times. */
function unpack(packed: Uint8Array, into: Uint8Array) {
  let from = 0;
  let to = 0;
  while (to < into.length) {
    if (from >= packed.length) throw new Refusal('a segment of its RLE frame is cut short');
    const n = (packed[from++] << 24) >> 24;
    if (n === -128) continue;
    // A run may go beyond the frame, where rows were coded together with padding.
    const length = Math.min(n >= 0 ? n + 1 : 1 - n, into.length - to);
    if (from + (n >= 0 ? length : 1) > packed.length) {
      throw new Refusal('a segment of its RLE frame is cut short');
    }
    if (n >= 0) {
      into.set(packed.subarray(from, from + length), to);
      from += n + 1;
    } else into.fill(packed[from++], to, to + length);
    to += length;
  }
}
