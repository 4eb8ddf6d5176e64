/** @file Convolutions by Winograd's minimal filtering are the convolutions that they take the place of. */
import { describe, expect, test } from 'vitest';
import { filteringOf } from '../../../src/graph/blocked-layout/filtering.js';
import { Graph } from '../../../src/graph/graph.js';
import { liveNodes } from '../../../src/graph/live.js';
import { lower } from '../../../src/graph/lower.js';
import { type ConvAttributes, conv } from '../../../src/graph/ops/conv.js';
import type { Pads, Pair } from '../../../src/graph/ops/window.js';
import { float32 } from '../../../src/graph/tensor.js';
import { encodeOnnx } from '../../../src/onnx/encode.js';
import { onnxFromGraph } from '../../../src/onnx/from-graph.js';
import { blockSize } from '../../../src/runtime/block-size.js';
import { createSession } from '../../../src/runtime/session.js';
import { randomTensor } from '../random-tensor.js';

const block = await blockSize();
const plain = { strides: [1, 1], dilations: [1, 1], groups: 1 } as const;
const same = ([height, width]: Pair): Pads => [height >> 1, width >> 1, height >> 1, width >> 1];

interface Case {
  readonly channels: Pair;
  readonly size: Pair;
  readonly window: Pair;
  /** As large as it was, by default. */
  readonly pads?: Pads;
  readonly hasBias?: boolean;
}

function graphOf({ channels: [depth, filters], size, window, pads = same(window), hasBias }: Case): Graph {
  const graph = new Graph();
  const x = graph.input('x', { dtype: 'float32', shape: [2, depth, ...size] });
  const kernel = graph.parameter('kernel', 'kernel', randomTensor([filters, depth, ...window], 1, -0.1, 0.1));
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

const isFiltered = (graph: Graph) => liveNodes(graph).some(({ op }) => op.name === 'RowConv');

describe.skipIf(block === 1)(
  'Winograd’s convolution (skipped where the runtime has no blocked layout)',
  () => {
    const cases: Case[] = [
      { channels: [96, 96], size: [20, 20], window: [3, 3] },
      { channels: [96, 96], size: [21, 17], window: [3, 3], hasBias: true },
      { channels: [80, 192], size: [43, 43], window: [3, 3], pads: [0, 0, 0, 0] },
      { channels: [80, 192], size: [20, 23], window: [3, 3], pads: [0, 0, 0, 0], hasBias: true },
      { channels: [192, 80], size: [41, 40], window: [3, 3], pads: [2, 2, 2, 2] },
      { channels: [128, 100], size: [24, 25], window: [3, 3], pads: [0, 1, 2, 1], hasBias: true },
      { channels: [100, 128], size: [25, 24], window: [3, 3], pads: [2, 0, 1, 1] },
      { channels: [192, 192], size: [9, 9], window: [1, 7], hasBias: true },
      { channels: [192, 160], size: [9, 12], window: [7, 1], hasBias: true },
      { channels: [160, 192], size: [17, 17], window: [1, 7], pads: [0, 0, 0, 4] },
      { channels: [160, 192], size: [16, 11], window: [7, 1], pads: [1, 0, 5, 0] },
      { channels: [48, 64], size: [20, 19], window: [5, 5], hasBias: true },
      { channels: [64, 48], size: [21, 22], window: [5, 5], pads: [0, 4, 3, 1] },
      { channels: [64, 64], size: [30, 30], window: [3, 5] },
    ];

    test.each(cases)('%o', async (each) => {
      const graph = graphOf(each);
      const blocked = lower(graph, new Set(), 'cpu', block);
      expect(isFiltered(blocked)).toBe(true);
      const [expected, found] = [await run(graph, each), await run(blocked, each)];
      expect(found.length).toBe(expected.length);
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const error = found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
      // Seven taps are evaluated at nine points, which round more than six or eight.
      expect(error / largest).toBeLessThan(Math.max(...each.window) === 7 ? 8e-6 : 3e-6);
    });

    test('of kernels that change with every step only those that are small beside the images', () => {
      const changing = (each: Case) => isFiltered(lower(graphOf(each), new Set(['kernel']), 'cpu', block));
      const small: Case = { channels: [160, 160], size: [12, 12], window: [3, 3] };
      expect(isFiltered(lower(graphOf(small), new Set(), 'cpu', block))).toBe(true);
      expect([changing(small), changing(cases[2]!)]).toEqual([false, true]);
    });

    test('gives an image the same bits among others', async () => {
      const each: Case = { channels: [96, 96], size: [20, 20], window: [3, 3], hasBias: true };
      const session = await createSession(
        encodeOnnx(onnxFromGraph(lower(graphOf(each), new Set(), 'cpu', block))),
        { threads: 1 },
      );
      const { data } = randomTensor([3, 96, 20, 20], 5);
      const image = 96 * 20 * 20;
      const pair = async (first: number) => {
        const x = float32((data as Float32Array).slice(first * image, (first + 2) * image), [2, 96, 20, 20]);
        return (await session.run({ x })).y!.data as Float32Array;
      };
      const [before, after] = [await pair(0), await pair(1)];
      await session.release();
      expect(before.slice(image)).toEqual(after.slice(0, image));
    });
  },
);

describe('filtering', () => {
  const filtering = (depth: number, filters: number, size: number, window: Pair = [3, 3], block = 16) =>
    filteringOf(
      [2, depth, size, size],
      [filters, depth, ...window],
      { ...plain, pads: same(window) },
      { block },
    );

  test('pays with many channels, and takes the number of results that wastes least', () => {
    expect(filtering(128, 128, 24)).toEqual({ axis: 2, results: 6 });
    expect(filtering(256, 256, 14)).toBeDefined();
    expect(filtering(96, 96, 20)).toEqual({ axis: 2, results: 4 });
    expect(filtering(192, 192, 9, [7, 1])).toEqual({ axis: 2, results: 3 });
    expect(filtering(192, 192, 9, [1, 7])).toEqual({ axis: 3, results: 3 });
    expect(filtering(48, 64, 20, [5, 5])).toEqual({ axis: 2, results: 4 });
  });

  test('does not where passes over memory outweigh it, or kernels would become too large', () => {
    expect(filtering(16, 16, 87)).toBeUndefined();
    expect(filtering(32, 64, 87)).toBeUndefined();
    expect(filtering(64, 32, 87)).toBeUndefined();
    expect(filtering(32, 128, 11)).toBeUndefined();
    expect(filtering(96, 96, 3)).toBeUndefined();
    expect(filtering(512, 512, 6)).toBeUndefined();
  });

  test('pays earlier in narrower blocks, where products take longer and passes over memory do not', () => {
    expect(filtering(128, 32, 24)).toBeUndefined();
    expect(filtering(128, 32, 24, [3, 3], 8)).toEqual({ axis: 2, results: 6 });
    expect(filtering(16, 16, 87, [3, 3], 8)).toBeUndefined();
  });

  test('is for dense convolutions one after another', () => {
    const pays = (attributes: Partial<ConvAttributes>) =>
      filteringOf(
        [2, 128, 24, 24],
        [128, 128, 3, 3],
        { ...plain, pads: [1, 1, 1, 1], ...attributes },
        { block: 16 },
      );
    expect(pays({})).toBeDefined();
    expect(pays({ strides: [1, 2] })).toBeUndefined();
    expect(pays({ dilations: [2, 1] })).toBeUndefined();
    expect(pays({ groups: 2 })).toBeUndefined();
    expect(filtering(128, 128, 24, [2, 2])).toBeUndefined();
  });
});
