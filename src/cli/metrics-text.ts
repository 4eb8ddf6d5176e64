/** @file Metrics as the terminal shows them. */
import {
  classEstimateOf,
  type Estimate,
  estimateOf,
  isSmall,
  type Metrics,
  type SubgroupTable,
  smallMeans,
} from '../metrics/index.js';
import { ruleText } from '../report/format.js';
import { table } from './table.js';
import { interval, show, summary } from './train-screen.js';

/**
 * A headline, the figures with their intervals, a row per class, the confusion matrix, operating points, and tables of
 * subgroups, where there are any.
 */
export function metricsText(metrics: Metrics): string {
  const { classes, perClass, confusionMatrix, thresholds, notes, uncertainty, subgroups = [] } = metrics;
  const figure = (name: string, key: Parameters<typeof estimateOf>[1]): string[] => {
    const estimate = estimateOf(metrics, key);
    return [name, show(estimate.value), rangeOf(estimate)];
  };
  const figures = [
    figure('average precision', 'averagePrecision'),
    figure('Brier score', 'brier'),
    figure('calibration error', 'calibrationError'),
    ...(thresholds ? [['threshold', thresholds.map(show).join(', '), '']] : []),
    figure('accuracy', 'accuracyAtThreshold'),
    figure('balanced accuracy', 'balancedAccuracy'),
    figure('sensitivity', 'sensitivity'),
    figure('specificity', 'specificity'),
  ];
  const parts = [summary('all', metrics), table([['metric', 'value', '95 % interval'], ...figures])];
  if (thresholds)
    parts.push('Accuracies, sensitivity, specificity and what is predicted are at the threshold.');
  if (perClass.length > 1) {
    parts.push(
      table([
        ['class', 'images', 'AUC (95 % interval)', 'sensitivity', 'specificity'],
        ...perClass.map((c, k) => [
          c.name,
          c.positives,
          interval(c.auc),
          withRange(classEstimateOf(metrics, k, 'sensitivity')),
          withRange(classEstimateOf(metrics, k, 'specificity')),
        ]),
      ]),
    );
  }
  if (confusionMatrix) {
    parts.push(
      table([['true \\ predicted', ...classes], ...confusionMatrix.map((row, i) => [classes[i], ...row])]),
    );
  }
  parts.push(...operatingText(metrics), ...calibrationText(metrics), ...subgroups.map(subgroupText));
  if (uncertainty?.unit === 'group') {
    parts.push(`Intervals take ${uncertainty.units} groups (patients), not images, for independent.`);
  }
  return `${[...parts, ...notes.map((note) => `Note: ${note}`)].join('\n\n')}\n`;
}

function operatingText({ operatingPoints = [], perClass }: Metrics): string[] {
  if (operatingPoints.length === 0) return [];
  const isOne = perClass.length === 1;
  const rows = operatingPoints.map((point) => [
    ...(isOne ? [] : [point.class]),
    ruleText(point.rule),
    show(point.threshold),
    withRange(point.sensitivity),
    withRange(point.specificity),
  ]);
  const head = [
    ...(isOne ? [] : ['class']),
    'chosen on validation for',
    'threshold',
    'sensitivity here',
    'specificity here',
  ];
  return [table([head, ...rows])];
}

function calibrationText({ calibrated, loss, brier, calibrationError }: Metrics): string[] {
  if (!calibrated) return [];
  return [
    [
      `At temperature ${calibrated.temperature.toFixed(3)} (predict --calibrate): `,
      `calibration error ${show(calibrationError)} → ${withRange(calibrated.calibrationError)}, `,
      `loss ${show(loss)} → ${withRange(calibrated.loss)}, Brier score ${show(brier)} → ${withRange(calibrated.brier)}`,
    ].join(''),
  ];
}

function subgroupText({ column, rows, missing }: SubgroupTable): string {
  const body = rows.map((row) => [
    isSmall(row) ? `${row.value} *` : row.value,
    row.n,
    row.positives.join('/'),
    row.auc.value === null ? '–' : interval(row.auc),
    withRange(row.sensitivity),
    withRange(row.specificity),
  ]);
  const head = [column, 'images', 'positive', 'AUC (95 % interval)', 'sensitivity', 'specificity'];
  const unsaid = missing > 0 ? `\n  ${missing} images without ${column}` : '';
  const marked = rows.some(isSmall) ? `\n  * ${smallMeans}` : '';
  return table([head, ...body]) + unsaid + marked;
}

/** `0.9231 (0.89–0.95)`. */
function withRange(estimate: Estimate): string {
  const range = rangeOf(estimate);
  return range === '' ? show(estimate.value) : `${show(estimate.value)} (${range})`;
}

function rangeOf({ low, high }: Estimate): string {
  return low === null || high === null ? '' : `${low.toFixed(3)}–${high.toFixed(3)}`;
}
