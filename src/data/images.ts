/** @file Images without labels: files as they are named, and all images below folders. */
import { stat } from 'node:fs/promises';
import { TransfuseError } from '../errors.js';
import { fileProblem } from './decode.js';
import { walk } from './files.js';

/**
 * Paths of images, in the order given, folders replaced by the sorted images below them.
 * @throws TransfuseError `data-not-found` where a path does not exist
 */
export async function listImages(paths: readonly string[]): Promise<string[]> {
  const images: string[] = [];
  for (const path of paths) {
    const entry = await stat(path).catch((error) => {
      const problem = error.code === 'ENOENT' ? 'it does not exist' : fileProblem(error);
      throw new TransfuseError('data-not-found', `cannot open ${path}: ${problem}`, { cause: error });
    });
    if (entry.isDirectory()) images.push(...(await walk(path)).images.map((image) => image.path));
    else images.push(path);
  }
  return images;
}
