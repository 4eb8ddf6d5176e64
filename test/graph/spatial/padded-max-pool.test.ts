import { describe, expect, it } from 'vitest';
import { differentiate } from '../../../src/graph/differentiate.js';
import { Graph } from '../../../src/graph/graph.js';
import { maxPool } from '../../../src/graph/ops/max-pool.js';
import { pad } from '../../../src/graph/ops/pad.js';
import { reduceSum } from '../../../src/graph/ops/reduce-sum.js';
import { reshape } from '../../../src/graph/ops/reshape.js';
import { float32 } from '../../../src/graph/tensor.js';
import { runGraph } from '../run-graph.js';

describe('max pooling of what was padded with zeros', () => {
  const graph = new Graph();
  const x = graph.parameter('x', 'kernel', float32(new Float32Array(16).fill(-1), [1, 1, 4, 4]));
  const pooled = maxPool(graph, pad(graph, x, { pads: [0, 0, 1, 1, 0, 0, 1, 1] }), {
    kernel: [3, 3],
    strides: [2, 2],
  });
  const sum = reshape(graph, reduceSum(graph, pooled, [0, 1, 2, 3]), []);
  const [gradient] = differentiate(graph, sum, [x]);

  it('lets the zeros win over negative numbers, and gives those no gradient', async () => {
    const [y, dx] = await runGraph(graph, [pooled, gradient!]);
    expect(Array.from(y!.data as Float32Array, (value) => Math.round(value * 1e6))).toEqual([0, 0, 0, -1e6]);
    const reached = Array.from(dx!.data as Float32Array);
    expect(reached.reduce((total, value) => total + value)).toBe(1);
    expect(reached[5]).toBe(1);
  });
});
