import { expect, test } from 'vitest';
import { createSchedule, earlyStopping } from '../../src/training/schedules.js';

test('the plateau schedule follows the published rule', () => {
  const schedule = createSchedule({ name: 'plateau' });
  const state = schedule.init(1e-3);
  const rates = [0.5, 0.4, 0.39995, 0.3, 0.31, 0.32, 0.33, 0.34, 0.35, 0.36].map((loss) => {
    schedule.epochEnd(state, loss);
    return schedule.rate(state, { step: 0, steps: 1 });
  });
  // 0.39995 is no improvement by 1e-4, so the rate falls at once (patience 1); 1e-6 is the floor.
  const expected = [1e-3, 1e-3, 2e-4, 2e-4, 4e-5, 8e-6, 1.6e-6, 1e-6, 1e-6, 1e-6];
  rates.forEach((rate, i) => {
    expect(rate).toBeCloseTo(expected[i], 12);
  });
});

test('the cosine schedule warms up, peaks and falls to zero', () => {
  const schedule = createSchedule({ name: 'cosine', warmup: 0.1 });
  const state = schedule.init(2);
  const rate = (step: number) => schedule.rate(state, { step, steps: 100 });
  expect(rate(0)).toBeCloseTo(0.2);
  expect(rate(9)).toBeCloseTo(2);
  expect(rate(10)).toBeCloseTo(2);
  expect(rate(55)).toBeCloseTo(1);
  expect(rate(100)).toBeCloseTo(0);
});

test('one cycle rises from a twenty-fifth to the peak and falls', () => {
  const schedule = createSchedule({ name: 'one-cycle' });
  const state = schedule.init(1);
  const rates = Array.from({ length: 100 }, (_, step) => schedule.rate(state, { step, steps: 100 }));
  expect(rates[0]).toBeGreaterThan(0.04);
  expect(rates[0]).toBeLessThan(0.1);
  expect(rates.indexOf(Math.max(...rates))).toBe(24);
  expect(rates[99]).toBeLessThan(0.001);
});

test('early stopping keeps the best epoch and counts the others', () => {
  const state = { best: null, bestEpoch: 0, wait: 0 };
  const losses = [3, 2, 2, 2.5, 1.9, 2, 2, 2];
  const outcome = losses.map((loss, i) => earlyStopping(state, i + 1, loss, 3));
  expect(outcome.map(({ isBest }) => isBest)).toEqual([true, true, false, false, true, false, false, false]);
  expect(outcome.map(({ stop }) => stop)).toEqual([false, false, false, false, false, false, false, true]);
  expect(state.bestEpoch).toBe(5);
});
