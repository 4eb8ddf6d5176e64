/** @file Fewer images of a split: for learning curves, small variants, and studies that must fit the time there is. */
import { assignSplits } from './split.js';
import type { Dataset, SplitName } from './types.js';

/**
 * The data set with so many images in one split, drawn by the seed so that every class keeps its share; the other splits
 * stay as they are. With as many as there are, or more, all stay.
 * @param images at least 1
 */
export function withFewer(dataset: Dataset, split: SplitName, images: number, seed: number): Dataset {
  const { classes, splits } = dataset;
  const all = splits[split];
  if (images >= all.length) return dataset;
  const items = all.map(({ target }) => ({ labels: labelsIn(target, dataset) }));
  const drawn = assignSplits(items, { validation: 1 - images / all.length, test: 0 }, classes.length, seed);
  return { ...dataset, splits: { ...splits, [split]: all.filter((_, i) => drawn[i] === 'train') } };
}

function labelsIn(target: Float32Array, { task }: Dataset): number[] {
  if (task === 'binary') return [target[0]];
  return [...target].flatMap((value, label) => (value > 0.5 ? label : []));
}
