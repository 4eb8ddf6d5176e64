/** @file Fewer training images: for learning curves, and for studies that must fit the time there is. */
import { assignSplits } from './split.js';
import type { Dataset } from './types.js';

/**
 * The data set with so many images in train, drawn by the seed so that every class keeps its share; validation and test
 * stay as they are. With as many as there are, or more, all stay.
 * @param images at least 1
 */
export function withTrainImages(dataset: Dataset, images: number, seed: number): Dataset {
  const { classes, splits } = dataset;
  const { train } = splits;
  if (images >= train.length) return dataset;
  const items = train.map(({ target }) => ({ labels: labelsIn(target, dataset) }));
  const drawn = assignSplits(items, { validation: 1 - images / train.length, test: 0 }, classes.length, seed);
  return { ...dataset, splits: { ...splits, train: train.filter((_, i) => drawn[i] === 'train') } };
}

function labelsIn(target: Float32Array, { task }: Dataset): number[] {
  if (task === 'binary') return [target[0]];
  return [...target].flatMap((value, label) => (value > 0.5 ? label : []));
}
