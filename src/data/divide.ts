/** @file Labelled images in three splits: those the data bring, and the rest drawn by the seed. */
import { TransfuseError } from '../errors.js';
import { refuseOverlap, withoutDuplicates } from './overlap.js';
import { columnsOf, type LabelledImage, type Source, sampleOf } from './source.js';
import { assignSplits } from './split.js';
import { withFewer } from './subset.js';
import type { Dataset, DatasetOptions, SplitName } from './types.js';
import { some } from './unreadable.js';

const DEFAULT_FRACTION = 0.15;

/** The files of a source, each once. */
export function filesToDivide(source: Source, options: DatasetOptions, warnings: string[]): LabelledImage[] {
  return withoutDuplicates(mergeValidation(source.images, options), warnings);
}

/**
 * @param images those of `filesToDivide`, or their frames, sorted by id
 * @param groups of each of them
 */
export function divide(
  source: Source,
  images: readonly LabelledImage[],
  groups: readonly (string | undefined)[],
  options: DatasetOptions,
  warnings: string[],
): Dataset {
  const { task, classes } = source;
  const splits = splitsOf(source, images, groups, options);
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

/** A validation fraction asks for a new validation split, so the one that is there goes back into train. */
function mergeValidation(images: readonly LabelledImage[], { validation }: DatasetOptions): LabelledImage[] {
  return images.map((image) =>
    validation !== undefined && image.split === 'validation' ? { ...image, split: 'train' } : image,
  );
}

/** The split of each file: the given ones, and what is drawn from train (or from everything). */
function splitsOf(
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
