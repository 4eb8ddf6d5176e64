/** @file Small JPEGs of images, for reports. */
import sharp from 'sharp';
import { readImage } from './image-source.js';
import type { DicomOptions, ImageSource } from './types.js';

/**
 * A JPEG of the image as training sees it (orientation applied, 16 bits scaled), shrunk to fit a square, never
 * enlarged, its aspect kept.
 *
 * @param size longest side in pixels
 * @param dicom how DICOM files become pictures
 * @throws TransfuseError `unreadable-image`
 */
export async function thumbnail(source: ImageSource, size: number, dicom?: DicomOptions): Promise<Buffer> {
  const { width, height, data } = await readImage(source, dicom);
  return sharp(data, { raw: { width, height, channels: 3 } })
    .resize(size, size, { fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 82 })
    .toBuffer();
}
