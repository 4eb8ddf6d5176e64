/** @file The comparison of two runs as the terminal shows it. */
import type { ComparedMetric } from '../metrics/index.js';
import { pValue } from '../report/format.js';
import type { RunComparison } from '../runs/compare.js';
import { count, table } from './table.js';
import { show } from './train-screen.js';

const titles: Partial<Record<ComparedMetric['name'], string>> = {
  auc: 'AUC',
  averagePrecision: 'average precision',
  accuracyAtThreshold: 'accuracy at threshold',
  balancedAccuracy: 'balanced accuracy',
  brier: 'Brier score',
  calibrationError: 'calibration error',
};
const order: readonly ComparedMetric['name'][] = [
  'auc',
  'averagePrecision',
  'accuracy',
  'accuracyAtThreshold',
  'balancedAccuracy',
  'sensitivity',
  'specificity',
  'loss',
  'brier',
  'calibrationError',
];

/** One row per metric; a task without thresholds has one accuracy. */
export function comparisonText(
  { metrics, n, unit, units, task, resamples }: RunComparison,
  [first, second]: readonly [string, string],
): string {
  const shown = order.filter((name) => task !== 'multi-class' || name !== 'accuracyAtThreshold');
  const rows = shown.map((name) => {
    const { first, second, difference, pValue: p, test } = metrics.find((metric) => metric.name === name)!;
    const { value, low, high } = difference;
    return [
      titles[name] ?? name,
      show(first),
      show(second),
      signed(value),
      low === null || high === null ? '–' : `${signed(low)} to ${signed(high)}`,
      pValue(p),
      test,
    ];
  });
  const of = unit === 'group' ? ` of ${count(units)} groups` : '';
  return `${[
    `${count(n)} images${of}; A is ${first}, B is ${second}`,
    table([['metric', 'A', 'B', 'A − B', '95 % interval', 'p', 'test'], ...rows]),
    `p is two-sided and not corrected for the number of metrics; bootstrap: ${count(resamples)} paired draws of ${unit === 'group' ? 'groups' : 'images'}.`,
  ].join('\n\n')}\n`;
}

function signed(value: number | null): string {
  return value === null ? '–' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
}
