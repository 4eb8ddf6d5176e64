/** @file All metrics of one split at once, for any task: what `metrics.json` and the report hold. */
import { TransfuseError } from '../errors.js';
import { type AucInfluence, aucEstimate, aucInfluence, kerasAuc } from './auc.js';
import { binaryLogLoss, brierScore, calibrationError, categoricalLogLoss } from './calibration.js';
import { classColumns, confidences } from './columns.js';
import { averagePrecision } from './curves.js';
import {
  chooseThreshold,
  confusionMatrix,
  countsAt,
  mostProbable,
  ratesOf,
  type ThresholdRule,
} from './operating-point.js';
import type { ClassMetrics, Metrics, Predictions } from './types.js';

/**
 * The thresholds to apply on test data, chosen on these (validation) predictions.
 * @returns one for a binary task, one per class for multi-label, null for multi-class, which needs none
 */
export function chooseThresholds(predictions: Predictions, rule: ThresholdRule = 'youden'): number[] | null {
  if (predictions.task === 'multi-class') return null;
  return classColumns(predictions).map((c) => chooseThreshold(c.targets, c.probabilities, rule));
}

/**
 * Everything in `Metrics`, of one split.
 * @param thresholds as `chooseThresholds` gives them from validation predictions; 0.5 without
 * @throws TransfuseError `bad-predictions` where a probability is NaN or outside [0, 1], or the counts do not fit
 */
export function evaluatePredictions(
  predictions: Predictions & { threshold?: number | readonly number[] | null },
): Metrics {
  const { task, classes, targets, probabilities, threshold } = predictions;
  const outputs = task === 'binary' ? 1 : classes.length;
  check(predictions, outputs);
  const n = targets.length / outputs;
  const thresholds = task === 'multi-class' ? null : perOutput(threshold ?? 0.5, outputs);
  const truth = task === 'multi-class' ? mostProbable(targets, outputs) : null;
  const predicted = task === 'multi-class' ? mostProbable(probabilities, outputs) : null;

  const influences: AucInfluence[] = [];
  const columns = classColumns(predictions);
  const perClass = columns.map((column, k): ClassMetrics => {
    const influence = aucInfluence(column.targets, column.probabilities);
    influences.push(influence);
    const counts = predicted
      ? countsAt(
          column.targets,
          Float32Array.from(predicted, (c) => (c === k ? 1 : 0)),
          0.5,
        )
      : countsAt(column.targets, column.probabilities, thresholds![k]);
    return {
      name: column.name,
      positives: influence.positives,
      prevalence: influence.positives / Math.max(1, influence.positives + influence.negatives),
      auc: aucEstimate([influence]),
      averagePrecision: defined(averagePrecision(column.targets, column.probabilities)),
      threshold: thresholds?.[k] ?? null,
      ...counts,
      ...ratesOf(counts),
    };
  });

  const sensitivity = meanOf(perClass.map((c) => c.sensitivity));
  const atHalf = countsAt(targets, probabilities, 0.5);
  const matrix = predicted
    ? confusionMatrix(truth!, predicted, outputs)
    : task === 'binary'
      ? confusionMatrix(
          targets,
          Uint8Array.from(probabilities, (p) => Number(p >= thresholds![0])),
          2,
        )
      : null;
  const accuracyByClass = meanOf(perClass.map((c) => c.accuracy));
  const argmaxAccuracy = matrix && defined(matrix.reduce((sum, row, k) => sum + row[k], 0) / n);
  const { correct, confidence } = confidences(predictions);
  const prevalence = perClass.map((c) => c.prevalence);

  return {
    task,
    classes: [...classes],
    n,
    prevalence: (task === 'binary' ? [1 - prevalence[0], prevalence[0]] : prevalence).map(
      (p) => defined(p) ?? 0,
    ),
    loss: defined(
      task === 'multi-class'
        ? categoricalLogLoss(targets, probabilities, outputs)
        : binaryLogLoss(targets, probabilities),
    ),
    accuracy: predicted ? argmaxAccuracy : ratesOf(atHalf).accuracy,
    accuracyAtThreshold: predicted ? argmaxAccuracy : accuracyByClass,
    balancedAccuracy: predicted ? sensitivity : meanOf(perClass.map((c) => c.balancedAccuracy)),
    auc: aucEstimate(influences),
    kerasAuc: meanOf(columns.map((c) => defined(kerasAuc(c.targets, c.probabilities)))),
    averagePrecision: meanOf(perClass.map((c) => c.averagePrecision)),
    sensitivity,
    specificity: meanOf(perClass.map((c) => c.specificity)),
    thresholds,
    confusionMatrix: matrix,
    brier: defined(brierScore(targets, probabilities, task === 'multi-class' ? outputs : 1)),
    calibrationError: defined(calibrationError(correct, confidence)),
    perClass,
    notes: notesOn(perClass, n),
  };
}

function check({ task, classes, targets, probabilities }: Predictions, outputs: number): void {
  const bad = (message: string) => new TransfuseError('bad-predictions', message);
  if (task === 'binary' && classes.length !== 2)
    throw bad(`a binary task has two classes, not ${classes.length}: ${classes.join(', ')}`);
  if (targets.length !== probabilities.length || targets.length % outputs !== 0)
    throw bad(
      `${targets.length} targets and ${probabilities.length} probabilities do not make rows of ${outputs}`,
    );
  const wrong = probabilities.findIndex((p) => !(p >= 0 && p <= 1));
  if (wrong >= 0)
    throw bad(
      `the prediction for sample ${Math.floor(wrong / outputs)} is ${probabilities[wrong]}, not a probability in ` +
        '[0, 1]; if training diverged, a lower learning rate helps',
    );
}

function perOutput(threshold: number | readonly number[], outputs: number): number[] {
  const given = typeof threshold === 'number' ? new Array<number>(outputs).fill(threshold) : [...threshold];
  if (given.length !== outputs)
    throw new TransfuseError('bad-predictions', `${given.length} thresholds for ${outputs} outputs`);
  return given;
}

/** One sentence per kind of trouble, naming the classes it befalls. */
function notesOn(perClass: readonly ClassMetrics[], n: number): string[] {
  const named = (sentence: (names: string) => string, befalls: (c: ClassMetrics) => boolean) => {
    const names = perClass.filter(befalls).map((c) => c.name);
    return names.length > 0 ? [sentence(names.join(', '))] : [];
  };
  const separable = (c: ClassMetrics) => c.positives > 0 && c.positives < n;
  const extreme = (c: ClassMetrics) => c.auc.value === 1 || c.auc.value === 0;
  const exact = "The AUC's interval is then the exact binomial bound, not DeLong's.";
  return [
    ...named(
      (names) => `No sample of ${names}: AUC and sensitivity are undefined.`,
      (c) => c.positives === 0,
    ),
    ...named(
      (names) => `No sample but of ${names}: AUC and specificity are undefined.`,
      (c) => n > 0 && c.positives === n,
    ),
    ...named(
      (names) => `Separated perfectly: ${names}. ${exact}`,
      (c) => separable(c) && c.auc.value === 1,
    ),
    ...named(
      (names) =>
        `Every sample of ${names} scores below every other: perhaps the labels are swapped. ${exact}`,
      (c) => separable(c) && c.auc.value === 0,
    ),
    ...named(
      (names) => `Fewer than two samples on one side: ${names}. The AUC has no interval.`,
      (c) => separable(c) && !extreme(c) && c.auc.low === null,
    ),
  ];
}

function defined(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Mean of what is defined. */
function meanOf(values: readonly (number | null)[]): number | null {
  const present = values.filter((value) => value !== null);
  return present.length === 0 ? null : present.reduce((sum, value) => sum + value, 0) / present.length;
}
