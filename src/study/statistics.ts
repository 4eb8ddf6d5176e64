/** @file Means, spreads, and the two paired tests: Student's t and Wilcoxon's signed ranks. */

export function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

/** The standard deviation with n − 1 below; NaN for fewer than two values. */
export function sampleDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (values.length - 1));
}

export interface PairedTTest {
  readonly n: number;
  readonly meanDifference: number;
  /** Of the mean difference, 95 %. */
  readonly interval: readonly [low: number, high: number];
  readonly t: number;
  /** Two-sided. */
  readonly pValue: number;
}

/**
 * Student's t-test of the differences being zero on average.
 * @returns undefined for fewer than two differences, or where all are equal but not zero
 */
export function pairedTTest(differences: readonly number[]): PairedTTest | undefined {
  const n = differences.length;
  if (n < 2) return undefined;
  const meanDifference = mean(differences);
  const error = sampleDeviation(differences) / Math.sqrt(n);
  if (error === 0) {
    if (meanDifference !== 0) return undefined;
    return { n, meanDifference, interval: [0, 0], t: 0, pValue: 1 };
  }
  const t = meanDifference / error;
  const reach = error * studentQuantile(n - 1);
  return {
    n,
    meanDifference,
    interval: [meanDifference - reach, meanDifference + reach],
    t,
    pValue: studentTails(t, n - 1),
  };
}

export interface SignedRankTest {
  /** Differences that are not zero. */
  readonly n: number;
  /** The smaller of the rank sums of positive and negative differences. */
  readonly w: number;
  /** Two-sided, exact. */
  readonly pValue: number;
}

/**
 * Wilcoxon's signed-rank test of the differences being symmetric about zero; zeros are left out, as he did. The
 * p-value is exact, also under ties: every assignment of signs to the ranks at hand is counted.
 * @returns undefined where no difference is left
 */
export function signedRankTest(differences: readonly number[]): SignedRankTest | undefined {
  const nonZero = differences.filter((d) => d !== 0);
  const n = nonZero.length;
  if (n === 0) return undefined;
  // Ranks of ties are halves: doubled, all are whole.
  const doubled = doubledRanks(nonZero.map(Math.abs));
  const positive = nonZero.reduce((sum, d, i) => sum + (d > 0 ? doubled[i] : 0), 0);
  const total = n * (n + 1);
  const w = Math.min(positive, total - positive);
  // The probability of each sum of positive ranks, one rank after the other.
  let distribution = new Float64Array(total + 1);
  distribution[0] = 1;
  for (const rank of doubled) {
    const next = new Float64Array(total + 1);
    for (let sum = 0; sum <= total; sum++) {
      next[sum] += distribution[sum] / 2;
      if (sum + rank <= total) next[sum + rank] += distribution[sum] / 2;
    }
    distribution = next;
  }
  const tail = distribution.subarray(0, w + 1).reduce((sum, p) => sum + p, 0);
  return { n, w: w / 2, pValue: Math.min(1, 2 * tail) };
}

/** Twice the ranks from 1, ties sharing the mean of theirs. */
function doubledRanks(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  return values.map((x) => sorted.indexOf(x) + 1 + sorted.lastIndexOf(x) + 1);
}

/** P(|T| ≥ |t|) of Student's t with so many degrees of freedom. */
export function studentTails(t: number, freedom: number): number {
  return regularisedBeta(freedom / (freedom + t * t), freedom / 2, 0.5);
}

/** The t that 97.5 % lie below, by bisection. */
export function studentQuantile(freedom: number): number {
  let [low, high] = [0, 1];
  while (studentTails(high, freedom) > 0.05) high *= 2;
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (studentTails(middle, freedom) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}

/** The regularised incomplete beta function I_x(a, b), by its continued fraction (Abramowitz & Stegun 26.5.8). */
function regularisedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - regularisedBeta(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b)) / a;
  let fraction = 1;
  for (let k = 400; k >= 1; k--) {
    const m = Math.floor(k / 2);
    const numerator =
      k % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    fraction = 1 + numerator / fraction;
  }
  return front / fraction;
}

/** ln B(a, b). */
function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** ln Γ(x) for x > 0: Stirling's series beyond 10, reached by Γ(x + 1) = x Γ(x). */
function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 10; z++) shift += Math.log(z);
  const series = 1 / (12 * z) - 1 / (360 * z ** 3) + 1 / (1260 * z ** 5) - 1 / (1680 * z ** 7);
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series - shift;
}
