/**
 * @file Area under the ROC curve, exact, with DeLong's covariance.
 * DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988) 837–845; in O(n log n) as in Sun & Xu, IEEE Signal
 * Processing Letters 21 (2014) 1389–1393.
 */
import { twoSidedPValue, Z_95 } from './normal.js';
import { type Ranking, rankByScore } from './ranking.js';
import type { Estimate, Interval, Numbers } from './types.js';

/**
 * How the 95 % interval is formed from DeLong's variance. `logit` (default) is symmetric on the scale of
 * log(AUC / (1 − AUC)), so it stays within [0, 1] and covers better near 1; `wald` is AUC ± 1.96 standard errors, cut
 * to [0, 1].
 */
export type IntervalScale = 'logit' | 'wald';

/** An AUC and what each sample contributes to its sampling error. */
export interface AucInfluence {
  /** NaN where one class has no sample. */
  auc: number;
  positives: number;
  negatives: number;
  /**
   * One per sample (0 where its target is unknown), summing to zero, and scaled so that the dot product of two AUCs' influences over the same samples
   * is their DeLong covariance. NaN where a class has fewer than two samples.
   */
  influence: Float64Array;
}

/**
 * The probability that a positive scores higher than a negative, ties counting one half (Mann–Whitney).
 * @param targets above 0.5 is positive
 * @param scores any real numbers, higher meaning more positive
 * @returns in [0, 1]; NaN where one class has no sample
 */
export function auc(targets: Numbers, scores: Numbers): number {
  return mannWhitney(rankByScore(targets, scores));
}

function mannWhitney({ groups, positives, negatives }: Ranking): number {
  let above = 0;
  let pairs = 0;
  for (const group of groups) {
    pairs += group.negatives * (above + group.positives / 2);
    above += group.positives;
  }
  return pairs / (positives * negatives);
}

/**
 * The AUC with DeLong's structural components: for each positive the fraction of negatives below it, for each negative
 * the fraction of positives above it, as deviations from the AUC.
 */
export function aucInfluence(targets: Numbers, scores: Numbers): AucInfluence {
  const ranking = rankByScore(targets, scores);
  const { order, groups, positives, negatives } = ranking;
  const value = mannWhitney(ranking);
  // The sample covariance of m components divides by m − 1, and a mean's covariance by m again.
  const weight = (m: number) => (m < 2 ? Number.NaN : 1 / Math.sqrt(m * (m - 1)));
  const ofPositive = weight(positives);
  const ofNegative = weight(negatives);
  const influence = new Float64Array(targets.length);
  let positivesAbove = 0;
  let negativesAbove = 0;
  for (const group of groups) {
    const negativesBelow = negatives - negativesAbove - group.negatives / 2;
    const forPositive = (negativesBelow / negatives - value) * ofPositive;
    const forNegative = ((positivesAbove + group.positives / 2) / positives - value) * ofNegative;
    for (let i = group.start; i < group.end; i++)
      influence[order[i]] = targets[order[i]] > 0.5 ? forPositive : forNegative;
    positivesAbove += group.positives;
    negativesAbove += group.negatives;
  }
  return { auc: value, positives, negatives, influence };
}

/** DeLong's covariance of two AUCs over the same samples; of an AUC with itself, its variance. */
export function aucCovariance(
  first: Pick<AucInfluence, 'influence'>,
  second: Pick<AucInfluence, 'influence'>,
): number {
  return first.influence.reduce((sum, value, sample) => sum + value * second.influence[sample], 0);
}

/** The AUC and its 95 % interval; see `aucEstimate` for what happens at perfect separation. */
export function aucWithInterval(targets: Numbers, scores: Numbers, scale: IntervalScale = 'logit'): Estimate {
  return aucEstimate([aucInfluence(targets, scores)], scale);
}

/**
 * The mean of one or several AUCs over the same samples, with its 95 % interval. The variance is that of the mean
 * influence: for one AUC DeLong's, for several the mean of their DeLong covariance matrix.
 *
 * Where every AUC is 1 (or every one 0) DeLong's variance is zero and says nothing. Then the interval is the exact
 * binomial one, a conservative bound: the smaller class, of k samples, makes k disjoint and so independent pairs with
 * the other class, all in the right order, so that AUC ≥ 0.025^(1/k) with 97.5 % confidence. Of several classes, the
 * smallest k counts.
 *
 * @param parts AUCs that are undefined (NaN) are left out; all null where none is defined
 */
export function aucEstimate(parts: readonly AucInfluence[], scale: IntervalScale = 'logit'): Estimate {
  const defined = parts.filter((part) => !Number.isNaN(part.auc));
  if (defined.length === 0) return { value: null, low: null, high: null };
  const value = defined.reduce((sum, part) => sum + part.auc, 0) / defined.length;
  if (value === 1 || value === 0) {
    const pairs = Math.min(...defined.map((part) => Math.min(part.positives, part.negatives)));
    return { value, ...perfectInterval(value, pairs) };
  }
  const sums = defined[0].influence.map((_, i) => defined.reduce((sum, part) => sum + part.influence[i], 0));
  const variance = sums.reduce((sum, x) => sum + x * x, 0) / defined.length ** 2;
  if (Number.isNaN(variance)) return { value, low: null, high: null };
  const reach = Z_95 * Math.sqrt(variance);
  if (scale === 'wald') return { value, low: Math.max(0, value - reach), high: Math.min(1, value + reach) };
  const logit = Math.log(value / (1 - value));
  const logitReach = reach / (value * (1 - value));
  return { value, low: logistic(logit - logitReach), high: logistic(logit + logitReach) };
}

/** The exact binomial bound of an AUC of 1 or 0. @param pairs independent pairs of a positive and a negative */
export function perfectInterval(value: number, pairs: number): Interval {
  const doubt = 1 - 0.025 ** (1 / pairs);
  return { low: value === 1 ? 1 - doubt : 0, high: value === 1 ? 1 : doubt };
}

/** Two AUCs over the same samples, and whether they differ. */
export interface AucComparison {
  first: number;
  second: number;
  /** `first` − `second`, with its 95 % interval (not transformed, within [−1, 1]). */
  difference: Estimate;
  /** DeLong's covariance matrix of `first` and `second`. */
  covariance: [[number, number], [number, number]];
  /** The difference in standard errors; null where undefined. */
  z: number | null;
  /** Two-sided, of no difference; 1 where the two rank alike, null where undefined. */
  pValue: number | null;
}

/**
 * DeLong's test for two classifiers scored on the same samples.
 * @param targets above 0.5 is positive
 */
export function compareAucs(targets: Numbers, first: Numbers, second: Numbers): AucComparison {
  return compareMeanAucs([aucInfluence(targets, first)], [aucInfluence(targets, second)]);
}

/**
 * The same of two mean AUCs over several classes, each against the rest.
 * @param first, second one per class, over the same samples; classes undefined (NaN) in either are left out
 */
export function compareMeanAucs(
  first: readonly AucInfluence[],
  second: readonly AucInfluence[],
): AucComparison {
  const both = first.map((_, k) => k).filter((k) => !Number.isNaN(first[k].auc + second[k].auc));
  const [a, b] = [first, second].map((parts) => meanInfluence(both.map((k) => parts[k])));
  const cross = aucCovariance(a, b);
  const covariance: AucComparison['covariance'] = [
    [aucCovariance(a, a), cross],
    [cross, aucCovariance(b, b)],
  ];
  const value = a.auc - b.auc;
  // Summed by sample rather than from the matrix: exact zero for equal rankings, and no cancellation.
  const variance = a.influence.reduce((sum, x, sample) => sum + (x - b.influence[sample]) ** 2, 0);
  const reach = Z_95 * Math.sqrt(variance);
  const aucs = { first: a.auc, second: b.auc, covariance };
  if (Number.isNaN(value))
    return { ...aucs, difference: { value: null, low: null, high: null }, z: null, pValue: null };
  if (!(variance > 0)) {
    const alike = variance === 0 && value === 0;
    const bound = alike ? 0 : null;
    return { ...aucs, difference: { value, low: bound, high: bound }, z: bound, pValue: alike ? 1 : null };
  }
  const z = value / Math.sqrt(variance);
  const difference = { value, low: Math.max(-1, value - reach), high: Math.min(1, value + reach) };
  return { ...aucs, difference, z, pValue: twoSidedPValue(z) };
}

function meanInfluence(parts: readonly AucInfluence[]): Pick<AucInfluence, 'auc' | 'influence'> {
  const mean = (of: (part: AucInfluence) => number) =>
    parts.reduce((sum, part) => sum + of(part), 0) / parts.length;
  const samples = parts[0]?.influence.length ?? 0;
  return {
    auc: mean(({ auc }) => auc),
    influence: Float64Array.from({ length: samples }, (_, i) => mean(({ influence }) => influence[i])),
  };
}

/**
 * Keras' `AUC` metric as it is by default: trapezoids between 200 evenly spaced thresholds, in single precision. Offered
 * for comparison with figures obtained that way; it loses what lies between two thresholds.
 * @param probabilities in [0, 1]
 * @returns in [0, 1]; NaN where one class has no sample
 */
export function kerasAuc(targets: Numbers, probabilities: Numbers): number {
  const intervals = 199;
  const positivesIn = new Float64Array(intervals);
  const negativesIn = new Float64Array(intervals);
  for (let i = 0; i < targets.length; i++) {
    if (targets[i] < 0) continue;
    const above = Math.ceil(Math.fround(Math.fround(probabilities[i]) * intervals)) - 1;
    (targets[i] > 0.5 ? positivesIn : negativesIn)[Math.max(0, above)]++;
  }
  let area = 0;
  let positives = 0;
  let negatives = 0;
  for (let i = intervals - 1; i >= 0; i--) {
    area += negativesIn[i] * (positives + positivesIn[i] / 2);
    positives += positivesIn[i];
    negatives += negativesIn[i];
  }
  return area / (positives * negatives);
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
