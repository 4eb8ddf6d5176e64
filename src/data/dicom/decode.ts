/** @file A DICOM file's frame as 8-bit RGB. */
import { TransfuseError } from '../../errors.js';
import { greyToRgb } from '../grey-to-rgb.js';
import { Refusal } from '../refusal.js';
import type { RgbImage } from '../types.js';
import { decodeJpeg } from './codecs/jpeg.js';
import { decodeJpeg2000 } from './codecs/jpeg-2000.js';
import { decodeJpegLs } from './codecs/jpeg-ls.js';
import { decodeRle } from './codecs/rle.js';
import { paletteToRgb, toBytes, unshareChroma, yccToRgb } from './colour.js';
import { describePixels, type PixelDescription } from './description.js';
import { type DicomFile, openDicom } from './file.js';
import { frameBytes, hasFullChroma, sharesChroma } from './frames.js';
import { frameAttributes, toGrey } from './grey.js';
import { type DicomOptions, frameOf, greyScaleOf } from './options.js';
import { type DecodedFrame, nativeSamples, type SampleArray, storedValues } from './samples.js';

/**
 * Decodes one frame of a DICOM file: its pixels through whichever codec, then grey values by the file's window or
 * another one, colours as RGB. Overlays are left out, embedded colour profiles not applied.
 *
 * @param frame from 0; left out, the one that `options` choose
 * @param mostPixels files that claim more per frame are refused; left out, MAX_PIXELS
 * @throws Refusal whose message quotes nothing from the file but numbers; TransfuseError `bad-option`
 */
export async function decodeDicom(
  bytes: Uint8Array,
  options: DicomOptions = {},
  frame?: number,
  mostPixels?: number,
): Promise<RgbImage> {
  const scale = greyScaleOf(options);
  try {
    const file = await openDicom(bytes);
    const description = describePixels(file, mostPixels);
    const index = frame ?? frameOf(options, description.frames);
    const stored = await readStored(file, description, index);
    const { rows: height, columns: width } = description;
    if (description.samples === 3) return { height, width, data: stored.rgb() };
    if (description.photometric === 'PALETTE COLOR') {
      const data = paletteToRgb(stored.values, file.attributes, description.signed, file.little);
      return { height, width, data };
    }
    const sources = frameAttributes(file.attributes, index);
    return { height, width, data: greyToRgb(toGrey(stored.values, description, sources, scale)) };
  } catch (error) {
    if (error instanceof Refusal || error instanceof TransfuseError) throw error;
    // Errors of libraries may carry what they read, and what they read may name a patient.
    throw new Refusal('damaged or cut short (DICOM)');
  }
}

/**
 * The values that a frame stores: [rows, columns, samples], masked and signed. For whoever measures, not looks.
 * @throws Refusal
 */
export async function decodeStored(bytes: Uint8Array, frame = 0): Promise<SampleArray> {
  const file = await openDicom(bytes);
  return (await readStored(file, describePixels(file), frame)).values;
}

async function readStored(file: DicomFile, description: PixelDescription, frame: number) {
  const bytes = frameBytes(file, description, frame);
  const { data, precision, isRgb } = await decodeFrame(bytes, file, description);
  const { stored, highBit, signed, photometric } = description;
  const values = precision
    ? storedValues(data, precision, precision - 1, signed)
    : storedValues(data, stored, highBit, signed);
  const rgb = () => {
    const colours = toBytes(values, precision ?? stored);
    const isYcc = photometric === 'YBR_FULL' || sharesChroma(description);
    return isYcc && !isRgb ? yccToRgb(colours, photometric) : colours;
  };
  return { values, rgb };
}

async function decodeFrame(
  bytes: Uint8Array,
  file: DicomFile,
  description: PixelDescription,
): Promise<DecodedFrame> {
  switch (file.syntax.codec) {
    case 'jpeg':
      return decodeJpeg(bytes, description);
    case 'jpeg-2000':
      return decodeJpeg2000(bytes, description);
    case 'jpeg-ls':
      return decodeJpegLs(bytes, description);
    case 'rle':
      return { data: decodeRle(bytes, description) };
    case 'native': {
      if (!sharesChroma(description) || hasFullChroma(file, description)) {
        return { data: nativeSamples(bytes, description, file.little) };
      }
      if (description.allocated !== 8) throw new Refusal('its pixels share chroma, but are not of 8 bits');
      return { data: unshareChroma(bytes, description) };
    }
  }
}
