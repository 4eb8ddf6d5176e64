import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { auc } from '../../src/metrics/auc.js';
import { averagePrecision, precisionRecallCurve, rocCurve } from '../../src/metrics/curves.js';
import { binaryGolden } from './golden.js';

const cases = binaryGolden().map((g, i) => [i, g] as const);

const scored = fc
  .array(fc.record({ target: fc.constantFrom(0, 1), score: fc.integer({ min: 0, max: 9 }) }), {
    maxLength: 40,
  })
  .map((rows) => [...rows, { target: 0, score: 4 }, { target: 1, score: 5 }])
  .map((rows) => ({ targets: rows.map((r) => r.target), scores: rows.map((r) => r.score) }));

/** The curve's y at x, on straight lines between its points (the highest where it is upright). */
function heightAt(points: { x: number; y: number }[], x: number): number {
  let best = -1;
  for (let i = 1; i < points.length; i++) {
    const [a, b] = [points[i - 1], points[i]];
    if (x < a.x || x > b.x) continue;
    best = Math.max(best, b.x === a.x ? b.y : a.y + ((x - a.x) / (b.x - a.x)) * (b.y - a.y));
  }
  return best;
}

describe('ROC curve', () => {
  test.each(cases)("passes through all of scikit-learn's points and no other, case %i", (_, g) => {
    const curve = rocCurve(g.targets, g.probabilities);
    const [fpr, tpr] = g.roc;
    const known = new Set(fpr.map((x, i) => `${x.toFixed(9)} ${tpr[i].toFixed(9)}`));
    for (const p of curve)
      expect(known).toContain(`${p.falsePositiveRate.toFixed(9)} ${p.truePositiveRate.toFixed(9)}`);
    const points = curve.map((p) => ({ x: p.falsePositiveRate, y: p.truePositiveRate }));
    const highest = new Map<number, number>();
    fpr.forEach((x, i) => {
      highest.set(x, Math.max(tpr[i], highest.get(x) ?? 0));
    });
    for (const [x, y] of highest) expect(heightAt(points, x)).toBeCloseTo(y, 9);
    expect(curve.length).toBeLessThanOrEqual(fpr.length);
  });

  test('runs from corner to corner, encloses the AUC, and has no point in the middle of a line', () => {
    fc.assert(
      fc.property(scored, ({ targets, scores }) => {
        const points = rocCurve(targets, scores).map((p) => ({
          x: p.falsePositiveRate,
          y: p.truePositiveRate,
        }));
        expect(points[0]).toEqual({ x: 0, y: 0 });
        expect(points.at(-1)).toEqual({ x: 1, y: 1 });
        let area = 0;
        for (let i = 1; i < points.length; i++)
          area += ((points[i].x - points[i - 1].x) * (points[i].y + points[i - 1].y)) / 2;
        expect(area).toBeCloseTo(auc(targets, scores), 12);
        for (let i = 2; i < points.length; i++) {
          const [a, b, c] = points.slice(i - 2, i + 1);
          expect(Math.abs((b.x - a.x) * (c.y - b.y) - (c.x - b.x) * (b.y - a.y))).toBeGreaterThan(1e-9);
        }
      }),
    );
  });

  test('perfect separation is three points; one class is none', () => {
    expect(rocCurve([0, 0, 1, 1], [1, 2, 3, 4])).toEqual([
      { threshold: Infinity, falsePositiveRate: 0, truePositiveRate: 0 },
      { threshold: 3, falsePositiveRate: 0, truePositiveRate: 1 },
      { threshold: 1, falsePositiveRate: 1, truePositiveRate: 1 },
    ]);
    expect(rocCurve([1, 1], [1, 2])).toEqual([]);
  });
});

describe('precision–recall curve', () => {
  test.each(cases)("is a subset of scikit-learn's points with the same recalls, case %i", (_, g) => {
    const curve = precisionRecallCurve(g.targets, g.probabilities);
    const [recall, precision] = g.precisionRecall;
    const known = new Set(recall.map((x, i) => `${x.toFixed(9)} ${precision[i].toFixed(9)}`));
    for (const p of curve) expect(known).toContain(`${p.recall.toFixed(9)} ${p.precision.toFixed(9)}`);
    expect(curve[0]).toEqual({ threshold: Infinity, recall: 0, precision: 1 });
    expect(curve.at(-1)!.recall).toBe(1);
    for (let i = 1; i < curve.length; i++)
      expect(curve[i].recall).toBeGreaterThanOrEqual(curve[i - 1].recall);
    const steps = curve.slice(1).map((p, i) => (p.recall - curve[i].recall) * p.precision);
    // Level runs are shortened but keep their ends, so the area in steps stays the average precision.
    expect(steps.reduce((sum, x) => sum + x, 0)).toBeCloseTo(g.averagePrecision, 9);
  });

  test('is empty without positives', () => {
    expect(precisionRecallCurve([0, 0], [1, 2])).toEqual([]);
  });
});

describe('average precision', () => {
  test.each(cases)('equals scikit-learn, case %i', (_, g) => {
    expect(averagePrecision(g.targets, g.probabilities)).toBeCloseTo(g.averagePrecision, 12);
  });

  test('of constant scores is the prevalence; without positives undefined', () => {
    expect(averagePrecision([1, 0, 0, 0], [2, 2, 2, 2])).toBe(0.25);
    expect(averagePrecision([0, 0], [1, 2])).toBeNaN();
  });
});
