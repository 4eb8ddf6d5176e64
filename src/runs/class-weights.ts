/** @file How much a sample of each class counts. */
import type { Dataset } from '../data/types.js';
import { TransfuseError } from '../errors.js';

/** n / (K · n_class), as scikit-learn's "balanced": every class then weighs the same in all. */
export function balancedWeights({ task, classes, splits: { train } }: Dataset): number[] {
  if (task === 'multi-label') {
    throw new TransfuseError(
      'bad-option',
      '--class-weights needs one class per image; these data are multi-label',
    );
  }
  const counts = classes.map(() => 0);
  for (const { target } of train) counts[task === 'binary' ? target[0] : target.indexOf(1)]++;
  return counts.map((count) => (count === 0 ? 0 : train.length / (classes.length * count)));
}
