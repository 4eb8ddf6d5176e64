import { expect, test } from 'vitest';
import { Graph } from '../../../src/graph/graph.js';
import { cast } from '../../../src/graph/ops/cast.js';
import { float32 } from '../../../src/graph/tensor.js';
import { runGraph } from '../run-graph.js';

test('images as bytes become numbers, and fractions are cut off on the way to integers', async () => {
  const graph = new Graph();
  const bytes = graph.input('bytes', { dtype: 'uint8', shape: [3] });
  const reals = graph.input('reals', { dtype: 'float32', shape: [4] });
  const outputs = [
    cast(graph, bytes, 'float32'),
    cast(graph, reals, 'int32'),
    cast(graph, reals, 'int64'),
    cast(graph, reals, 'bool'),
  ];
  const results = await runGraph(graph, outputs, {
    bytes: { dtype: 'uint8', shape: [3], data: Uint8Array.of(0, 128, 255) },
    reals: float32([-1.7, 0, 0.5, 3]),
  });
  expect(results.map(({ dtype }) => dtype)).toEqual(['float32', 'int32', 'int64', 'bool']);
  expect(results.map(({ data }) => Array.from(data, Number))).toEqual([
    [0, 128, 255],
    [-1, 0, 0, 3],
    [-1, 0, 0, 3],
    [1, 0, 1, 1],
  ]);
});

test('casting to its own type is the value itself', () => {
  const graph = new Graph();
  const x = graph.input('x', { dtype: 'float32', shape: [] });
  expect(cast(graph, x, 'float32')).toBe(x);
});
