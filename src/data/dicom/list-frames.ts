/** @file Files of several frames as several images, where all frames are wanted. */
import type { ImageSource } from '../image-source.js';
import { countFrames } from './headers.js';
import type { DicomOptions } from './options.js';

/**
 * With `frames` of `all`, each file of several frames replaced by its frames, `x.dcm#000002` being the third; otherwise
 * the list as it is.
 */
export async function listFrames<T extends { readonly source: ImageSource; readonly id: string }>(
  images: readonly T[],
  { frames }: DicomOptions = {},
): Promise<T[]> {
  if (frames !== 'all') return [...images];
  const listed: T[] = [];
  for (const image of images) {
    const { source, id } = image;
    const count = source.kind === 'file' ? await countFrames(source.path) : 1;
    if (count === 1) listed.push(image);
    for (let index = 0; count > 1 && index < count; index++) {
      listed.push({
        ...image,
        source: { kind: 'frame', path: source.path, index },
        id: `${id}#${String(index).padStart(6, '0')}`,
      });
    }
  }
  return listed;
}
