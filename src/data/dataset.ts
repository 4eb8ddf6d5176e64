/** @file From a folder or a CSV file to labelled samples in three splits. */
import path from 'node:path';
import { TransfuseError } from '../errors.js';
import { hospitalsRule, parseHospitals } from './datasets/hospitals.js';
import { listFrames } from './dicom/list-frames.js';
import { divide, filesToDivide } from './divide.js';
import { groupsOf } from './groups.js';
import { compareText } from './listing.js';
import { readSource } from './read-source.js';
import type { Source } from './source.js';
import type { Dataset, DatasetOptions } from './types.js';

/**
 * Reads what images there are, their classes and their splits; no image is opened, but for the headers of DICOM files
 * where groups or frames are asked of them.
 *
 * `root` is one of
 * - a folder of class folders: validation and test are drawn from it;
 * - a folder with `train` and any of `val`/`valid`/`validation` and `test`, each of class folders. A test split that
 *   is there always stands. A validation split stands too, unless `options.validation` is given: it is then merged
 *   into train, and that fraction drawn anew (for data whose own validation split is too small to be of use);
 * - a CSV file of paths and labels, whose split column means the same as those folders;
 * - a data set that is known by name, which `options.dataset` says or its layout tells. It is divided as published.
 *
 * Splits are seeded and stratified; no group and no file ever stands on two sides.
 *
 * @throws TransfuseError saying what is wrong with the data or the options, in one line
 */
export async function readDataset(root: string, options: DatasetOptions = {}): Promise<Dataset> {
  checkOptions(options);
  return divided(await readSource(path.resolve(root), options), options);
}

/** The images of a source in three splits. */
export async function divided(source: Source, options: DatasetOptions): Promise<Dataset> {
  const warnings = [...source.warnings];
  const images = await listFrames(filesToDivide(source, options, warnings), options.dicom);
  images.sort((a, b) => compareText(a.id, b.id));
  const groups = await groupsOf(images, options.groupBy ?? source.groupBy, warnings);
  return divide(source, images, groups, options, warnings);
}

function checkOptions({ validation = 0, test = 0, classes, hospitals }: DatasetOptions) {
  for (const [name, value] of Object.entries({ validation, test })) {
    if (!(value >= 0 && value <= 1)) {
      throw new TransfuseError('bad-option', `${name} is ${value}; it must be a fraction from 0 to 1`);
    }
  }
  if (validation + test > 1) {
    throw new TransfuseError('bad-option', `validation ${validation} and test ${test} add up to more than 1`);
  }
  if (classes !== undefined && new Set(classes).size !== classes.length) {
    throw new TransfuseError('bad-option', `classes name one twice: ${classes.join(', ')}`);
  }
  if (hospitals !== undefined && parseHospitals(hospitals) === undefined) {
    throw new TransfuseError('bad-option', `hospitals is ${hospitals}; it ${hospitalsRule}`);
  }
}
