/** @file JPEG-LS, lossless and near-lossless, through CharLS. */
import { Refusal } from '../../refusal.js';
import type { PixelDescription } from '../description.js';
import { type DecodedFrame, interleave } from '../samples.js';
import { readJpegFrame } from './jpeg-frame.js';
import { wasmDecoder } from './wasm.js';

const decode = wasmDecoder('@cornerstonejs/codec-charls', 'JpegLSDecoder');

const JPEG_LS_FRAME = 0xf7;

/** @throws Refusal */
export async function decodeJpegLs(bytes: Uint8Array, description: PixelDescription): Promise<DecodedFrame> {
  const { rows, columns, samples } = description;
  const { marker } = readJpegFrame(bytes, description);
  if (marker !== JPEG_LS_FRAME) throw new Refusal('its frame is no JPEG-LS frame');
  const { data, precision, interleaveMode } = await decode(bytes, rows, columns, samples);
  return { data: samples > 1 && interleaveMode === 0 ? interleave(data, samples) : data, precision };
}
