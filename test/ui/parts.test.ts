/** @file Small parts of the page that need neither server nor browser. */
import { describe, expect, test } from 'vitest';
import { extent, linear } from '../../src/ui/page/charts/scale.js';
import { bytes, duration, interval, rate } from '../../src/ui/page/format.js';
import { rocsOf } from '../../src/ui/roc.js';
import { inOrder, type PredictionsTable } from '../../src/ui/server/predictions-table.js';
import { Trace } from '../../src/ui/trace.js';

describe('axes', () => {
  test('ticks are round and within the values', () => {
    expect(linear([0, 1], [0, 100]).ticks).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    const { from, to } = linear([0.13, 0.87], [0, 100], { ticks: 4, round: true });
    expect([from, to]).toEqual([0, 1]);
    expect(linear([0, 7], [0, 100], { ticks: 8, whole: true }).ticks).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(linear([0, 1], [0, 100], { ticks: 8, whole: true }).ticks).toEqual([0, 1]);
  });
  test('places are proportional, upside down too', () => {
    const y = linear([0, 10], [200, 0]);
    expect([y(0), y(5), y(10)]).toEqual([200, 100, 0]);
  });
  test('a single value has a range around it, and nothing has one too', () => {
    const { from, to } = linear([3, 3], [0, 1]);
    expect(to).toBeGreaterThan(from);
    expect(extent([])).toEqual([0, 1]);
    expect(extent([Number.NaN, 2, 5])).toEqual([2, 5]);
  });
});

test('figures are written as people read them', () => {
  expect([9, 75, 3720].map(duration)).toEqual(['9 s', '1:15 min', '1:02 h']);
  expect([12, 4200, 2_300_000].map(bytes)).toEqual(['12 bytes', '4.2 kB', '2.3 MB']);
  expect([0.001, 1e-5].map(rate)).toEqual(['0.001', '1e-5']);
  expect(interval({ low: 0.5, high: 0.75 })).toBe('0.500–0.750');
  expect(interval({ low: -0.5, high: 0.75 })).toBe('−0.500 to 0.750');
});

test('a trace stays small and keeps its shape', () => {
  const trace = new Trace(0);
  for (let epoch = 0; epoch < 20; epoch++) {
    for (let step = 1; step <= 500; step++) trace.add(step / 500, 20 - epoch - step / 500);
    trace.epochEnded();
  }
  expect(trace.points.length).toBeLessThan(600);
  expect(trace.points.length).toBeGreaterThan(250);
  for (const [x, y] of trace.points) expect(x + y).toBeCloseTo(20, 9);
  expect(trace.points.at(-1)![0]).toBeGreaterThan(19.9);
});

describe('predictions', () => {
  const image = (id: string, label: string, p: number) => {
    return {
      id,
      labels: [label],
      unknown: [],
      predicted: [p >= 0.5 ? 'sick' : 'well'],
      probabilities: [1 - p, p],
    };
  };
  const table: PredictionsTable = {
    split: 'test',
    classes: ['well', 'sick'],
    images: [
      image('a', 'sick', 0.9),
      image('b', 'sick', 0.1),
      image('c', 'well', 0.6),
      image('d', 'well', 0.45),
      image('e', 'well', 0.2),
    ],
  };
  test('the most wrong first, and only those that are wrong', () => {
    expect(inOrder(table, 'wrong').map(({ id }) => id)).toEqual(['b', 'c']);
  });
  test('the least certain first, right or wrong', () => {
    expect(inOrder(table, 'uncertain').map(({ id }) => id)).toEqual(['d', 'c', 'e', 'a', 'b']);
  });
  test('of several labels, the worst one counts', () => {
    const labels = {
      ...table,
      images: [
        { ...table.images[0]!, labels: [] },
        { ...table.images[1]!, labels: ['well', 'sick'] },
      ],
    };
    expect(inOrder(labels, 'wrong').map(({ id }) => id)).toEqual(['a', 'b']);
  });
  test('one curve for two classes, with the area of the figures', () => {
    const [curve, ...others] = rocsOf(table);
    expect(others).toEqual([]);
    expect(curve).toMatchObject({ name: 'sick', auc: 0.5 });
    expect([curve!.points[0], curve!.points.at(-1)]).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });
});
