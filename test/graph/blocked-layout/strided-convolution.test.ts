/** @file The gradient of a strided convolution's input in the blocked layout is that of the plain one. */
import { describe, expect, test } from 'vitest';
import { Graph } from '../../../src/graph/graph.js';
import { lower } from '../../../src/graph/lower.js';
import { conv } from '../../../src/graph/ops/conv.js';
import type { Pads, Pair } from '../../../src/graph/ops/window.js';
import { blockSize } from '../../../src/runtime/block-size.js';
import { randomTensor } from '../random-tensor.js';
import { differences, operators, outputGradient } from './gradients.js';

const block = await blockSize();

interface Case {
  readonly size: Pair;
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly pads?: Pads;
  readonly channels?: number;
  readonly filters?: number;
  readonly groups?: number;
  readonly dilations?: Pair;
  /** Whether the kernel is fed rather than constant. */
  readonly isFed?: boolean;
}

function gradientOfInput({
  size,
  kernel,
  strides,
  pads = [0, 0, 0, 0],
  channels = 32,
  filters = 48,
  groups = 1,
  dilations = [1, 1],
  isFed = false,
}: Case): Graph {
  const graph = new Graph();
  const shape = [2, channels, ...size];
  const x = graph.input('x', { dtype: 'float32', shape });
  const weights = [filters, channels / groups, ...kernel];
  const k = isFed
    ? graph.input('kernel', { dtype: 'float32', shape: weights })
    : graph.constant(randomTensor(weights, 4));
  const y = conv(graph, x, k, undefined, { strides, pads, dilations, groups });
  outputGradient(graph, x, y);
  return graph;
}

async function expectSame(blocked: Graph, graph: Graph): Promise<void> {
  const kernel = graph.inputs.get('kernel');
  const feeds = { ...(kernel && { kernel: randomTensor(kernel.shape, 4) }) };
  const [difference] = await differences([graph, blocked], [feeds]);
  expect(difference).toBeLessThan(1e-4);
}

const three = { kernel: [3, 3], strides: [2, 2] } as const;
const around = [1, 1, 1, 1] as const;

describe.skipIf(block === 1)('in the blocked layout (skipped where the runtime has none)', () => {
  test.each<[string, Case]>([
    ['3×3, padded', { ...three, size: [8, 10], pads: around }],
    ['3×3, padded, odd', { ...three, size: [9, 7], pads: around }],
    ['3×3, bare', { ...three, size: [9, 7] }],
    ['3×3, bare, rows left over', { ...three, size: [8, 10] }],
    ['3×3, padded at the end', { ...three, size: [8, 9], pads: [0, 0, 1, 1] }],
    ['3×3, padded a lot', { ...three, size: [5, 6], pads: [2, 2, 2, 2] }],
    ['3×3 to one place', { ...three, size: [3, 3] }],
    ['2×2', { size: [8, 7], kernel: [2, 2], strides: [2, 2] }],
    ['3×3 by threes', { size: [11, 13], kernel: [3, 3], strides: [3, 3], pads: around }],
    ['2×2 by threes', { size: [11, 12], kernel: [2, 2], strides: [3, 3], pads: around }],
    ['1×2, padded', { size: [8, 9], kernel: [1, 2], strides: [2, 2], pads: [0, 1, 0, 0] }],
    ['1×3, by one and two', { size: [6, 9], kernel: [1, 3], strides: [1, 2], pads: [0, 1, 0, 1] }],
    ['7×7', { size: [15, 14], kernel: [7, 7], strides: [2, 2], pads: [3, 3, 3, 3] }],
    ['20 channels', { ...three, size: [7, 8], pads: around, channels: 20 }],
    ['3 channels', { ...three, size: [7, 8], pads: around, channels: 3 }],
    ['24 filters', { ...three, size: [7, 8], pads: around, filters: 24 }],
    ['a kernel that is fed', { ...three, size: [7, 8], pads: around, isFed: true }],
  ])('%s', async (_, options) => {
    const graph = gradientOfInput(options);
    const blocked = lower(graph, new Set(), 'cpu', block);
    expect(operators(graph)).toContain('ConvTranspose');
    expect(operators(blocked)).not.toContain('ConvTranspose');
    await expectSame(blocked, graph);
  });

  test.each<[string, Case]>([
    ['even', { size: [8, 10], kernel: [1, 1], strides: [2, 2] }],
    ['odd', { size: [9, 7], kernel: [1, 1], strides: [2, 2] }],
    ['by threes', { size: [9, 8], kernel: [1, 1], strides: [3, 3] }],
    ['rows only', { size: [9, 8], kernel: [1, 1], strides: [2, 1] }],
  ])('1×1, %s: spread out within the layout', async (_, options) => {
    const graph = gradientOfInput(options);
    const blocked = lower(graph, new Set(), 'cpu', block);
    expect(operators(graph)).toContain('Embed');
    expect(operators(blocked)).not.toContain('Embed');
    await expectSame(blocked, graph);
  });

  test.each<[string, Case]>([
    ['groups', { ...three, size: [8, 8], pads: around, groups: 2 }],
    ['gaps', { ...three, size: [8, 8], dilations: [2, 2] }],
    ['too few filters for a block', { ...three, size: [8, 8], filters: 4 }],
  ])('%s keep the plain form', async (_, options) => {
    const graph = gradientOfInput(options);
    const blocked = lower(graph, new Set(), 'cpu', block);
    expect(operators(blocked)).toContain('ConvTranspose');
    await expectSame(blocked, graph);
  });
});
