/**
 * @file The bootstrap by group (patient), and intervals from it. Whole groups are drawn with replacement, because images
 * of one patient are not independent. Intervals are bias-corrected and accelerated (BCa: Efron, J. Am. Stat. Assoc. 82
 * (1987) 171–185), as many metrics are skewed, and some, such as the calibration error, biased when resampled.
 */
import { Random } from '../random.js';
import { normalCumulative, normalQuantile, Z_95 } from './normal.js';
import type { Interval } from './types.js';

/** What is drawn: groups of samples, or samples each for itself. */
export interface Units {
  /** Which unit each sample belongs to. */
  readonly of: Uint32Array;
  readonly count: number;
  /** Whether some unit has more than one sample. */
  readonly grouped: boolean;
}

/** @param groups per sample the name of its group; undefined, also for a sample alone, makes it one by itself */
export function unitsOf(samples: number, groups?: readonly (string | undefined)[]): Units {
  const numbers = new Map<string, number>();
  let count = 0;
  const of = Uint32Array.from({ length: samples }, (_, i) => {
    const group = groups?.[i];
    if (group === undefined || group === '') return count++;
    if (!numbers.has(group)) numbers.set(group, count++);
    return numbers.get(group)!;
  });
  return { of, count, grouped: count < samples };
}

export interface ResampleOptions {
  /** How many times the units are drawn. Default 2000. */
  readonly resamples?: number;
  /** Default 0. */
  readonly seed?: number;
}

export const RESAMPLES = 2000;
const STREAM = 0x626f6f74;
/** More units than this are left out in blocks, which changes the acceleration hardly and saves the time. */
const MOST_BLOCKS = 200;

/**
 * Several statistics at once, of samples that count as often as their weights say; NaN where undefined. The weights are
 * whole, and overwritten after the call.
 */
export type Statistics = (weights: Float64Array) => Float64Array;

/** What resampling gave, per statistic. */
export interface Resampled {
  /** With every sample counted once. */
  readonly estimate: Float64Array;
  /** One per resample, sorted; those undefined left out. */
  readonly distributions: readonly Float64Array[];
  readonly accelerations: Float64Array;
}

/** Draws, and computes the statistics of every draw. Deterministic. */
export function resample(
  statistics: Statistics,
  units: Units,
  { resamples = RESAMPLES, seed = 0 }: ResampleOptions = {},
): Resampled {
  const { of, count } = units;
  const times = new Float64Array(count);
  const weights = new Float64Array(of.length);
  const weighted = () => {
    for (let i = 0; i < weights.length; i++) weights[i] = times[of[i]];
    return statistics(weights);
  };
  const estimate = statistics(weights.fill(1));
  const random = new Random(seed, STREAM);
  const drawn = Array.from(estimate, () => new Float64Array(resamples));
  for (let b = 0; b < resamples; b++) {
    times.fill(0);
    for (let i = 0; i < count; i++) times[Math.floor(count * random.unit())]++;
    const values = weighted();
    for (let s = 0; s < values.length; s++) drawn[s][b] = values[s];
  }
  const blocks = Math.min(count, MOST_BLOCKS);
  const without = Array.from({ length: blocks }, (_, block) => {
    for (let unit = 0; unit < count; unit++) times[unit] = Number(unit % blocks !== block);
    return weighted();
  });
  return {
    estimate,
    distributions: drawn.map((values) => values.filter((x) => !Number.isNaN(x)).sort()),
    accelerations: estimate.map((_, s) => accelerationOf(without.map((row) => row[s]))),
  };
}

/** From the statistic without each block: how fast its standard error changes with its value (Efron 1987, 6.6). */
function accelerationOf(leftOut: readonly number[]): number {
  const values = leftOut.filter((x) => !Number.isNaN(x));
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  let [cubes, squares] = [0, 0];
  for (const x of values) {
    cubes += (mean - x) ** 3;
    squares += (mean - x) ** 2;
  }
  return squares > 0 ? cubes / (6 * squares ** 1.5) : 0;
}

/** Of which statistic, among those resampled together, in words of `Resampled`. */
interface OneResampled {
  readonly estimate: number;
  readonly distribution: Float64Array;
  readonly acceleration: number;
}

export function statisticAt(
  { estimate, distributions, accelerations }: Resampled,
  index: number,
): OneResampled {
  return {
    estimate: estimate[index],
    distribution: distributions[index],
    acceleration: accelerations[index],
  };
}

/** Where fewer resamples than this give a value, there is no interval. */
const LEAST_DEFINED = 0.5;

/**
 * The 95 % BCa interval.
 * @param resamples how many there were, the undefined ones counted
 * @returns nulls where the statistic does not vary, or is undefined in most resamples
 */
export function bcaInterval(resampled: OneResampled, resamples: number): Interval {
  const { estimate, distribution, acceleration } = resampled;
  const isConstant = distribution[0] === distribution.at(-1);
  if (Number.isNaN(estimate) || isConstant || distribution.length < LEAST_DEFINED * resamples) {
    return { low: null, high: null };
  }
  const bias = biasOf(resampled);
  const level = (z: number) => normalCumulative(bias + (bias + z) / (1 - acceleration * (bias + z)));
  return { low: quantileOf(distribution, level(-Z_95)), high: quantileOf(distribution, level(Z_95)) };
}

/**
 * Whether the statistic, a difference, is zero: the level at which the BCa interval's end is zero, two-sided. Never
 * below 2 / (resamples + 1), as nothing rarer than one draw is seen.
 * @returns null where the statistic is undefined; 1 where it is always zero
 */
export function bcaPValue(resampled: OneResampled): number | null {
  const { estimate, distribution, acceleration } = resampled;
  if (Number.isNaN(estimate) || distribution.length === 0) return null;
  if (distribution[0] === distribution.at(-1)) return estimate === 0 ? 1 : null;
  const bias = biasOf(resampled);
  const shift = normalQuantile(shareBelow(distribution, 0)) - bias;
  const z = shift / (1 + acceleration * shift) - bias;
  const tail = Math.min(normalCumulative(z), normalCumulative(-z));
  return Math.min(1, Math.max(2 * tail, 2 / (distribution.length + 1)));
}

/** How far, in standard normal units, the estimate lies from the median of its resamples. */
function biasOf({ estimate, distribution }: OneResampled): number {
  return normalQuantile(shareBelow(distribution, estimate));
}

/** The share of values below `x`, those equal counted half; never quite 0 or 1. */
function shareBelow(sorted: Float64Array, x: number): number {
  let [below, equal] = [0, 0];
  for (const value of sorted) {
    if (value < x) below++;
    else if (value === x) equal++;
  }
  const least = 0.5 / (sorted.length + 1);
  return Math.min(1 - least, Math.max(least, (below + equal / 2) / sorted.length));
}

/** By linear interpolation between order statistics. */
function quantileOf(sorted: Float64Array, level: number): number {
  const at = level * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}
