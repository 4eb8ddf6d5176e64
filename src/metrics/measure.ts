/** @file Everything about the predictions of one split: the metrics, their intervals, operating points, calibration. */
import { perfectInterval } from './auc.js';
import {
  bcaInterval,
  RESAMPLES,
  type ResampleOptions,
  resample,
  statisticAt,
  type Units,
  unitsOf,
} from './bootstrap.js';
import { classColumns } from './columns.js';
import { evaluatePredictions } from './evaluate.js';
import { chooseThreshold, countsAt, mostProbable, ratesOf } from './operating-point.js';
import { wilsonInterval } from './proportion.js';
import { atTemperature } from './temperature.js';
import type {
  BinaryCounts,
  ChosenPoint,
  Estimate,
  Interval,
  Metrics,
  OperatingPoint,
  OperatingRule,
  Predictions,
} from './types.js';
import { classNames, entryStatistics, overallNames, rateNames, weightedMetrics } from './weighted.js';

export interface MeasureOptions extends ResampleOptions {
  /** As `chooseThresholds` gives them from validation predictions; 0.5 without. */
  readonly thresholds?: readonly number[] | null;
  /** As `chooseOperatingPoints` gives them from validation predictions. */
  readonly points?: readonly ChosenPoint[];
  /** As `fitTemperature` gives it from validation predictions. */
  readonly temperature?: number;
  /** Per sample the name of its group, such as a patient; undefined for one by itself. */
  readonly groups?: readonly (string | undefined)[];
}

/** What is chosen unless told otherwise. */
export const operatingRules: readonly OperatingRule[] = [{ minSpecificity: 0.95 }, { minSensitivity: 0.95 }];

/** For each class against the rest, and each rule, the threshold that follows it best on these (validation) predictions. */
export function chooseOperatingPoints(
  predictions: Predictions,
  rules: readonly OperatingRule[] = operatingRules,
): ChosenPoint[] {
  return classColumns(predictions).flatMap(({ name, targets, probabilities }) => {
    const isSeparable = targets.some((t) => t > 0.5) && targets.some((t) => t >= 0 && t <= 0.5);
    if (!isSeparable) return [];
    return rules.map((rule) => ({
      class: name,
      rule,
      threshold: chooseThreshold(targets, probabilities, rule),
    }));
  });
}

/**
 * Measures predictions. Intervals are 95 %: where every sample is a unit by itself DeLong's for AUC and Wilson's for
 * proportions; where groups have several samples BCa intervals of the bootstrap over groups; the latter also for
 * whatever else is measured. Where a bootstrap over groups sees no variation, as of a sensitivity of 1, it is Wilson's
 * (for AUC the exact) interval with groups counted instead of samples.
 * @throws TransfuseError `bad-predictions`
 */
export function measure(predictions: Predictions, options: MeasureOptions = {}): Metrics {
  const { thresholds = null, points = [], temperature, groups, resamples = RESAMPLES, seed = 0 } = options;
  const metrics = evaluatePredictions({ ...predictions, threshold: thresholds });
  const units = unitsOf(metrics.n, groups);
  if (metrics.n === 0 || resamples === 0) return metrics;

  const columns = classColumns(predictions);
  const columnOf = (name: string) => columns.find((column) => column.name === name)!;
  // Where every sample is a unit, Wilson's formula gives the intervals of the points.
  const resampledPoints = units.grouped ? points : [];
  const parts = [weightedMetrics(predictions, metrics.thresholds, resampledPoints)];
  const pointsAt = overallNames.length + columns.length * classNames.length;
  const calibratedAt = pointsAt + resampledPoints.length * rateNames.length;
  if (temperature !== undefined) {
    const entries = entryStatistics({
      ...predictions,
      probabilities: atTemperature(predictions, temperature),
    });
    parts.push((weights) => {
      const { loss, brier, calibrationError } = entries(weights);
      return Float64Array.of(loss, brier, calibrationError);
    });
  }
  const joined = (weights: Float64Array) =>
    Float64Array.from(parts.flatMap((statistics) => [...statistics(weights)]));
  const resampled = resample(joined, units, { resamples, seed });
  const intervalAt = (index: number): Interval => bcaInterval(statisticAt(resampled, index), resamples);
  const proportion = (counts: ProportionCounts, index: number): Interval => {
    if (!units.grouped) return bounds(wilsonInterval(counts.part, counts.whole));
    const interval = intervalAt(index);
    const isExtreme = counts.part === 0 || counts.part === counts.whole;
    if (interval.low !== null || !isExtreme || counts.whole === 0) return interval;
    const count = unitsAmong(units, counts.isCounted);
    return bounds(wilsonInterval(counts.part === 0 ? 0 : count, count));
  };

  const perClass = metrics.perClass.map((c, k) => {
    const base = overallNames.length + k * classNames.length;
    const at = (name: (typeof classNames)[number]) => base + classNames.indexOf(name);
    const decided = decisions(metrics, predictions, k);
    const rates = proportionsOf(c, columns[k].targets, decided);
    return Object.fromEntries(
      classNames
        .filter((name) => name !== 'auc')
        .map((name) => [name, rates[name] ? proportion(rates[name], at(name)) : intervalAt(at(name))]),
    );
  });
  const overall = Object.fromEntries(
    overallNames
      .filter((name) => name !== 'auc')
      .map((name) => {
        const counts = overallProportion(metrics, name);
        const index = overallNames.indexOf(name);
        const inherited = metrics.task === 'binary' ? perClass[0][inheritedBy[name] ?? ''] : undefined;
        return [name, inherited ?? (counts ? proportion(counts, index) : intervalAt(index))];
      }),
  );
  if (units.grouped) regroupAucs(metrics, columns, units, intervalAt);

  const result: Metrics = {
    ...metrics,
    uncertainty: {
      unit: units.grouped ? 'group' : 'sample',
      units: units.count,
      resamples,
      seed,
      overall,
      perClass,
    },
  };
  if (points.length > 0) {
    result.operatingPoints = points.map((point, p) => {
      const { targets, probabilities } = columnOf(point.class);
      const counts = countsAt(targets, probabilities, point.threshold);
      const rates = ratesOf(counts);
      const proportions = proportionsOf(counts, targets, (i) => probabilities[i] >= point.threshold);
      const estimate = (name: RateName): Estimate => ({
        value: rates[name],
        ...proportion(proportions[name]!, pointsAt + p * rateNames.length + rateNames.indexOf(name)),
      });
      const { sensitivity, specificity, ppv, npv } = Object.fromEntries(
        rateNames.map((name) => [name, estimate(name)]),
      ) as Record<RateName, Estimate>;
      return { ...point, sensitivity, specificity, ppv, npv } satisfies OperatingPoint;
    });
  }
  if (temperature !== undefined) {
    const estimate = (index: number): Estimate => ({
      value: defined(resampled.estimate[calibratedAt + index]),
      ...intervalAt(calibratedAt + index),
    });
    result.calibrated = {
      temperature,
      loss: estimate(0),
      brier: estimate(1),
      calibrationError: estimate(2),
    };
  }
  return result;
}

/** Of a binary task, what is the same for its one class. */
const inheritedBy: Partial<Record<string, string>> = {
  accuracyAtThreshold: 'accuracy',
  balancedAccuracy: 'balancedAccuracy',
  averagePrecision: 'averagePrecision',
  sensitivity: 'sensitivity',
  specificity: 'specificity',
};

type RateName = (typeof rateNames)[number];

/** A proportion of samples: how many of how many, and which count at all. */
interface ProportionCounts {
  readonly part: number;
  readonly whole: number;
  readonly isCounted: (sample: number) => boolean;
}

function proportionsOf(
  { truePositives: tp, falsePositives: fp, trueNegatives: tn, falseNegatives: fn }: BinaryCounts,
  targets: Float32Array,
  called: (sample: number) => boolean,
): Partial<Record<string, ProportionCounts>> & Record<RateName, ProportionCounts> {
  const isPositive = (i: number) => targets[i] > 0.5;
  const isNegative = (i: number) => targets[i] >= 0 && targets[i] <= 0.5;
  return {
    accuracy: { part: tp + tn, whole: tp + tn + fp + fn, isCounted: (i) => targets[i] >= 0 },
    sensitivity: { part: tp, whole: tp + fn, isCounted: isPositive },
    specificity: { part: tn, whole: tn + fp, isCounted: isNegative },
    ppv: { part: tp, whole: tp + fp, isCounted: (i) => targets[i] >= 0 && called(i) },
    npv: { part: tn, whole: tn + fn, isCounted: (i) => targets[i] >= 0 && !called(i) },
  };
}

/** The accuracy of a binary or multi-class task is a proportion of samples; a multi-label one of entries, which depend. */
function overallProportion({ task, n, accuracy }: Metrics, name: string): ProportionCounts | undefined {
  const isOne =
    task !== 'multi-label' &&
    (name === 'accuracy' || (task === 'multi-class' && name === 'accuracyAtThreshold'));
  if (!isOne || accuracy === null) return undefined;
  return { part: Math.round(accuracy * n), whole: n, isCounted: () => true };
}

/** Whether each sample is called class k. */
function decisions(metrics: Metrics, { probabilities }: Predictions, k: number): (sample: number) => boolean {
  const outputs = metrics.perClass.length;
  if (metrics.thresholds) {
    const threshold = metrics.thresholds[k];
    return (i) => probabilities[i * outputs + k] >= threshold;
  }
  const predicted = mostProbable(probabilities, outputs);
  return (i) => predicted[i] === k;
}

/** Puts the bootstrap's intervals in the place of DeLong's, which take samples of a group for independent. */
function regroupAucs(
  metrics: Metrics,
  columns: ReturnType<typeof classColumns>,
  units: Units,
  intervalAt: (index: number) => Interval,
): void {
  const pairs = columns.map(({ targets }) =>
    Math.min(
      unitsAmong(units, (i) => targets[i] > 0.5),
      unitsAmong(units, (i) => targets[i] >= 0 && targets[i] <= 0.5),
    ),
  );
  const regrouped = ({ value }: Estimate, index: number, pairCount: number): Estimate => {
    const interval = intervalAt(index);
    const isPerfect = value === 1 || value === 0;
    return { value, ...(isPerfect ? perfectInterval(value, pairCount) : interval) };
  };
  metrics.perClass.forEach((c, k) => {
    c.auc = regrouped(c.auc, overallNames.length + k * classNames.length, pairs[k]);
  });
  const present = pairs.filter((_, k) => metrics.perClass[k].auc.value !== null);
  metrics.auc = regrouped(metrics.auc, overallNames.indexOf('auc'), Math.min(...present));
  metrics.notes = metrics.notes.map((note) => note.replace(/, not DeLong's\./, ', groups counted once.'));
}

function unitsAmong(units: Units, isCounted: (sample: number) => boolean): number {
  const found = new Set<number>();
  units.of.forEach((unit, i) => {
    if (isCounted(i)) found.add(unit);
  });
  return found.size;
}

function bounds({ low, high }: Estimate): Interval {
  return { low, high };
}

function defined(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
