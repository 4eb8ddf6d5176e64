/** @file Images nobody has labelled. */
import { stat } from 'node:fs/promises';
import { TransfuseError } from '../errors.js';
import { fileProblem } from './decode.js';
import { walk } from './files.js';

/**
 * The files given, whatever their names, and all images below the folders given, sorted within each.
 *
 * @throws TransfuseError `data-not-found` for a path that leads nowhere
 */
export async function listImages(paths: readonly string[]): Promise<string[]> {
  const images: string[] = [];
  for (const given of paths) {
    const found = await stat(given).catch((cause) => {
      throw new TransfuseError('data-not-found', `cannot open ${given}: ${fileProblem(cause)}`, { cause });
    });
    if (found.isDirectory()) images.push(...(await walk(given)).images.map(({ path }) => path));
    else images.push(given);
  }
  return images;
}
