import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  auc,
  aucCovariance,
  aucEstimate,
  aucInfluence,
  aucWithInterval,
  compareAucs,
  kerasAuc,
} from '../../src/metrics/auc.js';
import { twoSidedPValue } from '../../src/metrics/normal.js';
import { bruteForceAuc, bruteForceCovariance } from './brute-force.js';
import { binaryGolden } from './golden.js';

/** At least two of each class, scores with many ties. */
const scored = fc
  .array(
    fc.record({
      target: fc.constantFrom(0, 1),
      first: fc.integer({ min: 0, max: 12 }),
      second: fc.integer({ min: 0, max: 5 }),
    }),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  .map((rows) => [...rows, ...[0, 0, 1, 1].map((target, i) => ({ target, first: 3 * i, second: 5 - i }))])
  .map((rows) => ({
    targets: rows.map((r) => r.target),
    first: rows.map((r) => r.first),
    second: rows.map((r) => r.second),
  }));

/** Samples from counts per rating category, for negatives and positives. */
function ratings(negatives: number[], positives: number[]) {
  const expand = (counts: number[], target: number) =>
    counts.flatMap((count, rating) => Array.from({ length: count }, () => ({ target, score: rating + 1 })));
  const rows = [...expand(negatives, 0), ...expand(positives, 1)];
  return { targets: rows.map((r) => r.target), scores: rows.map((r) => r.score) };
}

describe('exact AUC', () => {
  test.each(binaryGolden().map((g, i) => [i, g] as const))('equals scikit-learn, case %i', (_, g) => {
    expect(auc(g.targets, g.probabilities)).toBeCloseTo(g.auc, 12);
    expect(auc(g.targets, g.other)).toBeCloseTo(g.otherAuc, 12);
  });

  test('counts a tie as one half', () => {
    expect(auc([0, 1, 0, 1], [1, 1, 2, 3])).toBe((0.5 + 0 + 1 + 1) / 4);
    expect(auc([0, 1], [7, 7])).toBe(0.5);
  });

  test('is NaN where a class is missing', () => {
    expect(auc([1, 1], [0.1, 0.2])).toBeNaN();
    expect(auc([0], [0.1])).toBeNaN();
    expect(auc([], [])).toBeNaN();
  });

  test('does not change under a monotone transform', () => {
    fc.assert(
      fc.property(scored, ({ targets, first }) => {
        expect(
          auc(
            targets,
            first.map((s) => Math.exp(s / 2) - 7),
          ),
        ).toBe(auc(targets, first));
      }),
    );
  });

  test('swapping the classes, or the direction of the scores, gives the complement', () => {
    fc.assert(
      fc.property(scored, ({ targets, first }) => {
        const value = auc(targets, first);
        expect(
          auc(
            targets.map((t) => 1 - t),
            first,
          ),
        ).toBeCloseTo(1 - value, 12);
        expect(
          auc(
            targets,
            first.map((s) => -s),
          ),
        ).toBeCloseTo(1 - value, 12);
      }),
    );
  });

  test('equals the definition', () => {
    fc.assert(
      fc.property(scored, ({ targets, first }) => {
        expect(auc(targets, first)).toBeCloseTo(bruteForceAuc(targets, first), 12);
      }),
    );
  });
});

describe("DeLong's covariance", () => {
  test('equals the definition, ties or none', () => {
    fc.assert(
      fc.property(scored, ({ targets, first, second }) => {
        const [a, b] = [aucInfluence(targets, first), aucInfluence(targets, second)];
        expect(aucCovariance(a, a)).toBeCloseTo(bruteForceCovariance(targets, first, first), 12);
        expect(aucCovariance(a, b)).toBeCloseTo(bruteForceCovariance(targets, first, second), 12);
        expect(a.influence.reduce((sum, x) => sum + x, 0)).toBeCloseTo(0, 12);
      }),
    );
  });

  test.each(binaryGolden().map((g, i) => [i, g] as const))('equals the oracle, case %i', (_, g) => {
    const { covariance } = compareAucs(g.targets, g.probabilities, g.other);
    covariance.forEach((row, i) => {
      row.forEach((value, j) => {
        expect(value).toBeCloseTo(g.covariance[i][j], 14);
      });
    });
  });

  test('a case small enough to do by hand', () => {
    // Positives 2, 3 against negatives 1, 2.5: fractions of negatives below 1/2, 1; of positives above 1, 1/2.
    const { auc: value, influence } = aucInfluence([1, 1, 0, 0], [2, 3, 1, 2.5]);
    expect(value).toBe(0.75);
    expect(influence.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(0.125 / 2 + 0.125 / 2, 15);
  });

  test('published: ratings of 109 CT images (Hanley & McNeil, Radiology 143, 1982, table I)', () => {
    const { targets, scores } = ratings([33, 6, 6, 11, 2], [3, 2, 2, 11, 33]);
    const part = aucInfluence(targets, scores);
    expect(part.auc).toBeCloseTo(0.8932, 4);
    expect(Math.sqrt(aucCovariance(part, part))).toBeCloseTo(0.0307, 4);
    const wald = aucWithInterval(targets, scores, 'wald');
    expect(wald.low).toBeCloseTo(0.83295, 4);
    expect(wald.high).toBeCloseTo(0.95339, 4);
  });
});

describe('interval', () => {
  test('stays within [0, 1], holds the value, and is wider for fewer samples', () => {
    fc.assert(
      fc.property(scored, ({ targets, first }) => {
        for (const scale of ['logit', 'wald'] as const) {
          const { value, low, high } = aucWithInterval(targets, first, scale);
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
          expect(low).toBeLessThanOrEqual(value! + 1e-12);
          expect(high).toBeGreaterThanOrEqual(value! - 1e-12);
        }
        const fourfold = aucWithInterval(
          [...targets, ...targets, ...targets, ...targets],
          [...first, ...first, ...first, ...first],
        );
        const once = aucWithInterval(targets, first);
        expect(fourfold.high! - fourfold.low!).toBeLessThanOrEqual(once.high! - once.low! + 1e-12);
      }),
    );
  });

  test('perfect separation: the exact binomial bound, either way round', () => {
    const targets = [0, 0, 0, 1, 1];
    const scores = [1, 2, 3, 4, 5];
    const low = expect.closeTo(Math.sqrt(0.025), 12);
    expect(aucWithInterval(targets, scores)).toEqual({ value: 1, low, high: 1 });
    const reversed = aucWithInterval(
      targets,
      scores.map((s) => -s),
    );
    expect(reversed).toEqual({ value: 0, low: 0, high: expect.closeTo(1 - Math.sqrt(0.025), 12) });
  });

  test('one class only: null; a single positive: a value without interval', () => {
    expect(aucWithInterval([1, 1], [0.2, 0.3])).toEqual({ value: null, low: null, high: null });
    expect(aucWithInterval([1, 0, 0], [0.2, 0.3, 0.1])).toEqual({ value: 0.5, low: null, high: null });
  });

  test('of the mean over classes: the mean of the covariance matrix', () => {
    const [g] = binaryGolden();
    const both = [g.probabilities, g.other].map((scores) => aucInfluence(g.targets, scores));
    const { value, low, high } = aucEstimate(both, 'wald');
    const variance = g.covariance.flat().reduce((sum, x) => sum + x, 0) / 4;
    expect(value).toBeCloseTo((g.auc + g.otherAuc) / 2, 12);
    expect((high! - low!) / 2).toBeCloseTo(1.96 * Math.sqrt(variance), 4);
  });
});

describe('comparing two AUCs', () => {
  test("is DeLong's z on the difference", () => {
    for (const g of binaryGolden()) {
      const { difference, z, pValue } = compareAucs(g.targets, g.probabilities, g.other);
      const [[a, c], [, b]] = g.covariance;
      expect(difference.value).toBeCloseTo(g.auc - g.otherAuc, 12);
      expect(z).toBeCloseTo((g.auc - g.otherAuc) / Math.sqrt(a + b - 2 * c), 9);
      expect(pValue).toBe(twoSidedPValue(z!));
      expect(pValue! < 0.05).toBe(difference.low! > 0 || difference.high! < 0);
    }
  });

  test('of the same ranking is no difference at all', () => {
    const { difference, pValue } = compareAucs([0, 1, 0, 1], [1, 2, 3, 4], [10, 20, 30, 40]);
    expect(difference).toEqual({ value: 0, low: 0, high: 0 });
    expect(pValue).toBe(1);
  });

  test('is undefined without both classes', () => {
    expect(compareAucs([1, 1], [1, 2], [2, 1])).toMatchObject({
      difference: { value: null },
      z: null,
      pValue: null,
    });
  });

  test('two-sided p-values of the normal distribution', () => {
    expect(twoSidedPValue(0)).toBe(1);
    expect(twoSidedPValue(1.959963984540054)).toBeCloseTo(0.05, 13);
    expect(twoSidedPValue(-1)).toBeCloseTo(0.317310507862914, 13);
    expect(twoSidedPValue(5) / 5.733031437583875e-7).toBeCloseTo(1, 10);
    expect(twoSidedPValue(10) / 1.523970604832094e-23).toBeCloseTo(1, 10);
    expect(twoSidedPValue(60)).toBe(0);
    expect(Math.abs(twoSidedPValue(3.5355339) / twoSidedPValue(3.53553391) - 1)).toBeLessThan(1e-6);
  });
});

describe("Keras' approximation", () => {
  test.each(binaryGolden().map((g, i) => [i, g] as const))("equals Keras' metric, case %i", (_, g) => {
    expect(kerasAuc(g.targets, g.probabilities)).toBeCloseTo(g.kerasAuc, 6);
  });

  test('does not see what lies between two thresholds', () => {
    expect(kerasAuc([0, 1], [0.99991, 0.99992])).toBe(0.5);
    expect(auc([0, 1], [0.99991, 0.99992])).toBe(1);
  });
});
