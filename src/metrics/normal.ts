/** @file What intervals and tests need of the normal distribution. */

/** 97.5 % of a standard normal lies below this. */
export const Z_95 = 1.959963984540054;

/** P(|Z| ≥ |z|) of a standard normal Z, to about 1e-12 relative. */
export function twoSidedPValue(z: number): number {
  return complementaryErrorFunction(Math.abs(z) / Math.SQRT2);
}

/** P(Z ≤ z) of a standard normal Z. */
export function normalCumulative(z: number): number {
  const tail = twoSidedPValue(z) / 2;
  return z < 0 ? tail : 1 - tail;
}

/** The z that P(Z ≤ z) = p, by bisection; −Infinity and Infinity at 0 and 1. */
export function normalQuantile(p: number): number {
  if (p <= 0) return -Infinity;
  if (p >= 1) return Infinity;
  if (p > 0.5) return -normalQuantile(1 - p);
  let [low, high] = [-40, 0];
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (normalCumulative(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** erfc(x) for x ≥ 0: its Maclaurin-type series below 2.5, its continued fraction above (Abramowitz & Stegun 7.1.6, 7.1.14). */
function complementaryErrorFunction(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  const tail = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (x < 2.5) {
    let term = x;
    let sum = x;
    for (let k = 1; term > sum * 1e-17; k++) {
      term *= (2 * x * x) / (2 * k + 1);
      sum += term;
    }
    return 1 - 2 * tail * sum;
  }
  if (tail === 0) return 0;
  let fraction = x;
  for (let k = 120; k >= 1; k--) fraction = x + k / 2 / fraction;
  return tail / fraction;
}
