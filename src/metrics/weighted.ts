/**
 * @file The metrics of samples that count as often as weights say, all in one pass without sorting anew: what is
 * resampled thousands of times. With weights of 1 they equal those of `evaluatePredictions`.
 */
import type { Statistics } from './bootstrap.js';
import { classColumns, confidences } from './columns.js';
import { mostProbable } from './operating-point.js';
import { rankByScore } from './ranking.js';
import type { Numbers, Predictions } from './types.js';

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

/** Keras' guard against log 0, as of the unweighted loss. */
const EPSILON = 1e-7;
const BINS = 15;

/**
 * Prepares the metrics of these predictions.
 * @param thresholds one per output; multi-class: not used
 * @returns a function of one weight per sample: first `overallNames`, then for each output `classNames`
 */
export function weightedMetrics(predictions: Predictions, thresholds: readonly number[] | null): Statistics {
  const { task, targets, probabilities } = predictions;
  const isMultiClass = task === 'multi-class';
  const columns = classColumns(predictions);
  const outputs = columns.length;
  const predicted = isMultiClass ? mostProbable(probabilities, outputs) : undefined;
  const truth = isMultiClass ? mostProbable(targets, outputs) : undefined;
  const classes = columns.map((column, k) =>
    classStatistics(column.targets, column.probabilities, (i) =>
      predicted ? predicted[i] === k : column.probabilities[i] >= (thresholds?.[k] ?? 0.5),
    ),
  );
  const entries = entryStatistics(predictions);

  return (weights) => {
    const perClass = classes.map((statistics) => statistics(weights));
    const mean = (name: (typeof classNames)[number]) =>
      meanOfDefined(perClass.map((row) => row[classNames.indexOf(name)]));
    const { loss, brier, calibrationError, accuracyAtHalf } = entries(weights);
    let right = 0;
    let total = 0;
    if (predicted && truth)
      for (let i = 0; i < weights.length; i++) {
        total += weights[i];
        if (predicted[i] === truth[i]) right += weights[i];
      }
    const overall = {
      loss,
      accuracy: predicted ? right / total : accuracyAtHalf,
      accuracyAtThreshold: predicted ? right / total : mean('accuracy'),
      balancedAccuracy: predicted ? mean('sensitivity') : mean('balancedAccuracy'),
      auc: mean('auc'),
      averagePrecision: mean('averagePrecision'),
      sensitivity: mean('sensitivity'),
      specificity: mean('specificity'),
      brier,
      calibrationError,
    };
    return Float64Array.from([...overallNames.map((name) => overall[name]), ...perClass.flat()]);
  };
}

/** One class against the rest: `classNames`. @param called whether a sample is called positive */
function classStatistics(
  targets: Numbers,
  scores: Numbers,
  called: (sample: number) => boolean,
): (weights: Float64Array) => number[] {
  const { order, groups } = rankByScore(targets, scores);
  const isPositive = Uint8Array.from(order, (sample) => Number(targets[sample] > 0.5));
  const isCalled = Uint8Array.from(order, (sample) => Number(called(sample)));
  return (weights) => {
    let [positives, negatives, truePositives, falsePositives] = [0, 0, 0, 0];
    let [pairs, precisions] = [0, 0];
    for (const { start, end } of groups) {
      let [groupPositives, groupNegatives] = [0, 0];
      for (let i = start; i < end; i++) {
        const weight = weights[order[i]];
        if (isPositive[i]) {
          groupPositives += weight;
          if (isCalled[i]) truePositives += weight;
        } else {
          groupNegatives += weight;
          if (isCalled[i]) falsePositives += weight;
        }
      }
      pairs += groupNegatives * (positives + groupPositives / 2);
      positives += groupPositives;
      negatives += groupNegatives;
      if (groupPositives > 0) precisions += groupPositives * (positives / (positives + negatives));
    }
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
  };
}

/** What is a mean over all known entries of [n × outputs], or for multi-class over samples. */
export function entryStatistics(predictions: Predictions) {
  const { task, classes, targets, probabilities } = predictions;
  const isMultiClass = task === 'multi-class';
  const outputs = task === 'binary' ? 1 : classes.length;
  const losses = Float64Array.from(targets, (target, i) => {
    const p = Math.min(1 - EPSILON, Math.max(EPSILON, probabilities[i]));
    if (target < 0) return 0;
    return isMultiClass ? -target * Math.log(p) : -target * Math.log(p) - (1 - target) * Math.log(1 - p);
  });
  const { correct, confidence } = confidences(predictions);
  const perSample = correct.length / (targets.length / outputs);
  const bins = Uint8Array.from(confidence, (p) => Math.min(BINS - 1, Math.floor(p * BINS)));

  return (weights: Float64Array) => {
    let [loss, squares, known, right] = [0, 0, 0, 0];
    for (let i = 0; i < targets.length; i++) {
      if (targets[i] < 0) continue;
      const weight = weights[Math.floor(i / outputs)];
      known += weight;
      loss += weight * losses[i];
      squares += weight * (probabilities[i] - targets[i]) ** 2;
      if (probabilities[i] >= 0.5 === targets[i] > 0.5) right += weight;
    }
    const gaps = new Float64Array(BINS);
    let confident = 0;
    for (let i = 0; i < correct.length; i++) {
      if (correct[i] < 0) continue;
      const weight = weights[Math.floor(i / perSample)];
      confident += weight;
      gaps[bins[i]] += weight * (confidence[i] - Number(correct[i] > 0.5));
    }
    const whole = isMultiClass ? known / outputs : known;
    return {
      loss: loss / whole,
      brier: squares / whole,
      calibrationError: gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / confident,
      accuracyAtHalf: right / known,
    };
  };
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
