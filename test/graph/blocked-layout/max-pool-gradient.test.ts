/** @file The gradient of max pooling in the blocked layout is that of the plain one. */
import { describe, expect, test } from 'vitest';
import { Graph } from '../../../src/graph/graph.js';
import { lower } from '../../../src/graph/lower.js';
import { conv } from '../../../src/graph/ops/conv.js';
import { type MaxPoolOptions, maxPool } from '../../../src/graph/ops/max-pool.js';
import { float32, type Shape, type Tensor } from '../../../src/graph/tensor.js';
import { blockSize } from '../../../src/runtime/block-size.js';
import { randomTensor } from '../random-tensor.js';
import { differences, operators, outputGradient } from './gradients.js';

const block = await blockSize();

/** The gradient of what is pooled, times an arbitrary one of the pool's; behind a convolution that changes nothing. */
function gradientOfPool(shape: Shape, options: MaxPoolOptions): Graph {
  const graph = new Graph();
  const channels = shape[1]!;
  const identity = float32(
    Array.from({ length: channels ** 2 }, (_, i) => Number(i % (channels + 1) === 0)),
    [channels, channels, 1, 1],
  );
  const x = conv(graph, graph.input('x', { dtype: 'float32', shape }), graph.constant(identity), undefined, {
    strides: [1, 1],
    pads: [0, 0, 0, 0],
    dilations: [1, 1],
    groups: 1,
  });
  const y = maxPool(graph, x, options);
  outputGradient(graph, x, y);
  return graph;
}

const cases: [string, Shape, MaxPoolOptions][] = [
  ['overlapping, padded', [2, 32, 8, 10], { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }],
  ['overlapping, padded, odd', [2, 32, 9, 7], { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }],
  ['overlapping, bare', [1, 64, 9, 9], { kernel: [3, 3], strides: [2, 2] }],
  ['overlapping, bare, even', [1, 64, 8, 10], { kernel: [3, 3], strides: [2, 2] }],
  ['padded at the end only', [1, 16, 8, 9], { kernel: [3, 3], strides: [2, 2], pads: [0, 0, 1, 1] }],
  ['padded twice at the end', [1, 16, 8, 9], { kernel: [3, 3], strides: [2, 2], pads: [0, 0, 2, 2] }],
  ['tiling', [2, 16, 8, 6], { kernel: [2, 2] }],
  ['tiling, rows left over', [2, 16, 9, 7], { kernel: [2, 2] }],
  ['by threes', [2, 16, 11, 13], { kernel: [3, 3], strides: [3, 3], pads: [1, 1, 1, 1] }],
  ['by threes, gaps between', [1, 16, 11, 12], { kernel: [2, 2], strides: [3, 3] }],
  [
    'by threes, gaps between, padded',
    [1, 16, 10, 11],
    { kernel: [2, 2], strides: [3, 3], pads: [1, 1, 1, 1] },
  ],
  ['everywhere', [1, 16, 6, 5], { kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] }],
  ['uneven', [1, 16, 8, 9], { kernel: [2, 3], strides: [1, 2], pads: [0, 1, 1, 2] }],
  ['with one place', [2, 16, 3, 3], { kernel: [3, 3], strides: [2, 2] }],
  ['with a last block of 4 channels', [2, 20, 7, 8], { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }],
  ['with a last block of 8 channels', [2, 24, 7, 8], { kernel: [2, 2] }],
];

describe.skipIf(block === 1)('in the blocked layout (skipped where the runtime has none)', () => {
  test.each(cases)('max pooling’s gradient, %s', async (_, shape, options) => {
    const drawn = randomTensor(shape, 3, -4, 4);
    const made = (f: (value: number) => number): Tensor => ({
      ...drawn,
      data: (drawn.data as Float32Array).map(f),
    });
    const inputs = {
      drawn,
      rounded: made(Math.round),
      'behind ReLU': made((value) => Math.max(value, 0)),
      'mostly zeros': made((value) => Math.max(value - 3, 0)),
      negative: made((value) => -1 - Math.round(Math.abs(value))),
      'all zero': made(() => 0),
      'all equal': made(() => -3),
      large: made((value) => value * 1e30),
      tiny: made((value) => Math.round(value) * 2 ** -120),
    };
    const graph = gradientOfPool(shape, options);
    const blocked = lower(graph, new Set(), 'cpu', block);
    expect(operators(graph)).toContain('MaxPoolIndices');
    expect(operators(blocked)).not.toContain('MaxPoolIndices');
    const found = await differences(
      [graph, blocked],
      Object.values(inputs).map((x) => ({ x })),
    );
    Object.keys(inputs).forEach((name, i) => {
      expect(found[i], name).toBeLessThan(2e-6);
    });
  });

  test('dilated pools keep the plain form', async () => {
    const shape = [1, 16, 8, 9];
    const graph = gradientOfPool(shape, { kernel: [2, 2], strides: [1, 1], dilations: [2, 2] });
    const blocked = lower(graph, new Set(), 'cpu', block);
    expect(operators(blocked)).toContain('MaxPoolIndices');
    expect(await differences([graph, blocked], [{ x: randomTensor(shape, 5) }])).toEqual([0]);
  });
});
