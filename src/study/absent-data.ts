/** @file Which data sets of a study are not there yet, by a look at names only. */
import { existsSync } from 'node:fs';
import { datasetNamed, findDataset } from '../data/index.js';
import type { Cell } from './cells.js';

/** One line per data set that is not found: its name, and where it was looked for. */
export async function absentData(cells: readonly Cell[]): Promise<string[]> {
  const places = new Map(
    cells.map(({ dataset, data, options }) => [dataset, { data, named: options.dataset }]),
  );
  const absent: string[] = [];
  for (const [dataset, { data, named }] of places) {
    const isThere =
      existsSync(data) && (named === undefined || (await findDataset(datasetNamed(named), data)).length > 0);
    if (!isThere) absent.push(`${dataset} in ${data}`);
  }
  return absent;
}
