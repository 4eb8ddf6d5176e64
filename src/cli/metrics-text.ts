/** @file Metrics as the terminal shows them. */
import type { Metrics } from '../metrics/index.js';
import { table } from './table.js';
import { interval, show, summary } from './train-screen.js';

/** A headline, the figures, a row per class, and the confusion matrix where there is one. */
export function metricsText(metrics: Metrics): string {
  const { classes, perClass, confusionMatrix, thresholds, notes } = metrics;
  const figures: [string, string][] = [
    ['average precision', show(metrics.averagePrecision)],
    ['Brier score', show(metrics.brier)],
    ['calibration error', show(metrics.calibrationError)],
    ...(thresholds ? [['threshold', thresholds.map(show).join(', ')] as [string, string]] : []),
    ['accuracy', show(metrics.accuracyAtThreshold)],
    ['balanced accuracy', show(metrics.balancedAccuracy)],
    ['sensitivity', show(metrics.sensitivity)],
    ['specificity', show(metrics.specificity)],
  ];
  const parts = [summary('all', metrics), table([['metric', 'value'], ...figures])];
  if (thresholds)
    parts.push('Accuracies, sensitivity, specificity and what is predicted are at the threshold.');
  if (perClass.length > 1) {
    parts.push(
      table([
        ['class', 'images', 'AUC (95 % interval)', 'sensitivity', 'specificity'],
        ...perClass.map((c) => [
          c.name,
          c.positives,
          interval(c.auc),
          show(c.sensitivity),
          show(c.specificity),
        ]),
      ]),
    );
  }
  if (confusionMatrix) {
    parts.push(
      table([['true \\ predicted', ...classes], ...confusionMatrix.map((row, i) => [classes[i], ...row])]),
    );
  }
  return `${[...parts, ...notes.map((note) => `Note: ${note}`)].join('\n\n')}\n`;
}
