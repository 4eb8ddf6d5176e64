import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  chooseThreshold,
  confusionMatrix,
  countsAt,
  mostProbable,
  ratesOf,
} from '../../src/metrics/operating-point.js';
import { binaryGolden } from './golden.js';

const scored = fc
  .array(
    fc.record({ target: fc.constantFrom(0, 1), score: fc.integer({ min: 0, max: 20 }).map((s) => s / 20) }),
    { maxLength: 40 },
  )
  .map((rows) => [...rows, { target: 0, score: 0.3 }, { target: 1, score: 0.6 }])
  .map((rows) => ({ targets: rows.map((r) => r.target), scores: rows.map((r) => r.score) }));

describe('at a threshold', () => {
  test.each(binaryGolden().flatMap((g, i) => g.points.map((p) => [i, p.threshold, g, p] as const)))(
    'rates equal scikit-learn, case %i at %f',
    (_, threshold, g, { threshold: _t, confusionMatrix: matrix, ...expected }) => {
      const counts = countsAt(g.targets, g.probabilities, threshold);
      expect([
        [counts.trueNegatives, counts.falsePositives],
        [counts.falseNegatives, counts.truePositives],
      ]).toEqual(matrix);
      const rates = ratesOf(counts);
      for (const [name, value] of Object.entries(expected))
        expect(rates[name as keyof typeof rates], name).toBeCloseTo(value, 12);
    },
  );

  test('a probability equal to the threshold is positive', () => {
    expect(countsAt([1, 0], [0.5, 0.5], 0.5)).toMatchObject({ truePositives: 1, falsePositives: 1 });
  });

  test('rates without a denominator are null', () => {
    const rates = ratesOf({ truePositives: 0, falsePositives: 0, trueNegatives: 3, falseNegatives: 0 });
    expect(rates).toMatchObject({
      accuracy: 1,
      sensitivity: null,
      balancedAccuracy: null,
      ppv: null,
      npv: 1,
      f1: null,
    });
  });
});

describe('choosing a threshold', () => {
  const youden = (targets: number[], scores: number[], threshold: number) => {
    const { sensitivity, specificity } = ratesOf(countsAt(targets, scores, threshold));
    return sensitivity! + specificity! - 1;
  };

  test("Youden's J is nowhere larger", () => {
    fc.assert(
      fc.property(scored, ({ targets, scores }) => {
        const best = youden(targets, scores, chooseThreshold(targets, scores));
        for (const t of [...scores, 2])
          expect(youden(targets, scores, t)).toBeLessThanOrEqual(Math.max(0, best) + 1e-12);
      }),
    );
  });

  test('keeps the minimum asked for, and gets the best of the other', () => {
    fc.assert(
      fc.property(scored, fc.integer({ min: 0, max: 10 }), ({ targets, scores }, tenths) => {
        const minimum = tenths / 10;
        const specific = ratesOf(
          countsAt(targets, scores, chooseThreshold(targets, scores, { minSpecificity: minimum })),
        );
        const sensitive = ratesOf(
          countsAt(targets, scores, chooseThreshold(targets, scores, { minSensitivity: minimum })),
        );
        expect(specific.specificity).toBeGreaterThanOrEqual(minimum);
        expect(sensitive.sensitivity).toBeGreaterThanOrEqual(minimum);
        for (const t of [...scores, 2]) {
          const rates = ratesOf(countsAt(targets, scores, t));
          if (rates.specificity! >= minimum)
            expect(rates.sensitivity).toBeLessThanOrEqual(specific.sensitivity!);
          if (rates.sensitivity! >= minimum)
            expect(rates.specificity).toBeLessThanOrEqual(sensitive.specificity!);
        }
      }),
    );
  });

  test('lies halfway between the samples it separates', () => {
    expect(chooseThreshold([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9])).toBe(0.5);
    expect(chooseThreshold([0, 1], [1, 1], { minSpecificity: 1 })).toBeGreaterThan(1);
  });

  test('is 0.5 where nothing can be chosen', () => {
    expect(chooseThreshold([1, 1], [0.2, 0.9])).toBe(0.5);
    expect(chooseThreshold([0, 1], [0.7, 0.7])).toBe(0.5);
    expect(chooseThreshold([1, 0], [0.1, 0.9])).toBe(0.5);
  });
});

test('confusion matrix: rows are the truth', () => {
  expect(confusionMatrix([0, 0, 1, 2], [0, 1, 1, 0], 3)).toEqual([
    [1, 1, 0],
    [0, 1, 0],
    [1, 0, 0],
  ]);
});

test('most probable: the first of equals', () => {
  expect([...mostProbable([0.2, 0.4, 0.4, 0.9, 0.05, 0.05], 3)]).toEqual([1, 0]);
});
