/** @file Small JPEGs of images, for reports. */
import sharp from 'sharp';
import { decodeImage } from './decode.js';

/**
 * A JPEG of the image as training sees it (orientation applied, 16 bits scaled), shrunk to fit a square, never
 * enlarged, its aspect kept.
 *
 * @param path any image that `decodeImage` reads
 * @param size longest side in pixels
 * @throws TransfuseError `unreadable-image`
 */
export async function thumbnail(path: string, size: number): Promise<Buffer> {
  const { width, height, data } = await decodeImage(path);
  return sharp(data, { raw: { width, height, channels: 3 } })
    .resize(size, size, { fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 82 })
    .toBuffer();
}
