import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Graph } from '../../../src/graph/graph.js';
import { between } from '../../../src/graph/ops/between.js';
import { float32 } from '../../../src/graph/tensor.js';
import { runGraph } from '../run-graph.js';

async function mask(values: number[], interval: { low?: number; high?: number }): Promise<number[]> {
  const graph = new Graph();
  const x = graph.input('x', { dtype: 'float32', shape: [values.length] });
  const [result] = await runGraph(graph, [between(graph, x, interval)], { x: float32(values) });
  return Array.from(result!.data as Float32Array, (value) => value + 0); // −0 is 0
}

test('limits are outside, exactly, even where float32 cannot represent them', async () => {
  const limit = fc.double({ min: -100, max: 100, noNaN: true });
  await fc.assert(
    fc.asyncProperty(limit, fc.double({ min: 0.01, max: 100, noNaN: true }), async (low, width) => {
      const high = low + width;
      const inside = [0.001, 0.25, 0.5, 0.75, 0.999].map((part) => low + part * width);
      const outside = [low, high, low - 0.01, high + 0.01, -1e30, 1e30, -Infinity, Infinity];
      const found = await mask([...inside, ...outside], { low, high });
      expect(found).toEqual([...inside.map(() => 1), ...outside.map(() => 0)]);
    }),
    { numRuns: 100, seed: 1 },
  );
});

test('one limit alone, and the smallest steps next to it', async () => {
  const next = 6 - 2 ** -21;
  expect(await mask([-1, -0, 0, 1e-30, 1, 1e38, Infinity], { low: 0 })).toEqual([0, 0, 0, 1, 1, 1, 1]);
  expect(await mask([-Infinity, -1e38, 5, next, 6, 7, 1e38], { high: 6 })).toEqual([1, 1, 1, 1, 0, 0, 0]);
  expect(await mask([0.1, 0.3, 0.2], { low: 0.1 })).toEqual([0, 1, 1]);
});
