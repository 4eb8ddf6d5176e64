/** @file Decisions at a threshold: counts, the rates that follow, and how a threshold is chosen on validation data. */
import { internal } from '../errors.js';
import { rankByScore } from './ranking.js';
import type { BinaryCounts, BinaryRates, Numbers } from './types.js';

/**
 * `youden` maximises sensitivity + specificity − 1; the others keep one rate at a minimum in [0, 1] and maximise the
 * other. Ties go to the more sensitive threshold.
 */
export type ThresholdRule = 'youden' | { minSpecificity: number } | { minSensitivity: number };

/** Positive means probability ≥ threshold; samples whose target is below 0 (unknown) do not count. */
export function countsAt(targets: Numbers, probabilities: Numbers, threshold: number): BinaryCounts {
  const counts = { truePositives: 0, falsePositives: 0, trueNegatives: 0, falseNegatives: 0 };
  for (let i = 0; i < targets.length; i++) {
    if (targets[i] < 0) continue;
    if (probabilities[i] >= threshold) targets[i] > 0.5 ? counts.truePositives++ : counts.falsePositives++;
    else targets[i] > 0.5 ? counts.falseNegatives++ : counts.trueNegatives++;
  }
  return counts;
}

/** Rates from counts; null where the denominator is zero. */
export function ratesOf(counts: BinaryCounts): BinaryRates {
  const { truePositives: tp, falsePositives: fp, trueNegatives: tn, falseNegatives: fn } = counts;
  const sensitivity = ratio(tp, tp + fn);
  const specificity = ratio(tn, tn + fp);
  return {
    accuracy: ratio(tp + tn, tp + tn + fp + fn),
    balancedAccuracy: sensitivity === null || specificity === null ? null : (sensitivity + specificity) / 2,
    sensitivity,
    specificity,
    ppv: ratio(tp, tp + fp),
    npv: ratio(tn, tn + fn),
    f1: ratio(2 * tp, 2 * tp + fp + fn),
  };
}

/**
 * The threshold that a rule prefers, halfway between two neighbouring probabilities so that it is as far as possible
 * from the samples it separates. To be chosen on validation data and applied to test data.
 * @param probabilities in [0, 1]
 * @returns in [0, 1], or just above 1 where the rule would have nothing called positive; 0.5 where one class has no
 *   sample or, for `youden`, where no threshold beats chance
 */
export function chooseThreshold(
  targets: Numbers,
  probabilities: Numbers,
  rule: ThresholdRule = 'youden',
): number {
  const { groups, positives, negatives } = rankByScore(targets, probabilities);
  if (positives === 0 || negatives === 0) return 0.5;
  // Cut i calls positive what is in the first i groups.
  const cuts = [{ truePositives: 0, falsePositives: 0 }];
  for (const { positives: p, negatives: n } of groups) {
    const { truePositives, falsePositives } = cuts.at(-1)!;
    cuts.push({ truePositives: truePositives + p, falsePositives: falsePositives + n });
  }
  const merit = ({ truePositives, falsePositives }: (typeof cuts)[0]) => {
    const [sensitivity, specificity] = [truePositives / positives, (negatives - falsePositives) / negatives];
    // In whole numbers, J × positives × negatives, so that chance is exactly zero.
    if (rule === 'youden') return truePositives * negatives - falsePositives * positives;
    if ('minSpecificity' in rule) return specificity >= rule.minSpecificity ? sensitivity : -1;
    return sensitivity >= rule.minSensitivity ? specificity : -1;
  };
  let best = 0;
  cuts.forEach((cut, i) => {
    if (merit(cut) >= merit(cuts[best])) best = i;
  });
  if (rule === 'youden' && merit(cuts[best]) <= 0) return 0.5;
  const above = best === 0 ? 1 + 2e-7 : groups[best - 1].score;
  const below = best === groups.length ? 0 : groups[best].score;
  return (above + below) / 2;
}

/**
 * Counts of samples, rows true class, columns predicted class.
 * @param truth class indices in [0, classes)
 * @param predicted class indices in [0, classes)
 */
export function confusionMatrix(truth: Numbers, predicted: Numbers, classes: number): number[][] {
  if (truth.length !== predicted.length)
    throw internal(`${truth.length} true classes but ${predicted.length} predicted`);
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < truth.length; i++) matrix[truth[i]][predicted[i]]++;
  return matrix;
}

/** The index of the largest of each row's values, the first of equals. @param rows [n × width], row-major */
export function mostProbable(rows: Numbers, width: number): Uint32Array {
  const indices = new Uint32Array(rows.length / width);
  for (let row = 0; row < indices.length; row++)
    for (let k = 1; k < width; k++)
      if (rows[row * width + k] > rows[row * width + indices[row]]) indices[row] = k;
  return indices;
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
