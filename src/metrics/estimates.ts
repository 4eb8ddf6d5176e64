/** @file Metrics together with their intervals, which `Metrics` keeps apart. */
import type { Estimate, Metrics } from './types.js';
import type { classNames, overallNames } from './weighted.js';

/** A metric with its interval, where it has one. */
export function estimateOf(metrics: Metrics, name: Exclude<(typeof overallNames)[number], 'auc'>): Estimate {
  const { low, high } = metrics.uncertainty?.overall[name] ?? { low: null, high: null };
  return { value: metrics[name], low, high };
}

/** The same of one class, by its place in `perClass`. */
export function classEstimateOf(
  metrics: Metrics,
  k: number,
  name: Exclude<(typeof classNames)[number], 'auc'>,
): Estimate {
  const { low, high } = metrics.uncertainty?.perClass[k]?.[name] ?? { low: null, high: null };
  return { value: metrics.perClass[k][name], low, high };
}
