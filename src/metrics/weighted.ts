/**
 * @file The metrics of samples that count as often as weights say, all in one pass without sorting anew: what is
 * resampled thousands of times. With weights of 1 they equal those of `evaluatePredictions`.
 */
import type { Statistics } from './bootstrap.js';
import { type ClassColumn, classColumns, confidences } from './columns.js';
import { mostProbable } from './operating-point.js';
import { rankByScore } from './ranking.js';
import type { ChosenPoint, Predictions } from './types.js';

/** Of all classes together, in the order in which `weightedMetrics` gives them. */
export const overallNames = [
  'loss',
  'accuracy',
  'accuracyAtThreshold',
  'balancedAccuracy',
  'auc',
  'averagePrecision',
  'sensitivity',
  'specificity',
  'brier',
  'calibrationError',
] as const;

/** Of one class against the rest. */
export const classNames = [
  'auc',
  'averagePrecision',
  'accuracy',
  'balancedAccuracy',
  'sensitivity',
  'specificity',
  'ppv',
  'npv',
  'f1',
] as const;

/** Of the decisions at a chosen point. */
export const rateNames = ['sensitivity', 'specificity', 'ppv', 'npv'] as const;

/** Keras' guard against log 0, as of the unweighted loss. */
const EPSILON = 1e-7;
const BINS = 15;
/** Lost beside any whole number, but 0 / TINY is 0. */
const TINY = 1e-300;

/**
 * Prepares the metrics of these predictions.
 * @param thresholds one per output; multi-class: not used
 * @param points decisions to be measured as well
 * @returns a function of one weight per sample: first `overallNames`, then for each output `classNames`, then for each
 *   point `rateNames`
 */
export function weightedMetrics(
  predictions: Predictions,
  thresholds: readonly number[] | null,
  points: readonly ChosenPoint[] = [],
): Statistics {
  const isMultiClass = predictions.task === 'multi-class';
  const columns = classColumns(predictions);
  const cutsOf = ({ name }: { name: string }, k: number) => [
    thresholds?.[k] ?? 0.5,
    ...points.filter((point) => point.class === name).map(({ threshold }) => threshold),
  ];
  const classes = columns.map((column, k) => rankedCounts(column, cutsOf(column, k)));
  const confusion = isMultiClass ? confusionCounts(predictions, columns.length) : undefined;
  const entries = entryStatistics(predictions);
  const at = (name: (typeof classNames)[number]) => classNames.indexOf(name);

  return (weights) => {
    const ranked = classes.map((count) => count(weights));
    const confused = confusion?.(weights);
    const perClass = ranked.map((counts, k) =>
      classMetrics(counts, confused?.perClass[k] ?? counts.atCut[0]),
    );
    const mean = (name: (typeof classNames)[number]) => meanOfDefined(perClass.map((row) => row[at(name)]));
    const { loss, brier, calibrationError, accuracyAtHalf } = entries(weights);
    const overall = {
      loss,
      accuracy: confused?.accuracy ?? accuracyAtHalf,
      accuracyAtThreshold: confused?.accuracy ?? mean('accuracy'),
      balancedAccuracy: confused ? mean('sensitivity') : mean('balancedAccuracy'),
      auc: mean('auc'),
      averagePrecision: mean('averagePrecision'),
      sensitivity: mean('sensitivity'),
      specificity: mean('specificity'),
      brier,
      calibrationError,
    };
    const nextCut = columns.map(() => 1);
    const rates = points.flatMap((point) => {
      const k = columns.findIndex(({ name }) => name === point.class);
      return pointRates(ranked[k], ranked[k].atCut[nextCut[k]++]);
    });
    return Float64Array.from([...overallNames.map((name) => overall[name]), ...perClass.flat(), ...rates]);
  };
}

/** How many samples are called positive, by whether they are. */
interface Called {
  readonly truePositives: number;
  readonly falsePositives: number;
}

interface RankedCounts {
  readonly positives: number;
  readonly negatives: number;
  /** Pairs of a positive and a negative that are in the right order, ties counting one half. */
  readonly pairs: number;
  /** The precision at each positive's rank, summed. */
  readonly precisions: number;
  /** One per cut, in their order. */
  readonly atCut: readonly Called[];
}

/**
 * Counts of one class against the rest, in one pass over the samples in order of score, which passes each cut on its
 * way. What is counted is exact, as weights are whole; so no order of summation matters. Without branches that depend on
 * the class of a sample: no processor could predict them.
 */
function rankedCounts(
  { targets, probabilities }: ClassColumn,
  cuts: readonly number[],
): (weights: Float64Array) => RankedCounts {
  const { order, groups } = rankByScore(targets, probabilities);
  const isPositive = Float64Array.from(order, (sample) => Number(targets[sample] > 0.5));
  const endsTie = new Uint8Array(order.length);
  for (const { end } of groups) endsTie[end - 1] = 1;
  const calledAt = cuts.map((cut) => groups.findLast(({ score }) => score >= cut)?.end ?? 0);
  const stops = [...new Set([...calledAt, order.length])].sort((a, b) => a - b);

  return (weights) => {
    const counts = { positives: 0, negatives: 0, pairs: 0, precisions: 0 };
    const atStop = new Map<number, Called>();
    let start = 0;
    for (const stop of stops) {
      countRanked({ order, isPositive, endsTie }, weights, start, stop, counts);
      atStop.set(stop, { truePositives: counts.positives, falsePositives: counts.negatives });
      start = stop;
    }
    return { ...counts, atCut: calledAt.map((stop) => atStop.get(stop)!) };
  };
}

/** Adds the samples at the given ranks. Its own function, of plain loops, because nothing else takes so much time. */
function countRanked(
  { order, isPositive, endsTie }: { order: Uint32Array; isPositive: Float64Array; endsTie: Uint8Array },
  weights: Float64Array,
  start: number,
  end: number,
  counts: { positives: number; negatives: number; pairs: number; precisions: number },
): void {
  let { positives, negatives, pairs, precisions } = counts;
  let tiedPositives = 0;
  let tiedNegatives = 0;
  for (let i = start; i < end; i++) {
    const weight = weights[order[i]];
    const positive = weight * isPositive[i];
    tiedPositives += positive;
    tiedNegatives += weight - positive;
    if (endsTie[i] === 0) continue;
    pairs += tiedNegatives * (positives + tiedPositives / 2);
    positives += tiedPositives;
    negatives += tiedNegatives;
    precisions += tiedPositives * (positives / (positives + negatives + TINY));
    tiedPositives = 0;
    tiedNegatives = 0;
  }
  Object.assign(counts, { positives, negatives, pairs, precisions });
}

/** Of each class, what the most probable one is called; and how often it is right. */
function confusionCounts({ targets, probabilities }: Predictions, outputs: number) {
  const truth = mostProbable(targets, outputs);
  const cell = mostProbable(probabilities, outputs).map((k, sample) => truth[sample] * outputs + k);
  return (weights: Float64Array) => {
    const matrix = new Float64Array(outputs * outputs);
    for (let i = 0; i < weights.length; i++) matrix[cell[i]] += weights[i];
    let [right, total] = [0, 0];
    const called = new Float64Array(outputs);
    matrix.forEach((count, at) => {
      total += count;
      called[at % outputs] += count;
    });
    const perClass = Array.from(called, (count, k): Called => {
      const truePositives = matrix[k * (outputs + 1)];
      right += truePositives;
      return { truePositives, falsePositives: count - truePositives };
    });
    return { perClass, accuracy: right / total };
  };
}

/** `classNames`. */
function classMetrics(
  { positives, negatives, pairs, precisions }: RankedCounts,
  { truePositives, falsePositives }: Called,
): number[] {
  const trueNegatives = negatives - falsePositives;
  const falseNegatives = positives - truePositives;
  const sensitivity = truePositives / positives;
  const specificity = trueNegatives / negatives;
  return [
    pairs / (positives * negatives),
    precisions / positives,
    (truePositives + trueNegatives) / (positives + negatives),
    (sensitivity + specificity) / 2,
    sensitivity,
    specificity,
    truePositives / (truePositives + falsePositives),
    trueNegatives / (trueNegatives + falseNegatives),
    (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives),
  ];
}

/** `rateNames`. */
function pointRates(
  { positives, negatives }: RankedCounts,
  { truePositives, falsePositives }: Called,
): number[] {
  const trueNegatives = negatives - falsePositives;
  return [
    truePositives / positives,
    trueNegatives / negatives,
    truePositives / (truePositives + falsePositives),
    trueNegatives / (trueNegatives + positives - truePositives),
  ];
}

/** What is a mean over all known entries of [n × outputs], or for multi-class over samples. */
export function entryStatistics(predictions: Predictions) {
  const { task, classes, targets, probabilities } = predictions;
  const isMultiClass = task === 'multi-class';
  const outputs = task === 'binary' ? 1 : classes.length;
  const n = targets.length / outputs;
  // Sums over each sample's known entries, as all of them have its weight.
  const losses = new Float64Array(n);
  const squares = new Float64Array(n);
  const known = new Float64Array(n);
  const right = new Float64Array(n);
  targets.forEach((target, i) => {
    if (target < 0) return;
    const sample = Math.floor(i / outputs);
    const p = Math.min(1 - EPSILON, Math.max(EPSILON, probabilities[i]));
    const loss = -target * Math.log(p) - (isMultiClass ? 0 : (1 - target) * Math.log(1 - p));
    losses[sample] += loss;
    squares[sample] += (probabilities[i] - target) ** 2;
    known[sample]++;
    if (probabilities[i] >= 0.5 === target > 0.5) right[sample]++;
  });
  const { correct, confidence } = confidences(predictions);
  const perSample = correct.length / n;
  const bins = Uint8Array.from(confidence, (p) => Math.min(BINS - 1, Math.floor(p * BINS)));
  const gaps = Float64Array.from(correct, (c, i) => (c < 0 ? 0 : confidence[i] - Number(c > 0.5)));

  return (weights: Float64Array) => {
    const count = dot(weights, known);
    const gapIn = addByBin(weights, bins, gaps, perSample);
    const whole = isMultiClass ? count / outputs : count;
    return {
      loss: dot(weights, losses) / whole,
      brier: dot(weights, squares) / whole,
      calibrationError: gapIn.reduce((sum, gap) => sum + Math.abs(gap), 0) / whole,
      accuracyAtHalf: dot(weights, right) / count,
    };
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** @param values as many of each sample as `perSample` says, each to be added to its bin */
function addByBin(
  weights: Float64Array,
  bins: Uint8Array,
  values: Float64Array,
  perSample: number,
): Float64Array {
  const sums = new Float64Array(BINS);
  for (let sample = 0, i = 0; sample < weights.length; sample++) {
    for (let k = 0; k < perSample; k++, i++) sums[bins[i]] += weights[sample] * values[i];
  }
  return sums;
}

function meanOfDefined(values: readonly number[]): number {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}
