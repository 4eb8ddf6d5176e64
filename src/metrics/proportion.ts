/** @file A proportion with its confidence interval. */
import { Z_95 } from './normal.js';
import type { Estimate } from './types.js';

/**
 * Wilson's score interval, 95 % (J. Am. Stat. Assoc. 22 (1927) 209–212): within [0, 1], and sensible near its ends.
 * @returns null where `total` is 0
 */
export function wilsonInterval(successes: number, total: number): Estimate {
  if (total === 0) return { value: null, low: null, high: null };
  const value = successes / total;
  const z2 = Z_95 ** 2 / total;
  const centre = value + z2 / 2;
  const reach = Math.sqrt(value * (1 - value) * z2 + z2 ** 2 / 4);
  const clip = (x: number) => Math.min(1, Math.max(0, x / (1 + z2)));
  return {
    value,
    low: successes === 0 ? 0 : clip(centre - reach),
    high: successes === total ? 1 : clip(centre + reach),
  };
}
