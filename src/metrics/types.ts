/** @file What the metrics take in and give back. Everything returned by `evaluatePredictions` survives JSON. */

import type { Task } from '../task.js';

/** Scores, probabilities, 0/1 targets or class indices, one per sample. */
export type Numbers = Float64Array | Float32Array | Uint32Array | Uint8Array | readonly number[];

export type { Task };

/** Predictions of n samples; `outputs` is 1 for a binary task and the number of classes otherwise. */
export interface Predictions {
  task: Task;
  /** Binary: two names, the second being the positive class. Otherwise one name per output. */
  classes: readonly string[];
  /** [n × outputs], row-major, each 0 or 1; multi-class rows are one-hot. Multi-label: −1 is a label nobody knows. */
  targets: Float32Array;
  /** [n × outputs], row-major, each in [0, 1]; multi-class rows sum to 1. */
  probabilities: Float32Array;
}

/** An estimate with its 95 % confidence interval. Null where the data do not define it (one class only, say). */
export interface Estimate {
  value: number | null;
  low: number | null;
  high: number | null;
}

/** A 95 % confidence interval; nulls where the data do not define it. */
export type Interval = Omit<Estimate, 'value'>;

/** How many samples fell where, for one class against the rest. */
export interface BinaryCounts {
  truePositives: number;
  falsePositives: number;
  trueNegatives: number;
  falseNegatives: number;
}

/** What follows from counts; each in [0, 1], null where its denominator is zero. */
export interface BinaryRates {
  accuracy: number | null;
  balancedAccuracy: number | null;
  /** True positive rate, recall. */
  sensitivity: number | null;
  /** True negative rate. */
  specificity: number | null;
  /** Positive predictive value, precision. */
  ppv: number | null;
  /** Negative predictive value. */
  npv: number | null;
  f1: number | null;
}

/** One class against the rest. A binary task has one of these, for its positive class. */
export interface ClassMetrics extends BinaryCounts, BinaryRates {
  name: string;
  /** Samples of this class. */
  positives: number;
  /** `positives` over all samples. */
  prevalence: number;
  auc: Estimate;
  averagePrecision: number | null;
  /** Positive means probability ≥ threshold; null for multi-class, where the most probable class is predicted. */
  threshold: number | null;
}

/** Everything measured on one split. Rates and areas lie in [0, 1]; null means undefined on these data (see `notes`). */
export interface Metrics {
  task: Task;
  classes: string[];
  /** Samples. */
  n: number;
  /** Fraction of samples per class, in the order of `classes` (binary: both classes). */
  prevalence: number[];
  /** Mean cross-entropy in nats: categorical for multi-class, else binary (mean over samples and labels). */
  loss: number | null;
  /** Of the most probable class; binary and multi-label: at 0.5, over all samples and labels. */
  accuracy: number | null;
  /** As `accuracy`, but at the chosen threshold(s); multi-class: the same number. */
  accuracyAtThreshold: number | null;
  /** Mean of the classes' recalls; binary and multi-label: at the chosen threshold(s), multi-label averaged over labels. */
  balancedAccuracy: number | null;
  /** Exact area under the ROC curve; multi-class and multi-label: mean over classes, one against the rest. */
  auc: Estimate;
  /** Keras' approximation of `auc` by 200 thresholds, for comparison with figures obtained that way. */
  kerasAuc: number | null;
  /** Binary: of the positive class; else the mean over classes. */
  averagePrecision: number | null;
  /** At the chosen threshold(s); multi-class and multi-label: mean over classes, one against the rest. */
  sensitivity: number | null;
  /** At the chosen threshold(s); multi-class and multi-label: mean over classes, one against the rest. */
  specificity: number | null;
  /** Binary: one; multi-label: one per class; multi-class: null. */
  thresholds: number[] | null;
  /** Counts, rows true class, columns predicted class (binary: at the threshold). Multi-label: null, see `perClass`. */
  confusionMatrix: number[][] | null;
  /** Mean squared error of the probabilities: over the two outcomes' one (0 to 1), or summed over classes (multi-class, 0 to 2). */
  brier: number | null;
  /** Expected calibration error, 15 equal-width bins (multi-class: of the most probable class). */
  calibrationError: number | null;
  perClass: ClassMetrics[];
  /** Why something is null or only approximate, one sentence each. */
  notes: string[];
  /** Intervals of what is not an `Estimate` itself; absent where nothing was resampled. */
  uncertainty?: Uncertainty;
  /** Decisions at thresholds that were chosen on validation data to keep a rate. */
  operatingPoints?: OperatingPoint[];
  /** As measured after temperature scaling; what is above is before. */
  calibrated?: Calibrated;
  /** One per column that was asked for. */
  subgroups?: SubgroupTable[];
}

/** 95 % intervals by name of the metric, and where they come from. */
export interface Uncertainty {
  /** What was resampled: groups such as patients, where some have several samples, or samples. */
  unit: 'group' | 'sample';
  units: number;
  resamples: number;
  seed: number;
  overall: Record<string, Interval>;
  /** In the order of `Metrics.perClass`. */
  perClass: Record<string, Interval>[];
}

/** Which rate is kept at a minimum in [0, 1], while the other is made as large as possible. */
export type OperatingRule = { minSpecificity: number } | { minSensitivity: number };

/** A threshold chosen on validation data. */
export interface ChosenPoint {
  /** Name of the class that is told from the rest. */
  class: string;
  rule: OperatingRule;
  threshold: number;
}

/** What a chosen threshold does on these data. */
export interface OperatingPoint extends ChosenPoint {
  sensitivity: Estimate;
  specificity: Estimate;
  ppv: Estimate;
  npv: Estimate;
}

export interface Calibrated {
  /** By which logits are divided; fitted on validation data. */
  temperature: number;
  loss: Estimate;
  brier: Estimate;
  calibrationError: Estimate;
}

/** The samples divided by what a column says of them. */
export interface SubgroupTable {
  column: string;
  /** Largest first. */
  rows: SubgroupRow[];
  /** Samples of which the column says nothing. */
  missing: number;
}

/** As the fields of the same names in `Metrics`, of the samples with one value. */
export interface SubgroupRow {
  value: string;
  n: number;
  /** Groups, such as patients, or samples. */
  units: number;
  /** Samples per class, in the order of `Metrics.perClass`. */
  positives: number[];
  auc: Estimate;
  accuracy: Estimate;
  sensitivity: Estimate;
  specificity: Estimate;
  calibrationError: Estimate;
}
