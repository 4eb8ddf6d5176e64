/** @file Two runs' predictions of the same samples, and whether they differ. */
import { internal } from '../errors.js';
import { aucInfluence, compareMeanAucs } from './auc.js';
import {
  bcaInterval,
  bcaPValue,
  RESAMPLES,
  type ResampleOptions,
  resample,
  statisticAt,
  unitsOf,
} from './bootstrap.js';
import { classColumns } from './columns.js';
import { mostProbable } from './operating-point.js';
import type { Estimate, Predictions } from './types.js';
import { overallNames, weightedMetrics } from './weighted.js';

export type PairedTest = 'DeLong' | 'McNemar' | 'bootstrap';

export interface ComparedMetric {
  /** One of `overallNames`. */
  name: (typeof overallNames)[number];
  first: number | null;
  second: number | null;
  /** `first` − `second`, with its 95 % interval: DeLong's for its test, else the paired bootstrap's. */
  difference: Estimate;
  /** Two-sided, of no difference. */
  pValue: number | null;
  test: PairedTest;
}

export interface PredictionComparison {
  n: number;
  /** What was resampled: groups such as patients, where some have several samples, or samples. */
  unit: 'group' | 'sample';
  units: number;
  resamples: number;
  seed: number;
  metrics: ComparedMetric[];
}

export interface Compared {
  readonly probabilities: Float32Array;
  /** Each run's own, as chosen on its validation data; null for 0.5. */
  readonly thresholds: readonly number[] | null;
}

/**
 * Compares two classifiers on the same samples: the AUC (mean over classes) by DeLong's test, the accuracy by McNemar's
 * exact one, all else by a paired bootstrap. Where groups have several samples, everything is by the bootstrap over
 * groups, because the other two take samples for independent.
 */
export function comparePredictions(
  shared: Omit<Predictions, 'probabilities'>,
  [first, second]: readonly [Compared, Compared],
  {
    groups,
    resamples = RESAMPLES,
    seed = 0,
  }: ResampleOptions & { readonly groups?: readonly (string | undefined)[] } = {},
): PredictionComparison {
  const [a, b] = [first, second].map(({ probabilities }): Predictions => ({ ...shared, probabilities }));
  const outputs = shared.task === 'binary' ? 1 : shared.classes.length;
  const n = shared.targets.length / outputs;
  const units = unitsOf(n, groups);
  const [ofFirst, ofSecond] = [weightedMetrics(a, first.thresholds), weightedMetrics(b, second.thresholds)];
  const resampled = resample(
    (weights) => {
      const other = ofSecond(weights);
      return ofFirst(weights)
        .slice(0, overallNames.length)
        .map((x, i) => x - other[i]);
    },
    units,
    { resamples, seed },
  );
  const ones = new Float64Array(n).fill(1);
  const [values, others] = [ofFirst(ones), ofSecond(ones)];

  const metrics = overallNames.map((name, i): ComparedMetric => {
    const one = statisticAt(resampled, i);
    const row = { name, first: defined(values[i]), second: defined(others[i]) };
    const difference = { value: defined(one.estimate), ...bcaInterval(one, resamples) };
    if (!units.grouped && name === 'auc') {
      const test = compareMeanAucs(influencesOf(a), influencesOf(b));
      return { ...row, difference: test.difference, pValue: test.pValue, test: 'DeLong' };
    }
    const right =
      units.grouped || shared.task === 'multi-label'
        ? undefined
        : [rightness(a, name, first.thresholds), rightness(b, name, second.thresholds)];
    if (right?.[0] && right[1]) {
      return { ...row, difference, pValue: mcNemar(right[0], right[1]), test: 'McNemar' };
    }
    return { ...row, difference, pValue: bcaPValue(one), test: 'bootstrap' };
  });
  const unit = units.grouped ? 'group' : 'sample';
  return { n, unit, units: units.count, resamples, seed, metrics };
}

/**
 * McNemar's exact test: of the samples that only one of two got right, whether each did about as often.
 * @returns two-sided p, by the binomial distribution
 */
export function mcNemar(first: readonly boolean[], second: readonly boolean[]): number {
  if (first.length !== second.length) throw internal(`${first.length} decisions but ${second.length}`);
  const onlyFirst = first.filter((right, i) => right && !second[i]).length;
  const onlySecond = first.filter((right, i) => !right && second[i]).length;
  const trials = onlyFirst + onlySecond;
  // Σ C(trials, k) / 2^trials for k up to the smaller, each term from the one before, in logarithms.
  let logTerm = -trials * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= Math.min(onlyFirst, onlySecond); k++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((trials - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}

/** Which samples were decided rightly, in the sense of that accuracy; undefined of any other metric. */
function rightness(
  predictions: Predictions,
  name: string,
  thresholds: readonly number[] | null,
): boolean[] | undefined {
  if (name !== 'accuracy' && name !== 'accuracyAtThreshold') return undefined;
  const { task, classes, targets, probabilities } = predictions;
  if (task === 'multi-class') {
    const truth = mostProbable(targets, classes.length);
    return Array.from(mostProbable(probabilities, classes.length), (k, i) => k === truth[i]);
  }
  const threshold = name === 'accuracy' ? 0.5 : (thresholds?.[0] ?? 0.5);
  return Array.from(probabilities, (p, i) => p >= threshold === targets[i] > 0.5);
}

function influencesOf(predictions: Predictions) {
  return classColumns(predictions).map(({ targets, probabilities }) => aucInfluence(targets, probabilities));
}

function defined(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
