/** @file Single images out of HDF5 arrays; a file is opened once in each thread and stays open as long as that. */
import { TransfuseError } from '../errors.js';
import { type Hdf5Dataset, openHdf5 } from '../files/hdf5.js';
import { greyToRgb } from './grey-to-rgb.js';
import type { RgbImage } from './types.js';

const opened = new Map<string, Promise<Hdf5Dataset>>();

/**
 * Image `index` of an array uint8 [n, height, width, 1 or 3]; nothing else of it is read.
 * @throws TransfuseError `bad-hdf5`, `missing-dataset`, `unreadable-image`
 */
export async function readHdf5Image(path: string, array: string, index: number): Promise<RgbImage> {
  const key = `${path}\n${array}`;
  let dataset = opened.get(key);
  if (dataset === undefined) {
    dataset = openHdf5(path).then((file) => file.dataset(array));
    opened.set(key, dataset);
    dataset.catch(() => opened.delete(key));
  }
  const { shape, read } = await dataset;
  const [, height, width] = shape;
  const pixels = read([index, index + 1]);
  if (!(pixels instanceof Uint8Array) || pixels.length === 0) {
    throw new TransfuseError('unreadable-image', `cannot read ${path}#${index}: ${array} has no such image`);
  }
  return { height, width, data: shape.at(-1) === 3 ? pixels : greyToRgb(pixels) };
}
