/** @file Tells what kind of data lie at a path, and reads them: a known data set, a table, or a folder. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { TransfuseError } from '../errors.js';
import { readCsv } from './csv.js';
import {
  datasetNamed,
  isDatasetName,
  readNamedDataset,
  recogniseDataset,
  refuseSettings,
} from './datasets/index.js';
import { fileProblem } from './decode.js';
import { disk } from './files.js';
import { readFolders } from './folders.js';
import { groupColumnOf } from './groups.js';
import { chooseClasses } from './labels.js';
import type { Source } from './source.js';
import type { DatasetOptions } from './types.js';

/**
 * @param root absolute path
 * @throws TransfuseError `data-not-found`, `bad-option`, and what reading that kind of data throws
 */
export async function readSource(root: string, options: DatasetOptions): Promise<Source> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(root)).isDirectory();
  } catch (error) {
    const problem =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it does not exist' : fileProblem(error);
    const name = path.basename(root);
    const hint = isDatasetName(name) ? `; for the known data set of that name say --dataset ${name}` : '';
    throw new TransfuseError('data-not-found', `cannot open data ${root}: ${problem}${hint}`, {
      cause: error,
    });
  }
  const { dataset } = options;
  const row = dataset === undefined ? await recogniseDataset(root) : datasetNamed(dataset);
  if (row !== undefined) {
    const source = await readNamedDataset(row, root, options);
    return { ...source, classes: chooseKnown(source, options.classes) };
  }
  refuseSettings(undefined, options);
  if (!isFolder && !/\.(csv|tsv|txt)$/i.test(root)) {
    throw new TransfuseError(
      'data-not-found',
      `${root} is neither a folder of images nor a .csv file, nor a data set that is known (transfuse datasets)`,
    );
  }
  if (!isFolder) return readCsv(root, options);
  const column = groupColumnOf(options);
  if (column !== undefined) {
    throw new TransfuseError(
      'bad-option',
      `${root} is a folder and has no column ${column}; group by a pattern instead`,
    );
  }
  return readFolders(root, options, disk);
}

/** The order of a known data set stands unless the caller lists its classes. */
function chooseKnown({ root, classes }: Source, wanted: readonly string[] | undefined): readonly string[] {
  return wanted === undefined ? classes : chooseClasses(classes, wanted, root);
}
