import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../src/graph/differentiate.js';
import { Graph } from '../../../src/graph/graph.js';
import { batchNormalizationTraining } from '../../../src/graph/ops/batch-normalization-training.js';
import { conv } from '../../../src/graph/ops/conv.js';
import { mul } from '../../../src/graph/ops/mul.js';
import { reduceSum } from '../../../src/graph/ops/reduce-sum.js';
import { relu } from '../../../src/graph/ops/relu.js';
import { reshape } from '../../../src/graph/ops/reshape.js';
import { float32, type Shape, sizeOf } from '../../../src/graph/tensor.js';
import { checkGradients } from '../gradient-check.js';
import { randomTensor } from '../random-tensor.js';
import { builders } from './builders.js';

const pads = [1, 1, 1, 1];

describe('gradients equal central finite differences', () => {
  test.each([
    ['dense', [2, 3, 5, 6], [4, 3, 3, 3], { pads }],
    ['dense, stride 2, even size', [2, 3, 6, 6], [4, 3, 3, 3], { pads, strides: [2, 2] }],
    ['1×1, stride 2', [2, 3, 6, 5], [4, 3, 1, 1], { strides: [2, 2] }],
    ['grouped, dilated', [2, 4, 6, 7], [6, 2, 3, 2], { pads: [2, 1, 0, 1], dilations: [2, 2], groups: 2 }],
    [
      'depthwise 5×5, stride 2',
      [1, 3, 8, 7],
      [3, 1, 5, 5],
      { pads: [1, 2, 2, 2], strides: [2, 2], groups: 3 },
    ],
  ])('conv, %s', async (_, x, kernel, attributes) => {
    await checkGradients(
      (graph, inputs) => builders.conv!(graph, inputs, attributes),
      [randomTensor(x, 1), randomTensor(kernel, 2), randomTensor([kernel[0]!], 3)],
      { step: 0.1 },
    );
  });

  test('twice through a convolution with a stride: its gradient has a gradient', async () => {
    const attributes = { strides: [2, 2], pads: [1, 1, 1, 1], dilations: [1, 1], groups: 1 } as const;
    await checkGradients(
      (graph, [x, kernel]) => {
        const inner = relu(graph, conv(graph, x!, kernel!, undefined, attributes));
        return conv(graph, inner, kernel!, undefined, attributes);
      },
      [randomTensor([1, 3, 7, 6], 1), randomTensor([3, 3, 3, 3], 2, 0.1, 1)],
    );
  });

  test('batch normalisation with frozen statistics', async () => {
    await checkGradients(
      (graph, [x, scale, centre]) => {
        const [mean, variance] = [float32([0.5, -2, 9]), float32([0.25, 1, 4])];
        const values = [x!, scale!, centre!, graph.constant(mean), graph.constant(variance)];
        return builders.batchNormalization!(graph, values, { epsilon: 1e-3 });
      },
      [randomTensor([2, 3, 3, 4], 11), randomTensor([3], 2), randomTensor([3], 3)],
    );
  });

  test.each([[[3, 4, 3, 2]], [[9, 4]]])('batch normalisation of the batch, %j', async (shape) => {
    await checkGradients(
      (graph, [x, scale, centre]) =>
        batchNormalizationTraining(graph, x!, scale!, centre!, { epsilon: 1e-3 }).y,
      [randomTensor(shape, 11), randomTensor([4], 2, 0.5, 2), randomTensor([4], 3)],
    );
  });

  test.each([
    [{ kernel: [3, 3], strides: [2, 2], pads }],
    [{ kernel: [2, 2], strides: [3, 1] }],
    [{ kernel: [2, 3], strides: [1, 1], dilations: [2, 1] }],
  ])('maxPool %j', async (options) => {
    // All different, and further apart than the steps.
    const shape = [1, 2, 6, 7];
    const order = shuffled(sizeOf(shape)).map((n) => n / 10);
    await checkGradients(
      (graph, inputs) => builders.maxPool!(graph, inputs, options),
      [float32(order, shape)],
    );
  });

  test.each([
    ['averagePool', [2, 2, 7, 6], { kernel: [3, 2], strides: [2, 1], pads }],
    ['averagePool', [2, 2, 7, 6], { kernel: [3, 2], strides: [2, 1], pads, countIncludePad: true }],
    ['globalAveragePool', [2, 3, 4, 5], {}],
    ['pad', [1, 2, 4, 4], { pads: [0, 0, 3, 1, 0, 0, 2, 2], mode: 'reflect' }],
    [
      'resizeNearest',
      [1, 2, 4, 3],
      { scales: [2.5, 0.7], coordinates: 'half_pixel', rounding: 'round_prefer_floor' },
    ],
    ['resizeNearest', [1, 2, 4, 3], { size: [6, 7], coordinates: 'align_corners', rounding: 'ceil' }],
    [
      'resizeNearest',
      [1, 2, 4, 3],
      { size: [1, 7], coordinates: 'pytorch_half_pixel', rounding: 'round_prefer_ceil' },
    ],
  ] as [string, Shape, object][])('%s %j %j', async (operator, shape, attributes) => {
    await checkGradients(
      (graph, inputs) => builders[operator]!(graph, inputs, attributes),
      [randomTensor(shape, 1)],
      { step: 0.1 },
    );
  });
});

test('what depends on the batch’s statistics themselves has no gradient, and says so', () => {
  const graph = new Graph();
  const x = graph.input('x', float32([1, 2, 3, 4], [2, 2]));
  const one = graph.constant(float32([1, 1]));
  const { y, batchMean } = batchNormalizationTraining(graph, x, one, one, { epsilon: 1e-3 });
  const loss = reshape(graph, reduceSum(graph, mul(graph, y, batchMean), [0, 1]), []);
  expect(() => differentiate(graph, loss, [x])).toThrow('moving averages');
});

/** 0 to size − 1, in an order without pattern. */
function shuffled(size: number): number[] {
  const { data } = randomTensor([size], 5);
  return [...Array(size).keys()].sort((a, b) => Number(data[a]) - Number(data[b]));
}
