/** @file The table of data sets as people read it, with what of it is found on this machine. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { TransfuseError } from '../../errors.js';
import { Folders } from './folders.js';
import { datasetNamed, datasetOptions, datasets, datasetsFolder, findDataset } from './index.js';
import type { PublishedSettings } from './row.js';

export interface DescribedDataset {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly title: string;
  readonly task: string;
  readonly get: string;
  readonly licence: string;
  /** One line each. */
  readonly layouts: readonly string[];
  readonly split: string;
  readonly published?: PublishedSettings;
  /** Options of `train` that only such data take. */
  readonly options: readonly string[];
  /** Absolute paths at which it begins; it may still be half a data set, which reading it says. */
  readonly found: readonly string[];
}

/**
 * Describes one data set, or all, and looks for them below a folder.
 * @throws TransfuseError `unknown-dataset`, `data-not-found` where the folder does not exist
 */
export async function describeDatasets({
  name,
  root = datasetsFolder(),
}: {
  name?: string;
  root?: string;
} = {}): Promise<{ readonly root: string; readonly datasets: readonly DescribedDataset[] }> {
  const rows = name === undefined ? datasets : [datasetNamed(name)];
  const place = path.resolve(root);
  if ((await stat(place).catch(() => undefined)) === undefined) {
    throw new TransfuseError('data-not-found', `cannot look into ${place}: it does not exist`);
  }
  const folders = new Folders();
  const described: DescribedDataset[] = [];
  for (const row of rows) {
    const found = await findDataset(row, place, folders);
    const { aliases = [], layouts, title, task, get, licence, split, published } = row;
    described.push({
      name: row.name,
      aliases,
      title,
      task,
      get,
      licence,
      layouts: layouts.map(({ description }) => description),
      split,
      published,
      options: datasetOptions(row),
      found: found.map((one) => one.root),
    });
  }
  return { root: place, datasets: described };
}
