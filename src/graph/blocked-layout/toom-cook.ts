/**
 * @file Minimal filtering in one dimension by the algorithm of Toom and Cook (Winograd 1980; Lavin & Gray 2016, section
 * 4.1): results of a filter are coefficients of a product of polynomials, and so follow from its values at enough points.
 */

/** F(m, r): m results next to each other of a filter with r taps, by m + r − 1 products. Rows of matrices. */
export interface ToomCook {
  /** Bᵀ, [m + r − 1][m + r − 1]: what each product takes of a tile's numbers. */
  readonly ofTile: readonly (readonly number[])[];
  /** G, [m + r − 1][r]: what it takes of the filter's. */
  readonly ofFilter: readonly (readonly number[])[];
  /** Aᵀ, [m][m + r − 1]: what each result takes of the products. */
  readonly ofProducts: readonly (readonly number[])[];
  /** Of a product that reaches every result once. */
  readonly reachesAll: number;
}

/**
 * Where polynomials are evaluated, besides at infinity, by how many points: of all choices among small fractions about
 * those that round least. 1 is always one, so that its product reaches every result as it is.
 */
const POINTS: Readonly<Record<number, readonly number[]>> = {
  6: [0, 1, -1, 0.5, -2],
  8: [0, 1, -1, 0.5, -0.5, 2, -2],
  9: [0, 1, -3, -0.75, -1.25, -0.375, 1.75, 0.625],
};

/** How many results are known here for each number of taps. */
export const RESULTS: Readonly<Record<number, readonly number[]>> = { 3: [6, 4], 5: [4, 2], 7: [3, 2] };

/** y = Aᵀ·(G·filter ⊙ Bᵀ·tile), where `results` is one of `RESULTS[taps]`. */
export function toomCook(results: number, taps: number): ToomCook {
  const points = POINTS[results + taps - 1]!;
  const others = (i: number) => points.filter((_, j) => j !== i);
  const powers = (x: number, count: number) => Array.from({ length: count }, (_, k) => x ** k);
  const last = (count: number) => Array.from({ length: count }, (_, k) => (k === count - 1 ? 1 : 0));
  const scales = points.map((x, i) => others(i).reduce((product, other) => product * (x - other), 1));
  return {
    ofTile: [...points.map((_, i) => [...withRoots(others(i)), 0]), withRoots(points)],
    ofFilter: [...points.map((x, i) => powers(x, taps).map((power) => power / scales[i]!)), last(taps)],
    ofProducts: Array.from({ length: results }, (_, k) => [
      ...points.map((x) => x ** k),
      k === results - 1 ? 1 : 0,
    ]),
    reachesAll: points.indexOf(1),
  };
}

/** Coefficients of ∏ (x − root), from that of x⁰ on. */
function withRoots(roots: readonly number[]): number[] {
  const timesRoot = (factors: readonly number[], root: number) =>
    Array.from({ length: factors.length + 1 }, (_, k) => (factors[k - 1] ?? 0) - root * (factors[k] ?? 0));
  return roots.reduce(timesRoot, [1]);
}
