/** @file The metrics of parts of the samples, told apart by a column of a table: sex, hospital, scanner. */
import { unitsOf } from './bootstrap.js';
import { rowsOf } from './columns.js';
import { estimateOf } from './estimates.js';
import { type MeasureOptions, measure } from './measure.js';
import type { Predictions, SubgroupTable } from './types.js';

/**
 * The metrics of the samples with each value of a column.
 * @param values per sample; undefined or empty where nothing is said
 */
export function subgroupTable(
  predictions: Predictions,
  column: string,
  values: readonly (string | undefined)[],
  options: MeasureOptions = {},
): SubgroupTable {
  const rowsByValue = new Map<string, number[]>();
  values.forEach((value, i) => {
    if (!value) return;
    rowsByValue.set(value, [...(rowsByValue.get(value) ?? []), i]);
  });
  const rows = [...rowsByValue].map(([value, samples]) => {
    const groups = options.groups && samples.map((i) => options.groups![i]);
    const { thresholds, resamples, seed } = options;
    const metrics = measure(rowsOf(predictions, samples), { thresholds, groups, resamples, seed });
    return {
      value,
      n: metrics.n,
      units: unitsOf(samples.length, groups).count,
      positives: metrics.perClass.map(({ positives }) => positives),
      auc: metrics.auc,
      accuracy: estimateOf(metrics, 'accuracyAtThreshold'),
      sensitivity: estimateOf(metrics, 'sensitivity'),
      specificity: estimateOf(metrics, 'specificity'),
      calibrationError: estimateOf(metrics, 'calibrationError'),
    };
  });
  rows.sort((a, b) => b.n - a.n || (a.value < b.value ? -1 : 1));
  return { column, rows, missing: values.filter((value) => !value).length };
}
