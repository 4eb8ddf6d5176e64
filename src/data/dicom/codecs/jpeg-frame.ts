/** @file The frame header of a JPEG of any process (ITU-T T.81, B.2.2; T.87 for JPEG-LS), and what else it says of colour. */
import { Refusal } from '../../refusal.js';
import type { PixelDescription } from '../description.js';

export interface JpegComponent {
  readonly id: number;
  readonly horizontal: number;
  readonly vertical: number;
  /** Of its quantisation table. */
  readonly table: number;
}

export interface JpegFrame {
  /** Second byte of the marker: 0xc0 baseline, 0xc1 extended, 0xc2 progressive, 0xc3 lossless, 0xf7 JPEG-LS. */
  readonly marker: number;
  readonly precision: number;
  readonly height: number;
  readonly width: number;
  readonly components: readonly JpegComponent[];
  /** Where the application segments lie, each with its marker. */
  readonly application: readonly { readonly start: number; readonly end: number }[];
  /** What JFIF and Adobe segments say; undefined without them. */
  readonly isYcc?: boolean;
}

const damaged = () => new Refusal('its compressed frame is damaged or cut short');

/** @throws Refusal where there is no frame header, or one of another size than the data set says */
export function readJpegFrame(bytes: Uint8Array, { rows, columns, samples }: PixelDescription): JpegFrame {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw new Refusal('its frame is no JPEG');
  const application: { start: number; end: number }[] = [];
  let isYcc: boolean | undefined;
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++; // padding
      continue;
    }
    const end = at + 2 + word(bytes, at + 2);
    if (end > bytes.length || end < at + 4) throw damaged();
    const segment = bytes.subarray(at + 4, end);
    if (isFrameMarker(marker)) {
      const frame = { marker, application, isYcc, ...header(segment) };
      if (frame.height !== rows || frame.width !== columns || frame.components.length !== samples) {
        throw new Refusal('its frame is of another size than its header says');
      }
      return frame;
    }
    if (marker >= 0xe0 && marker <= 0xef) {
      application.push({ start: at, end });
      if (marker === 0xe0 && startsWith(segment, 'JFIF\0')) isYcc = true;
      if (marker === 0xee && startsWith(segment, 'Adobe') && segment.length >= 12) isYcc = segment[11] !== 0;
    }
    at = end;
  }
  throw damaged();
}

/** C0 to CF begin a frame, but C4, C8 and CC define tables or are reserved; F7 is JPEG-LS's. */
function isFrameMarker(marker: number): boolean {
  return marker === 0xf7 || (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker));
}

function header(segment: Uint8Array) {
  const count = segment[5];
  if (segment.length < 6 + count * 3) throw damaged();
  const components = Array.from({ length: count }, (_, i) => {
    const [id, sampling, table] = segment.subarray(6 + i * 3);
    return { id, horizontal: sampling >> 4, vertical: sampling & 15, table };
  });
  return { precision: segment[0], height: word(segment, 1), width: word(segment, 3), components };
}

export function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return Buffer.from(bytes.subarray(0, text.length)).toString('latin1') === text;
}
