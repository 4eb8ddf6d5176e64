/** @file 3×3 convolutions by Winograd's minimal filtering are the convolutions that they take the place of. */
import { describe, expect, test } from 'vitest';
import { paysWinograd } from '../../../src/graph/blocked-layout/winograd.js';
import { Graph } from '../../../src/graph/graph.js';
import { liveNodes } from '../../../src/graph/live.js';
import { lower } from '../../../src/graph/lower.js';
import { conv } from '../../../src/graph/ops/conv.js';
import type { Pads } from '../../../src/graph/ops/window.js';
import { encodeOnnx } from '../../../src/onnx/encode.js';
import { onnxFromGraph } from '../../../src/onnx/from-graph.js';
import { blockSize } from '../../../src/runtime/block-size.js';
import { createSession } from '../../../src/runtime/session.js';
import { randomTensor } from '../random-tensor.js';

const block = await blockSize();
const plain = { strides: [1, 1], dilations: [1, 1], groups: 1 } as const;

const convolutions = (graph: Graph) => liveNodes(graph).filter(({ op }) => op.name === 'BlockedConv').length;

interface Case {
  readonly channels: readonly [number, number];
  readonly size: readonly [number, number];
  readonly pads: Pads;
  readonly hasBias?: boolean;
}

function graphOf({ channels: [depth, filters], size, pads, hasBias }: Case): Graph {
  const graph = new Graph();
  const x = graph.input('x', { dtype: 'float32', shape: [2, depth, ...size] });
  const kernel = graph.parameter('kernel', 'kernel', randomTensor([filters, depth, 3, 3], 1, -0.1, 0.1));
  const bias = hasBias ? graph.constant(randomTensor([filters], 2)) : undefined;
  graph.output('y', conv(graph, x, kernel, bias, { ...plain, pads }));
  return graph;
}

async function run(graph: Graph, { channels: [depth], size }: Case): Promise<Float32Array> {
  const session = await createSession(encodeOnnx(onnxFromGraph(graph)), { threads: 1 });
  const { y } = await session.run({ x: randomTensor([2, depth, ...size], 3) });
  await session.release();
  return y!.data as Float32Array;
}

describe.skipIf(block === 1)(
  'Winograd’s convolution (skipped where the runtime has no blocked layout)',
  () => {
    const cases: Case[] = [
      { channels: [96, 96], size: [20, 20], pads: [1, 1, 1, 1] },
      { channels: [96, 96], size: [21, 17], pads: [1, 1, 1, 1], hasBias: true },
      { channels: [80, 192], size: [43, 43], pads: [0, 0, 0, 0] },
      { channels: [80, 192], size: [20, 23], pads: [0, 0, 0, 0], hasBias: true },
      { channels: [192, 80], size: [41, 40], pads: [2, 2, 2, 2] },
      { channels: [128, 100], size: [24, 25], pads: [0, 1, 2, 1], hasBias: true },
      { channels: [100, 128], size: [25, 24], pads: [2, 0, 1, 1] },
    ];

    test.each(cases)('%o', async (each) => {
      const graph = graphOf(each);
      const blocked = lower(graph, new Set(), 'cpu', block);
      expect(convolutions(blocked)).toBe(32); // 16 elements of the tiles, and their products
      const [expected, found] = [await run(graph, each), await run(blocked, each)];
      expect(found.length).toBe(expected.length);
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const error = found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
      expect(error / largest).toBeLessThan(3e-6);
    });

    test('of kernels that change with every step only those that are small beside the images', () => {
      const changing = (each: Case) => convolutions(lower(graphOf(each), new Set(['kernel']), 'cpu', block));
      expect([changing(cases[0]!), changing(cases[2]!)]).toEqual([1, 32]);
    });
  },
);

test('pays with many channels, and for what it is made for', () => {
  const attributes = { ...plain, pads: [1, 1, 1, 1] } as const;
  const pays = (depth: number, filters: number, size: number) =>
    paysWinograd([2, depth, size, size], [filters, depth, 3, 3], attributes);
  expect([pays(256, 256, 14), pays(96, 96, 20)]).toEqual([true, true]);
  // The passes over memory outweigh few channels, odd sizes waste much of small images, and large kernels stay small.
  expect([pays(32, 64, 87), pays(64, 32, 87), pays(96, 96, 3), pays(512, 512, 6)]).toEqual(
    Array(4).fill(false),
  );
  const shapes = [
    [2, 256, 14, 14],
    [256, 256, 3, 3],
  ] as const;
  expect(paysWinograd(...shapes, { ...attributes, strides: [2, 2] })).toBe(false);
  expect(paysWinograd(...shapes, { ...attributes, dilations: [2, 2] })).toBe(false);
  expect(paysWinograd(shapes[0], [256, 256, 5, 5], attributes)).toBe(false);
});
