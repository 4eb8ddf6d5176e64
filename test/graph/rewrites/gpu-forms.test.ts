/** @file What GPUs run instead computes the same, checked on the CPU. */
import { expect, test } from 'vitest';
import { differentiate } from '../../../src/graph/differentiate.js';
import { Graph, type Value } from '../../../src/graph/graph.js';
import { liveNodes } from '../../../src/graph/live.js';
import { lower } from '../../../src/graph/lower.js';
import { batchNormalizationTraining } from '../../../src/graph/ops/batch-normalization-training.js';
import { convTranspose } from '../../../src/graph/ops/conv-transpose.js';
import { type MaxPoolOptions, maxPool } from '../../../src/graph/ops/max-pool.js';
import { mul } from '../../../src/graph/ops/mul.js';
import { reduceSum } from '../../../src/graph/ops/reduce-sum.js';
import { reshape } from '../../../src/graph/ops/reshape.js';
import { type Range, type SliceOptions, slice } from '../../../src/graph/ops/slice.js';
import type { Shape, Tensor } from '../../../src/graph/tensor.js';
import { encodeOnnx } from '../../../src/onnx/encode.js';
import { onnxFromGraph } from '../../../src/onnx/from-graph.js';
import { createSession } from '../../../src/runtime/session.js';
import { randomTensor } from '../random-tensor.js';

const names = (graph: Graph) => new Set(liveNodes(graph).map(({ op }) => op.name));
const gpu = (graph: Graph) => lower(graph, new Set(), 'gpu');

async function run(graph: Graph, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const session = await createSession(encodeOnnx(onnxFromGraph(graph)), { threads: 1 });
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

function total(graph: Graph, x: Value): Value {
  const product = mul(graph, x, graph.constant(randomTensor(x.shape, 9)));
  return reshape(graph, reduceSum(graph, product, [...x.shape.keys()]), []);
}

test.each<[string, Shape, MaxPoolOptions]>([
  ['overlapping', [2, 3, 7, 8], { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }],
  ['tiling, rows left over', [1, 2, 7, 6], { kernel: [2, 2] }],
  ['stride 1', [1, 2, 5, 5], { kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] }],
  [
    'uneven, dilated',
    [1, 2, 8, 9],
    { kernel: [2, 3], strides: [1, 2], pads: [0, 1, 1, 2], dilations: [2, 1] },
  ],
])('max pooling’s gradient, %s: the first of equally large elements gets it', async (_, shape, options) => {
  const graph = new Graph();
  const x = graph.input('x', { dtype: 'float32', shape });
  const loss = total(graph, maxPool(graph, x, options));
  graph.output('gradient', differentiate(graph, loss, [x])[0]!);
  const drawn = randomTensor(shape, 3, -4, 4);
  const ties = { ...drawn, data: (drawn.data as Float32Array).map(Math.round) };

  const lowered = gpu(graph);
  expect([...names(lowered)]).not.toContain('MaxPoolIndices');
  for (const values of [drawn, ties]) {
    const [{ gradient: scattered }, { gradient: compared }] = [
      await run(graph, { x: values }),
      await run(lowered, { x: values }),
    ];
    scattered!.data.forEach((value, i) => {
      expect(compared!.data[i]).toBeCloseTo(Number(value), 5);
    });
  }
});

test.each<[string, Shape, SliceOptions]>([
  ['partly backwards', [2, 7], { axes: [1], starts: [5], ends: [0], steps: [-2] }],
  ['both ways', [5, 6], { starts: [1, 4], ends: [5, 0], steps: [2, -2] }],
  ['one element', [4], { starts: [1], ends: [0], steps: [-1] }],
])('slices that go %s begin at the last element', async (_, shape, options) => {
  const graph = new Graph();
  graph.output('y', slice(graph, graph.input('x', { dtype: 'float32', shape }), options));
  const lowered = gpu(graph);
  for (const { op, inputs, attributes } of liveNodes(lowered)) {
    expect(op.name).toBe('Slice');
    for (const { axis, start, step } of attributes.ranges as Range[]) {
      if (step < 0) expect(start).toBe(inputs[0]!.shape[axis]! - 1);
    }
  }
  const feeds = { x: randomTensor(shape, 1) };
  expect(await run(lowered, feeds)).toEqual(await run(graph, feeds));
});

test('transposed convolutions in groups of one channel out and several in', async () => {
  const attributes = { strides: [2, 2], pads: [1, 1, 1, 1], dilations: [1, 1], groups: 2 } as const;
  const graph = new Graph();
  const x = graph.input('x', { dtype: 'float32', shape: [1, 4, 3, 3] });
  const kernel = graph.constant(randomTensor([4, 1, 3, 3], 2));
  graph.output('y', convTranspose(graph, x, kernel, attributes, [6, 6]));
  const lowered = gpu(graph);
  expect([...names(lowered)]).not.toContain('ConvTranspose');
  const feeds = { x: randomTensor([1, 4, 3, 3], 1) };
  const [{ y: direct }, { y: spread }] = [await run(graph, feeds), await run(lowered, feeds)];
  expect(spread!.shape).toEqual(direct!.shape);
  direct!.data.forEach((value, i) => {
    expect(spread!.data[i]).toBeCloseTo(Number(value), 5);
  });
});

test.each<[Shape]>([[[4, 3, 5, 2]], [[6, 3]]])(
  'batch norm of the batch %j, forward and backward',
  async (shape) => {
    const graph = new Graph();
    const x = graph.input('x', { dtype: 'float32', shape });
    const [scale, centre] = ['scale', 'centre'].map((name) =>
      graph.input(name, { dtype: 'float32', shape: [3] }),
    ) as [Value, Value];
    const { y, batchMean, batchVariance } = batchNormalizationTraining(graph, x, scale, centre, {
      epsilon: 1e-3,
    });
    graph.output('y', y);
    graph.output('mean', batchMean);
    graph.output('variance', batchVariance);
    const wanted = [x, scale, centre];
    differentiate(graph, total(graph, y), wanted).forEach((gradient, i) => {
      graph.output(`gradient ${i}`, gradient!);
    });

    const lowered = gpu(graph);
    expect([...names(lowered)]).not.toContain('BatchNormalizationTraining');
    const feeds = {
      x: randomTensor(shape, 1, 4, 9),
      scale: randomTensor([3], 2),
      centre: randomTensor([3], 3),
    };
    const [whole, steps] = [await run(graph, feeds), await run(lowered, feeds)];
    for (const [name, { data }] of Object.entries(whole)) {
      data.forEach((value, i) => {
        expect(steps[name]!.data[i], name).toBeCloseTo(Number(value), 4);
      });
    }
  },
);
