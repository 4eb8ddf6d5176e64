/** @file The results of a model card: one section per split or other data, with every interval. */
import { classEstimateOf, estimateOf } from '../metrics/estimates.js';
import { isSmall, smallMeans } from '../metrics/subgroups.js';
import type { Estimate, Metrics, SubgroupTable } from '../metrics/types.js';
import { count, known, percent, percentRange, range, ruleText, score } from './format.js';
import { plain, table } from './markdown.js';

/** Where the intervals come from. */
export function intervalsOf(metrics: Readonly<Record<string, Metrics>>): string {
  const [first] = Object.values(metrics);
  const uncertainty = first?.uncertainty;
  if (!uncertainty) return 'Intervals are 95 %: DeLong’s for AUC.';
  const how =
    uncertainty.unit === 'group'
      ? 'BCa intervals of a bootstrap that draws whole groups (patients)'
      : 'DeLong’s for AUC, Wilson’s for proportions, BCa intervals of a bootstrap for the rest';
  return `Intervals are 95 %: ${how}; ${count(uncertainty.resamples)} draws, seed ${uncertainty.seed}.`;
}

/** What was measured on some images. @param isValidation whether things were chosen on them */
export function resultsOf(title: string, metrics: Metrics, isValidation: boolean): string {
  const {
    perClass,
    thresholds,
    n,
    uncertainty,
    operatingPoints = [],
    calibrated,
    notes,
    subgroups = [],
  } = metrics;
  const isOne = perClass.length === 1;
  const groups = uncertainty?.unit === 'group' ? `, ${count(uncertainty.units)} groups` : '';
  const rows: string[][] = [
    [isOne ? 'AUC' : 'AUC, mean over classes', withRange(metrics.auc)],
    ['Average precision', withRange(estimateOf(metrics, 'averagePrecision'))],
    ['Accuracy', withPercents(estimateOf(metrics, 'accuracyAtThreshold'))],
    ['Balanced accuracy', withPercents(estimateOf(metrics, 'balancedAccuracy'))],
    ['Sensitivity', withPercents(estimateOf(metrics, 'sensitivity'))],
    ['Specificity', withPercents(estimateOf(metrics, 'specificity'))],
    ...(isOne
      ? [
          ['Positive predictive value', withPercents(classEstimateOf(metrics, 0, 'ppv'))],
          ['Negative predictive value', withPercents(classEstimateOf(metrics, 0, 'npv'))],
        ]
      : []),
    ['Log loss', withRange(estimateOf(metrics, 'loss'))],
    ['Brier score', withRange(estimateOf(metrics, 'brier'))],
    ['Calibration error', withPercents(estimateOf(metrics, 'calibrationError'))],
  ];
  const parts = [
    `### ${title}`,
    isValidation
      ? `${count(n)} images${groups}. Training stopped by these, and thresholds were chosen on them, so that they look better than new images would.`
      : `${count(n)} images${groups}.`,
    table(['metric', 'value (95 % interval)'], rows),
    thresholds && isOne ? `Decisions are at threshold ${score(thresholds[0])}.` : '',
    isOne
      ? ''
      : table(
          ['class', 'images', 'AUC', 'sensitivity', 'specificity'],
          perClass.map((c, k) => [
            plain(c.name),
            count(c.positives),
            withRange(c.auc),
            withPercents(classEstimateOf(metrics, k, 'sensitivity')),
            withPercents(classEstimateOf(metrics, k, 'specificity')),
          ]),
        ),
    operatingPoints.length > 0 ? '#### Operating points' : '',
    operatingPoints.length > 0
      ? table(
          [
            ...(isOne ? [] : ['class']),
            'chosen on validation for',
            'threshold',
            'sensitivity',
            'specificity',
            'PPV',
            'NPV',
          ],
          operatingPoints.map((p) => [
            ...(isOne ? [] : [plain(p.class)]),
            ruleText(p.rule),
            score(p.threshold),
            ...[p.sensitivity, p.specificity, p.ppv, p.npv].map(withPercents),
          ]),
        )
      : '',
    calibrated
      ? `Temperature scaling (${calibrated.temperature.toFixed(3)}, fitted on validation): calibration error ${withPercents(calibrated.calibrationError)}, log loss ${withRange(calibrated.loss)}, Brier score ${withRange(calibrated.brier)}. Predictions are scaled only on request.`
      : '',
    ...subgroups.map((t) => subgroupOf(t)),
    notes.map((note) => `- ${note}`).join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function subgroupOf({ column, rows, missing }: SubgroupTable): string {
  const body = rows.map((row) => [
    `${plain(row.value)}${isSmall(row) ? ' \\*' : ''}`,
    count(row.n),
    row.positives.map(count).join(' / '),
    withRange(row.auc),
    withPercents(row.sensitivity),
    withPercents(row.specificity),
    withPercents(row.calibrationError),
  ]);
  const unsaid = missing > 0 ? `\n\n${count(missing)} images without ${plain(column)}.` : '';
  const marked = rows.some(isSmall) ? `\n\n\\* ${smallMeans}.` : '';
  return `#### By ${plain(column)}\n\n${table(
    [plain(column), 'images', 'positive', 'AUC', 'sensitivity', 'specificity', 'calibration error'],
    body,
  )}${unsaid}${marked}`;
}

/** `0.957 (0.941–0.969)`. */
export function withRange(estimate: Estimate): string {
  return known(estimate.low) ? `${score(estimate.value)} (${range(estimate)})` : score(estimate.value);
}

function withPercents(estimate: Estimate): string {
  const text = percentRange(estimate);
  return text === '' ? percent(estimate.value) : `${percent(estimate.value)} (${text})`;
}
