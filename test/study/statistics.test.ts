import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  mean,
  pairedTTest,
  sampleDeviation,
  signedRankTest,
  studentQuantile,
} from '../../src/study/statistics.js';

const golden = JSON.parse(
  readFileSync(new URL('../golden/study/paired-tests.json', import.meta.url), 'utf8'),
);

test('the paired tests agree with SciPy', () => {
  for (const { differences, t, tPValue, interval, w, wPValue } of golden.cases) {
    const student = pairedTTest(differences)!;
    expect(student.t).toBeCloseTo(t, 10);
    expect(student.pValue).toBeCloseTo(tPValue, 10);
    expect(student.interval[0]).toBeCloseTo(interval[0], 8);
    expect(student.interval[1]).toBeCloseTo(interval[1], 8);
    const ranks = signedRankTest(differences)!;
    expect(ranks.w).toBe(w);
    expect(ranks.pValue).toBeCloseTo(wPValue, 10);
  }
});

test('ties are counted out', () => {
  const { differences, w, wPValue } = golden.tied;
  expect(signedRankTest(differences)).toMatchObject({ n: differences.length, w });
  expect(signedRankTest(differences)!.pValue).toBeCloseTo(wPValue, 12);
});

test('what there is nothing to test of', () => {
  expect(pairedTTest([0.1])).toBeUndefined();
  expect(pairedTTest([0.1, 0.1])).toBeUndefined();
  expect(pairedTTest([0, 0, 0])).toMatchObject({ pValue: 1 });
  expect(signedRankTest([0, 0])).toBeUndefined();
  // All zeros but one: one of two signs.
  expect(signedRankTest([0, 0.2])).toEqual({ n: 1, w: 0, pValue: 1 });
});

test('mean, deviation, quantile', () => {
  expect(mean([1, 2, 6])).toBe(3);
  expect(sampleDeviation([1, 2, 6])).toBeCloseTo(Math.sqrt(7), 12);
  expect(sampleDeviation([1])).toBeNaN();
  // The tables' values.
  expect(studentQuantile(2)).toBeCloseTo(4.302653, 6);
  expect(studentQuantile(10)).toBeCloseTo(2.228139, 6);
});
