/** @file The metrics of parts of the samples, told apart by a column of a table: sex, hospital, scanner. */
import { unitsOf } from './bootstrap.js';
import { rowsOf } from './columns.js';
import { estimateOf } from './estimates.js';
import { type MeasureOptions, measure } from './measure.js';
import type { Metrics, Predictions, SubgroupRow, SubgroupTable } from './types.js';

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
    return subgroupRow(value, metrics, unitsOf(samples.length, groups).count);
  });
  return { column, rows: largestFirst(rows), missing: values.filter((value) => !value).length };
}

/** The table of parts that have been measured already. @param parts by value */
export function subgroupTableOf(column: string, parts: Readonly<Record<string, Metrics>>): SubgroupTable {
  const rows = Object.entries(parts).map(([value, metrics]) =>
    subgroupRow(value, metrics, metrics.uncertainty?.units ?? metrics.n),
  );
  return { column, rows: largestFirst(rows), missing: 0 };
}

function subgroupRow(value: string, metrics: Metrics, units: number): SubgroupRow {
  return {
    value,
    n: metrics.n,
    units,
    positives: metrics.perClass.map(({ positives }) => positives),
    auc: metrics.auc,
    accuracy: estimateOf(metrics, 'accuracyAtThreshold'),
    sensitivity: estimateOf(metrics, 'sensitivity'),
    specificity: estimateOf(metrics, 'specificity'),
    calibrationError: estimateOf(metrics, 'calibrationError'),
  };
}

function largestFirst(rows: readonly SubgroupRow[]): SubgroupRow[] {
  return [...rows].sort((a, b) => b.n - a.n || (a.value < b.value ? -1 : 1));
}

const FEW_UNITS = 20;
const FEW_OF_A_CLASS = 5;

/** What a mark for `isSmall` means. */
export const smallMeans = `fewer than ${FEW_UNITS} patients (or images), or than ${FEW_OF_A_CLASS} images with or without some class: such figures say little`;

/** Whether a subgroup is too small to conclude from. */
export function isSmall({ n, units, positives }: SubgroupRow): boolean {
  return units < FEW_UNITS || positives.some((count) => Math.min(count, n - count) < FEW_OF_A_CLASS);
}
