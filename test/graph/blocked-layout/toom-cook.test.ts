/** @file Minimal filtering gives what the filter does. */
import { expect, test } from 'vitest';
import { RESULTS, toomCook } from '../../../src/graph/blocked-layout/toom-cook.js';
import { randomTensor } from '../random-tensor.js';

const cases = Object.entries(RESULTS).flatMap(([taps, all]) =>
  all.map((results) => [results, Number(taps)] as const),
);

const times = (matrix: readonly (readonly number[])[], vector: ArrayLike<number>) =>
  matrix.map((row) => row.reduce((sum, factor, i) => sum + factor * vector[i]!, 0));

test.each(cases)('F(%i, %i)', (results, taps) => {
  const { ofTile, ofFilter, ofProducts } = toomCook(results, taps);
  expect([ofTile.length, ofProducts.length]).toEqual([results + taps - 1, results]);
  const tile = randomTensor([results + taps - 1], 1).data as Float32Array;
  const filter = randomTensor([taps], 2).data as Float32Array;
  const fromFilter = times(ofFilter, filter);
  const products = times(ofTile, tile).map((value, i) => value * fromFilter[i]!);
  times(ofProducts, products).forEach((value, i) => {
    const expected = filter.reduce((sum, weight, tap) => sum + weight * tile[i + tap]!, 0);
    expect(value).toBeCloseTo(expected, 11);
  });
});

test.each(cases)('of F(%i, %i) one product reaches every result once', (results, taps) => {
  const { ofProducts, reachesAll } = toomCook(results, taps);
  expect(ofProducts.map((row) => row[reachesAll])).toEqual(Array(results).fill(1));
});
