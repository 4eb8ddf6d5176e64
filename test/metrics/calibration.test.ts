import { describe, expect, test } from 'vitest';
import {
  binaryLogLoss,
  brierScore,
  calibrationError,
  categoricalLogLoss,
  reliabilityCurve,
} from '../../src/metrics/calibration.js';
import { wilsonInterval } from '../../src/metrics/proportion.js';
import { binaryGolden } from './golden.js';

describe.each(binaryGolden().map((g, i) => [i, g] as const))('equals the oracle, case %i', (_, g) => {
  test('log loss', () => expect(binaryLogLoss(g.targets, g.probabilities)).toBeCloseTo(g.logLoss, 9));
  test('Brier score', () => expect(brierScore(g.targets, g.probabilities)).toBeCloseTo(g.brier, 12));
  test('calibration error', () =>
    expect(calibrationError(g.targets, g.probabilities)).toBeCloseTo(g.calibrationError, 12));
});

test('log losses by hand, finite even where certain and wrong', () => {
  expect(binaryLogLoss([1, 0], [0.8, 0.4])).toBeCloseTo(-(Math.log(0.8) + Math.log(0.6)) / 2, 12);
  expect(binaryLogLoss([1], [0])).toBeCloseTo(-Math.log(1e-7), 12);
  expect(categoricalLogLoss([0, 1, 1, 0], [0.3, 0.7, 0.5, 0.5], 2)).toBeCloseTo(
    -(Math.log(0.7) + Math.log(0.5)) / 2,
    12,
  );
});

test('Brier score of a softmax sums over its outputs', () => {
  expect(brierScore([1, 0, 0], [0.5, 0.25, 0.25], 3)).toBe(0.375);
});

test('the reliability curve holds every sample once, certainty included', () => {
  const curve = reliabilityCurve([0, 1, 1], [0, 0.5, 1], 2);
  expect(curve).toEqual([
    { low: 0, high: 0.5, count: 1, meanProbability: 0, observed: wilsonInterval(0, 1) },
    { low: 0.5, high: 1, count: 2, meanProbability: 0.75, observed: wilsonInterval(2, 2) },
  ]);
  expect(calibrationError([0, 1, 1], [0, 0.5, 1], 2)).toBeCloseTo((2 / 3) * 0.25, 12);
});

test('without samples there is no score', () => {
  expect(binaryLogLoss([], [])).toBeNaN();
  expect(calibrationError([], [])).toBeNaN();
  expect(reliabilityCurve([], [])[3].observed.value).toBeNull();
});

test("Wilson's interval: a published value, and the ends", () => {
  // Newcombe, Statistics in Medicine 17 (1998) 857–872, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
  const rounded = (successes: number, total: number) => {
    const { low, high } = wilsonInterval(successes, total);
    return [low!.toFixed(4), high!.toFixed(4)];
  };
  expect(rounded(81, 263)).toEqual(['0.2553', '0.3662']);
  expect(rounded(15, 148)).toEqual(['0.0624', '0.1605']);
  expect(rounded(0, 20)).toEqual(['0.0000', '0.1611']);
  expect(rounded(1, 29)).toEqual(['0.0061', '0.1718']);
  expect(wilsonInterval(20, 20).high).toBe(1);
  expect(wilsonInterval(0, 0)).toEqual({ value: null, low: null, high: null });
});
