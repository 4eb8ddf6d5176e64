/** @file JPEG 2000 and its high-throughput variant, through OpenJPEG; what a frame claims is checked before. */
import { Refusal } from '../../refusal.js';
import type { PixelDescription } from '../description.js';
import type { DecodedFrame } from '../samples.js';
import { wasmDecoder } from './wasm.js';

const decode = wasmDecoder('@cornerstonejs/codec-openjpeg', 'J2KDecoder');

/**
 * The codec undoes the colour transforms ICT and RCT by itself.
 * @throws Refusal
 */
export async function decodeJpeg2000(
  bytes: Uint8Array,
  { rows, columns, samples }: PixelDescription,
): Promise<DecodedFrame> {
  const codestream = bytes.subarray(findCodestream(bytes));
  checkSize(codestream, rows, columns, samples);
  const { data, precision } = await decode(codestream, rows, columns, samples);
  return { data, precision };
}

/** Start of codestream and its size, which follow each other; JP2 boxes before them do not belong in DICOM, but occur. */
function findCodestream(bytes: Uint8Array): number {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf('ff4fff51', 'hex');
  if (at < 0) throw new Refusal('its frame is no JPEG 2000 codestream');
  return at;
}

/** Most tiles of a frame; whole slides are cut into frames, not into these. */
const MOST_TILES = 65_535;

/** The SIZ marker segment (ISO/IEC 15444-1, A.5.1). */
function checkSize(bytes: Uint8Array, rows: number, columns: number, samples: number) {
  if (bytes.length < 45) throw new Refusal('its compressed frame is damaged or cut short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height, left, top, tileWidth, tileHeight, tileLeft, tileTop] = Array.from(
    { length: 8 },
    (_, i) => view.getUint32(8 + i * 4),
  );
  const components = view.getUint16(40);
  if (width - left !== columns || height - top !== rows || components !== samples) {
    throw new Refusal('its frame is of another size than its header says');
  }
  const across = Math.ceil((width - tileLeft) / tileWidth);
  const down = Math.ceil((height - tileTop) / tileHeight);
  if (!(across * down <= MOST_TILES)) throw new Refusal('its frame is cut into too many tiles');
  for (let component = 0; component < components; component++) {
    const at = 42 + component * 3;
    if (bytes[at + 1] !== 1 || bytes[at + 2] !== 1) throw new Refusal('its frame is subsampled');
  }
}
