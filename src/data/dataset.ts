/** @file From a folder or a CSV file to labelled samples in three splits. */
import path from 'node:path';
import { TransfuseError } from '../errors.js';
import { hospitalsRule, parseHospitals } from './datasets/hospitals.js';
import { listFrames } from './dicom/list-frames.js';
import { compareText } from './files.js';
import { groupsOf } from './groups.js';
import { refuseOverlap, withoutDuplicates } from './overlap.js';
import { readSource } from './read-source.js';
import { columnsOf, type LabelledImage, type Source, sampleOf } from './source.js';
import { assignSplits } from './split.js';
import { withFewer } from './subset.js';
import type { Dataset, DatasetOptions, SplitName } from './types.js';
import { some } from './unreadable.js';

const DEFAULT_FRACTION = 0.15;

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
  const { task, classes } = source;
  const warnings = [...source.warnings];
  const files = withoutDuplicates(mergeValidation(source.images, options), warnings);
  const images = await listFrames(files, options.dicom);
  images.sort((a, b) => compareText(a.id, b.id));
  const groups = await groupsOf(images, options.groupBy ?? source.groupBy, warnings);
  const splits = divide(source, images, groups, options);
  const dataset: Dataset = {
    name: source.dataset,
    root: source.root,
    task,
    classes,
    splits: { train: [], validation: [], test: [] },
    columns: columnsOf(images),
    warnings,
  };
  images.forEach((image, i) => {
    dataset.splits[splits[i]].push(sampleOf(image, task, classes, groups[i]));
  });
  checkSplits(source, images, splits, warnings);
  const { keep } = source;
  if (keep === undefined) return dataset;
  const { seed = 0 } = options;
  return withFewer(withFewer(dataset, 'train', keep.train, seed), 'validation', keep.validation, seed);
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

/** A validation fraction asks for a new validation split, so the one that is there goes back into train. */
function mergeValidation(images: readonly LabelledImage[], { validation }: DatasetOptions): LabelledImage[] {
  return images.map((image) =>
    validation !== undefined && image.split === 'validation' ? { ...image, split: 'train' } : image,
  );
}

/** The split of each file: the given ones, and what is drawn from train (or from everything). */
function divide(
  source: Source,
  images: readonly LabelledImage[],
  groups: readonly (string | undefined)[],
  options: DatasetOptions,
): SplitName[] {
  const given = images.map(({ split }) => split);
  const has = (split: SplitName) => given.includes(split);
  if (has('test') && options.test !== undefined) {
    throw new TransfuseError(
      'bad-option',
      `${source.root} has its own test split, which stands; leave out the fraction ${options.test} for test`,
    );
  }
  refuseOverlap(images, groups, given);
  const pool = images.flatMap((_, i) => (given[i] === undefined || given[i] === 'train' ? [i] : []));
  const drawn = assignSplits(
    pool.map((i) => ({
      group: groups[i],
      labels: images[i].labels.map((label) => source.classes.indexOf(label)),
    })),
    {
      validation: has('validation')
        ? 0
        : (options.validation ?? usual(source.holdOut?.validation, pool.length)),
      test: has('test') ? 0 : (options.test ?? usual(source.holdOut?.test, pool.length)),
    },
    source.classes.length,
    options.seed ?? 0,
  );
  const splits = given as SplitName[];
  pool.forEach((i, p) => {
    splits[i] = drawn[p];
  });
  return splits;
}

/**
 * The fraction that a data set holds out unless asked otherwise.
 * @param asked a fraction, or a number of images, which takes no more of a small data set than usual
 */
function usual(asked: number | undefined, images: number): number {
  if (asked === undefined) return DEFAULT_FRACTION;
  return asked < 1 ? asked : Math.min(asked / images, DEFAULT_FRACTION);
}

/** Every class must be in train, if there is a train split at all; its absence elsewhere is worth a warning. */
function checkSplits(
  { root, classes, task }: Source,
  images: readonly LabelledImage[],
  splits: readonly SplitName[],
  warnings: string[],
) {
  const holds = (split: SplitName) =>
    new Set(images.flatMap(({ labels }, i) => (splits[i] === split ? labels : [])));
  for (const split of ['train', 'validation', 'test'] as const) {
    if (!splits.includes(split)) continue;
    const absent = classes.filter((name) => !holds(split).has(name));
    if (absent.length === 0) continue;
    if (split === 'train' && task !== 'multi-label') {
      throw new TransfuseError(
        'too-few-images',
        `${root}: no image of class ${some(absent)} is left for train; there are too few images or groups of it`,
      );
    }
    const warning = `${split} has no images of class ${some(absent)}`;
    if (!warnings.includes(warning)) warnings.push(warning);
  }
}
