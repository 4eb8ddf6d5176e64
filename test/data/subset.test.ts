import { expect, test } from 'vitest';
import { withFewer } from '../../src/data/subset.js';
import type { Dataset, Sample } from '../../src/data/types.js';

const sample = (id: string, target: number[]) => ({ id, target: Float32Array.from(target) }) as Sample;

function dataset(targets: number[][], task: Dataset['task']): Dataset {
  const train = targets.map((target, i) => sample(`t${i}`, target));
  const splits = { train, validation: [sample('v', targets[0])], test: [sample('x', targets[0])] };
  return { root: '', task, classes: ['a', 'b'], splits, columns: new Map(), warnings: [] };
}

test('classes keep their shares, the other splits stay', () => {
  const targets = Array.from({ length: 100 }, (_, i) => [i < 80 ? 0 : 1]);
  const whole = dataset(targets, 'binary');
  const few = withFewer(whole, 'train', 25, 3);
  expect(few.splits.train.length).toBe(25);
  expect(few.splits.train.filter(({ target }) => target[0] === 1).length).toBe(5);
  expect(few.splits.validation).toBe(whole.splits.validation);
  expect(few.splits.test).toBe(whole.splits.test);
  const ids = (d: Dataset) => d.splits.train.map(({ id }) => id);
  expect(ids(withFewer(whole, 'train', 25, 3))).toEqual(ids(few));
  expect(ids(withFewer(whole, 'train', 25, 4))).not.toEqual(ids(few));
});

test('several labels, and none', () => {
  const targets = Array.from({ length: 40 }, (_, i) => [i % 2, i % 4 === 0 ? 1 : 0]);
  const few = withFewer(dataset(targets, 'multi-label'), 'train', 20, 0);
  expect(few.splits.train.length).toBeGreaterThanOrEqual(19);
  expect(few.splits.train.length).toBeLessThanOrEqual(21);
});

test('as many as there are: all of them', () => {
  const whole = dataset([[0], [1], [0]], 'binary');
  expect(withFewer(whole, 'train', 3, 0)).toBe(whole);
});
