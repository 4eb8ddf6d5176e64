/** @file What a file is, by its first bytes; its name may say anything. */
import { recogniseDicom } from './dicom/recognise.js';

export type ImageFormat = 'jpeg' | 'png' | 'tiff' | 'webp' | 'bmp' | 'dicom';

/** File name extensions under which images are looked for, in lower case. DICOM is found under any name. */
export const imageExtensions: readonly string[] = [
  '.jpg',
  '.jpeg',
  '.png',
  '.tif',
  '.tiff',
  '.webp',
  '.bmp',
  '.dcm',
  '.dicom',
];

/** The image format these bytes begin with, or undefined for any other kind of file. */
export function sniffImage(bytes: Uint8Array): ImageFormat | undefined {
  const dicom = recogniseDicom(bytes);
  // First, because the preamble of a DICOM file may make it a TIFF as well.
  if (dicom === 'file') return 'dicom';
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return 'jpeg';
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png';
  if (startsWith(bytes, [0x49, 0x49, 0x2a, 0]) || startsWith(bytes, [0x4d, 0x4d, 0, 0x2a])) return 'tiff';
  if (startsWith(bytes, [0x49, 0x49, 0x2b, 0]) || startsWith(bytes, [0x4d, 0x4d, 0, 0x2b])) return 'tiff';
  if (startsWith(bytes, ascii('RIFF')) && startsWith(bytes.subarray(8), ascii('WEBP'))) return 'webp';
  // "BM" alone also begins many a text; a bitmap's header length follows at byte 14.
  if (startsWith(bytes, ascii('BM')) && [12, 40, 52, 56, 64, 108, 124].includes(bytes[14])) return 'bmp';
  return dicom && 'dicom';
}

/** What a file that is no image seems to be, to complete "it is …". */
export function describeBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'empty';
  const known: [number, string, string][] = [
    [0, 'GIF8', 'a GIF'],
    [0, '%PDF', 'a PDF'],
    [0, 'PK\x03\x04', 'a zip archive'],
    [0, '\x1f\x8b', 'gzip-compressed'],
    [0, '\x89HDF', 'an HDF5 file'],
    [4, 'ftyp', 'a HEIF, AVIF or video file'],
    [0, '\xff\xd8', 'a JPEG without contents'],
    [0, '\x89PNG', 'a damaged PNG'],
  ];
  for (const [offset, magic, description] of known) {
    if (startsWith(bytes.subarray(offset), ascii(magic))) return description;
  }
  const head = bytes.subarray(0, 512);
  if (head.every((byte) => byte === 0)) return 'filled with zeros';
  if (head.every((byte) => byte >= 0x20 || (byte >= 0x09 && byte <= 0x0d))) {
    return /^\s*<(!doctype|html|\?xml|svg)/i.test(String.fromCharCode(...head)) ? 'HTML, XML or SVG' : 'text';
  }
  return 'of an unknown kind';
}

function startsWith(bytes: Uint8Array, magic: ArrayLike<number>): boolean {
  for (let i = 0; i < magic.length; i++) if (bytes[i] !== magic[i]) return false;
  return true;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
