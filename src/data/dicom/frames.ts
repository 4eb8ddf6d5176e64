/** @file The bytes of one frame: a stretch of native pixels, or the fragments that encapsulate it (PS3.5, A.4). */
import { Refusal } from '../refusal.js';
import type { PixelDescription } from './description.js';
import type { DicomFile } from './file.js';

const UNDEFINED = 0xffffffff;
const ITEM = 0xe000;
const END_OF_SEQUENCE = 0xe0dd;
const MOST_FRAGMENTS = 1_000_000;

/**
 * @param frame from 0
 * @throws Refusal where the frame is not there, or not all of it
 */
export function frameBytes(file: DicomFile, description: PixelDescription, frame: number): Uint8Array {
  const { frames } = description;
  if (frame >= frames) {
    throw new Refusal(
      `it has ${frames === 1 ? 'one frame' : `${frames} frames`}, and so no frame ${frame + 1}`,
    );
  }
  return file.syntax.codec === 'native'
    ? nativeFrame(file, description, frame)
    : encapsulatedFrame(file, description, frame);
}

/** Whether native pixels share their chroma in pairs. */
export function sharesChroma({ photometric }: PixelDescription): boolean {
  return photometric === 'YBR_FULL_422' || photometric === 'YBR_PARTIAL_422';
}

/**
 * Whether pixels that claim to share their chroma in pairs have it in full, which some writers get wrong: there are
 * then three bytes per pixel instead of two.
 */
export function hasFullChroma(file: DicomFile, { rows, columns, frames, pixels }: PixelDescription): boolean {
  const length = file.attributes.element(pixels)?.length ?? 0;
  return length !== UNDEFINED && length >= rows * columns * 3 * frames;
}

/** How many whole frames there may be, whatever the header claims. */
export function availableFrames(file: DicomFile, description: PixelDescription): number {
  const element = file.attributes.element(description.pixels)!;
  if (file.syntax.codec !== 'native') return readFragments(file, element).fragments.length;
  return Math.floor((presentBytes(file, element) * 8) / nativeBits(file, description));
}

/** Bits of one native frame. */
function nativeBits(file: DicomFile, description: PixelDescription): number {
  const { rows, columns, samples, allocated } = description;
  const isShared = sharesChroma(description) && !hasFullChroma(file, description);
  return rows * columns * allocated * (isShared ? 2 : samples);
}

function presentBytes({ bytes }: DicomFile, { dataOffset, length }: { dataOffset: number; length: number }) {
  if (length === UNDEFINED) throw new Refusal('its pixels are encapsulated, but its transfer syntax is not');
  return Math.max(0, Math.min(length, bytes.length - dataOffset));
}

/** A frame of one-bit pixels may begin within a byte; it is then moved to begin with one. */
function nativeFrame(file: DicomFile, description: PixelDescription, frame: number): Uint8Array {
  const element = file.attributes.element(description.pixels)!;
  const bits = nativeBits(file, description);
  const needed = Math.ceil((bits * description.frames) / 8);
  const present = presentBytes(file, element);
  if (present < needed) throw new Refusal(`its pixels are cut short: ${present} of ${needed} bytes`);
  const { dataOffset, vr } = element;
  const begin = (bits * frame) / 8;
  const end = Math.ceil((bits * (frame + 1)) / 8);
  const all = file.bytes.subarray(dataOffset, dataOffset + present);
  const inWords = !file.little && vr === 'OW' && description.allocated <= 8;
  const bytes = (inWords ? swapped(all) : all).subarray(Math.floor(begin), end);
  const shift = (bits * frame) % 8;
  return shift === 0 ? bytes : bytes.map((byte, i) => (byte >> shift) | ((bytes[i + 1] ?? 0) << (8 - shift)));
}

/** Bytes that were written as big-endian words. */
function swapped(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, i) => bytes[i ^ 1] ?? byte);
}

function encapsulatedFrame(file: DicomFile, { frames, pixels }: PixelDescription, frame: number): Uint8Array {
  const { fragments, offsets } = readFragments(file, file.attributes.element(pixels)!);
  const starts = frameStarts(file, fragments, offsets, frames);
  const parts = fragments.slice(starts[frame], starts[frame + 1]).map(({ bytes }) => bytes);
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}

interface Fragment {
  /** Of its item, behind the first byte after the offset table. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

function readFragments({ bytes }: DicomFile, { dataOffset, length }: { dataOffset: number; length: number }) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = length === UNDEFINED ? bytes.length : Math.min(bytes.length, dataOffset + length);
  const fragments: Fragment[] = [];
  let offsets: Uint8Array | undefined;
  let first = 0;
  let at = dataOffset;
  while (at + 8 <= end) {
    const isDelimiter = view.getUint16(at, true) === 0xfffe;
    const element = view.getUint16(at + 2, true);
    if (isDelimiter && element === END_OF_SEQUENCE) break;
    if (!isDelimiter || element !== ITEM) throw new Refusal('its encapsulated pixels are damaged');
    const size = view.getUint32(at + 4, true);
    if (at + 8 + size > end) throw new Refusal('its encapsulated pixels are cut short');
    const content = bytes.subarray(at + 8, at + 8 + size);
    if (offsets === undefined) {
      offsets = content;
      first = at + 8 + size;
    } else fragments.push({ offset: at - first, bytes: content });
    if (fragments.length > MOST_FRAGMENTS) throw new Refusal('it has more fragments than any image needs');
    at += 8 + size;
  }
  if (fragments.length === 0) throw new Refusal('its encapsulated pixels hold no frame');
  return { fragments, offsets: offsets! };
}

/** Which fragment each frame begins with, and the number of fragments at the end. */
function frameStarts(
  { attributes }: DicomFile,
  fragments: readonly Fragment[],
  basic: Uint8Array,
  frames: number,
): number[] {
  const lacking = `it claims ${frames} frames, but its encapsulated pixels hold fewer`;
  if (fragments.length < frames) throw new Refusal(lacking);
  if (frames === 1) return [0, fragments.length];
  if (fragments.length === frames) return Array.from({ length: frames + 1 }, (_, i) => i);
  const starts =
    startsByOffset(fragments, extendedOffsets(attributes.bytes('x7fe00001')), frames) ??
    startsByOffset(fragments, basicOffsets(basic), frames) ??
    fragments.flatMap(({ bytes }, i) => (beginsFrame(bytes) ? [i] : []));
  if (starts.length !== frames)
    throw new Refusal('which fragments belong to which of its frames cannot be told');
  return [...starts, fragments.length];
}

function basicOffsets(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 2 }, (_, i) => view.getUint32(i * 4, true));
}

function extendedOffsets(bytes: Uint8Array = new Uint8Array()): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 3 }, (_, i) => Number(view.getBigUint64(i * 8, true)));
}

function startsByOffset(fragments: readonly Fragment[], offsets: readonly number[], frames: number) {
  if (offsets.length !== frames) return undefined;
  const at = new Map(fragments.map(({ offset }, i) => [offset, i]));
  const starts = offsets.map((offset) => at.get(offset) ?? -1);
  const ascend = starts.every((start, i) => (i === 0 ? start === 0 : start > starts[i - 1]));
  return ascend ? starts : undefined;
}

/** A start-of-image marker of JPEG, or a start of codestream with its size of JPEG 2000. */
function beginsFrame(bytes: Uint8Array): boolean {
  return (
    (bytes[0] === 0xff && bytes[1] === 0xd8) ||
    (bytes[0] === 0xff && bytes[1] === 0x4f && bytes[2] === 0xff && bytes[3] === 0x51)
  );
}
