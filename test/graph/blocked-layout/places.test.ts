import { describe, expect, test } from 'vitest';
import type { Graph, Value } from '../../../src/graph/graph.js';
import { averagePool } from '../../../src/graph/ops/average-pool.js';
import { concat } from '../../../src/graph/ops/concat.js';
import { embed } from '../../../src/graph/ops/embed.js';
import { globalAveragePool } from '../../../src/graph/ops/global-average-pool.js';
import { maxPool } from '../../../src/graph/ops/max-pool.js';
import { pad } from '../../../src/graph/ops/pad.js';
import { relu } from '../../../src/graph/ops/relu.js';
import { slice } from '../../../src/graph/ops/slice.js';
import { block, blockedNames, channels, everyNumber, expectSame, Sketch, unlessNone } from './both-forms.js';

type Form = (graph: Graph, x: Value) => Value;

const blocksToo = [...channels.partlyFilled, ...channels.whole];

/** That the operator stays or does not stay in the layout, behind a convolution and before one. */
async function expectSameOf(form: Form, size: number, leaves: boolean): Promise<void> {
  const sketch = new Sketch();
  const y = form(sketch.graph, sketch.images(size));
  sketch.output(y, sketch.conv(y, block));
  const own = new Sketch();
  own.output(own.conv(form(own.graph, own.images(size)), block));
  const passes = blockedNames(own).filter((name) => name.endsWith('Blocked'));
  const isPlainAnyway = y.shape[1]! < block; // a convolution takes so few channels as they are
  expect(passes, `${size} channels`).toEqual(
    leaves && !isPlainAnyway
      ? ['FromBlocked', 'ToBlocked', 'FromBlocked']
      : Array.from({ length: isPlainAnyway ? 2 : 1 }, () => 'FromBlocked'),
  );
  await expectSame(sketch);
}

describe.skipIf(block === 1)(`joining and taking in the blocked layout ${unlessNone}`, () => {
  test('whole blocks are joined in it', async () => {
    const sketch = new Sketch();
    const parts = [block, 2 * block, block].map((size) => sketch.images(size));
    sketch.output(sketch.conv(concat(sketch.graph, parts, 1), 24));
    expect(blockedNames(sketch).filter((name) => name.endsWith('Blocked'))).toEqual(['FromBlocked']);
    await expectSame(sketch);
  });

  test('so are fed images with what is there', async () => {
    const sketch = new Sketch();
    const x = sketch.images(block);
    sketch.output(concat(sketch.graph, [sketch.input([2, 2 * block, 5, 7]), x, x], 1));
    expect(blockedNames(sketch)).toContain('ToBlocked');
    await expectSame(sketch);
  });

  test.each(channels.partlyFilled)('block and %i channels are joined in plain form', async (size) => {
    const sketch = new Sketch();
    const [a, b] = [sketch.images(size), sketch.images(block)];
    const { graph } = sketch;
    sketch.output(sketch.conv(concat(graph, [a, b], 1), 24), sketch.conv(concat(graph, [b, a], 1), 24));
    await expectSame(sketch);
  });

  test('along other axes', async () => {
    const sketch = new Sketch();
    const { graph } = sketch;
    const [a, b] = [sketch.images(block), sketch.images(block)];
    sketch.output(...[0, 2, 3].map((axis) => concat(graph, [a, b], axis)));
    await expectSame(sketch);
  });

  const taken: Record<string, { form: Form; leaves: (size: number) => boolean; sizes: number[] }> = {
    'the first block': {
      form: (graph, x) => slice(graph, x, { axes: [1], starts: [0], ends: [block] }),
      leaves: () => false,
      sizes: [2 * block, 3 * block, 1.5 * block, 2.5 * block],
    },
    'the second block': {
      form: (graph, x) => slice(graph, x, { axes: [1], starts: [block], ends: [2 * block] }),
      leaves: () => false,
      sizes: [2 * block, 3 * block, 2.5 * block],
    },
    'the part of a block that is left': {
      form: (graph, x) => slice(graph, x, { axes: [1], starts: [block], ends: [1000] }),
      leaves: (size) => size % block !== 0,
      sizes: [block + 4, 2.5 * block, 3 * block],
    },
    'a block across two': {
      form: (graph, x) => slice(graph, x, { axes: [1], starts: [4], ends: [4 + block] }),
      leaves: () => true,
      sizes: [2 * block, block + 4],
    },
    'every second channel': {
      form: (graph, x) => slice(graph, x, { axes: [1], starts: [0], ends: [2 * block], steps: [2] }),
      leaves: () => true,
      sizes: [2 * block],
    },
    'rows and columns': {
      form: (graph, x) => slice(graph, x, { axes: [2, 3], starts: [1, 2], ends: [4, 7] }),
      leaves: () => false,
      sizes: everyNumber,
    },
    'every second row and third column': {
      form: (graph, x) => slice(graph, x, { axes: [2, 3], starts: [0, 1], ends: [5, 7], steps: [2, 3] }),
      leaves: () => false,
      sizes: everyNumber,
    },
    'columns in reverse': {
      form: (graph, x) => slice(graph, x, { axes: [3], starts: [-1], ends: [-100], steps: [-1] }),
      leaves: () => false,
      sizes: everyNumber,
    },
    'one image': {
      form: (graph, x) => slice(graph, x, { axes: [0], starts: [1], ends: [2] }),
      leaves: () => true,
      sizes: blocksToo,
    },
    'a block of some rows': {
      form: (graph, x) => slice(graph, x, { axes: [1, 2], starts: [0, 1], ends: [block, 3] }),
      leaves: () => true,
      sizes: [2 * block],
    },
  };

  test.each(Object.entries(taken))('%s', async (_, { form, leaves, sizes }) => {
    for (const size of sizes) await expectSameOf(form, size, leaves(size));
  });

  const embedded: Record<string, { form: Form; leaves: (size: number) => boolean; sizes: number[] }> = {
    'whole blocks among blocks': {
      form: (graph, x) => {
        const [n, size, ...places] = x.shape as [number, number, number, number];
        return embed(graph, x, [n, size + 3 * block, ...places], [{ axis: 1, start: block, step: 1, size }]);
      },
      leaves: (size) => size % block !== 0,
      sizes: blocksToo,
    },
    'blocks among parts of blocks': {
      form: (graph, x) => {
        const [n, size, ...places] = x.shape as [number, number, number, number];
        return embed(graph, x, [n, size + 4, ...places], [{ axis: 1, start: 0, step: 1, size }]);
      },
      leaves: () => true,
      sizes: channels.whole,
    },
    'rows and columns among zeros': {
      form: (graph, x) =>
        embed(
          graph,
          x,
          [2, x.shape[1]!, 11, 16],
          [
            { axis: 2, start: 1, step: 2, size: 5 },
            { axis: 3, start: 2, step: 2, size: 7 },
          ],
        ),
      leaves: () => false,
      sizes: everyNumber,
    },
    'columns up to the edge': {
      form: (graph, x) => embed(graph, x, [2, x.shape[1]!, 5, 19], [{ axis: 3, start: 0, step: 3, size: 7 }]),
      leaves: () => false,
      sizes: everyNumber,
    },
    'rows next to each other': {
      form: (graph, x) => embed(graph, x, [2, x.shape[1]!, 9, 7], [{ axis: 2, start: 3, step: 1, size: 5 }]),
      leaves: () => false,
      sizes: everyNumber,
    },
    'rows in reverse': {
      form: (graph, x) =>
        embed(graph, x, [2, x.shape[1]!, 10, 7], [{ axis: 2, start: 9, step: -2, size: 5 }]),
      leaves: () => false,
      sizes: everyNumber,
    },
  };

  test.each(Object.entries(embedded))('%s', async (_, { form, leaves, sizes }) => {
    for (const size of sizes) await expectSameOf(form, size, leaves(size));
  });

  const padded: Record<string, { form: Form; leaves: boolean }> = {
    'zeros around': {
      form: (graph, x) => pad(graph, x, { pads: [0, 0, 1, 0, 0, 0, 2, 3] }),
      leaves: false,
    },
    'a number around': {
      form: (graph, x) => pad(graph, x, { pads: [0, 0, 1, 2, 0, 0, 0, 3], value: -2.5 }),
      leaves: false,
    },
    'an edge cut off': {
      form: (graph, x) => pad(graph, x, { pads: [0, 0, -1, 2, 0, 0, 1, -3] }),
      leaves: false,
    },
    'a mirror image': {
      form: (graph, x) => pad(graph, x, { pads: [0, 0, 1, 2, 0, 0, 2, 1], mode: 'reflect' }),
      leaves: true,
    },
    'more channels': { form: (graph, x) => pad(graph, x, { pads: [0, 2, 0, 0, 0, 2, 0, 0] }), leaves: true },
  };

  test.each(Object.entries(padded))('%s', async (_, { form, leaves }) => {
    for (const size of blocksToo) await expectSameOf(form, size, leaves);
  });
});

describe.skipIf(block === 1)(`pooling in the blocked layout ${unlessNone}`, () => {
  const window = { kernel: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] } as const;
  const pools: Record<string, { form: Form; leaves: boolean }> = {
    maximum: { form: (graph, x) => maxPool(graph, x, { kernel: [2, 2] }), leaves: false },
    'maximum, padded unevenly': { form: (graph, x) => maxPool(graph, x, window), leaves: false },
    'maximum, dilated': {
      form: (graph, x) => maxPool(graph, x, { kernel: [2, 2], strides: [1, 1], dilations: [2, 3] }),
      leaves: true,
    },
    'maximum behind zeros that count': {
      form: (graph, x) =>
        maxPool(graph, pad(graph, x, { pads: [0, 0, 1, 1, 0, 0, 1, 1] }), {
          kernel: [3, 3],
          strides: [2, 2],
        }),
      leaves: false,
    },
    'mean, padding left out': { form: (graph, x) => averagePool(graph, x, window), leaves: false },
    'mean, padding counted': {
      form: (graph, x) => averagePool(graph, x, { ...window, countIncludePad: true }),
      leaves: false,
    },
    'mean of images': { form: (graph, x) => globalAveragePool(graph, x), leaves: false },
    'mean of relus': {
      form: (graph, x) => averagePool(graph, relu(graph, x), { kernel: [2, 2] }),
      leaves: false,
    },
  };

  test.each(Object.entries(pools))('%s', async (_, { form, leaves }) => {
    for (const size of blocksToo) await expectSameOf(form, size, leaves);
  });
});
