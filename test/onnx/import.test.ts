/** @file Building an imported network: activations put together, batch statistics, fixed shapes at other sizes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Graph } from '../../src/graph/graph.js';
import { float32, int64, sizeOf } from '../../src/graph/tensor.js';
import { importNetwork } from '../../src/onnx/import/index.js';
import { rescaleTarget } from '../../src/onnx/import/reshape-target.js';
import type { OnnxModel } from '../../src/onnx/model.js';
import { runGraph } from '../graph/run-graph.js';
import { batchNorm, batchNormWeights, float, node, onnxModel, weight } from './model-builder.js';
import { asFile, importedFeatures, randomImages, referenceFeatures, relativeError } from './reference.js';
import { smallModel } from './small-models.js';

/** The operators of our graph, in order, that an imported model comes to. */
function operatorsOf(model: OnnxModel): string[] {
  const graph = new Graph();
  const images = graph.input('images', { dtype: 'float32', shape: [1, 3, 32, 32] });
  importNetwork(asFile(model)).build(graph, images, {
    batch: 1,
    height: 32,
    width: 32,
    statistics: 'frozen',
  });
  return graph.nodes.map(({ op }) => op.name);
}

const constants = {
  one: float32([1], []),
  half: float32([0.5], []),
  root: float32([Math.SQRT2], []),
  inverse: float32([Math.SQRT1_2], []),
};

describe('activations taken apart are put together', () => {
  test.each([
    ['Swish', [node('Sigmoid', 'map', 'g'), node('Mul', 'map g', 'y')]],
    ['Swish', [node('Sigmoid', 'map', 'g'), node('Mul', 'g map', 'y')]],
    ['HardSwish', [node('HardSigmoid', 'map', 'g', { alpha: float(1 / 6) }), node('Mul', 'g map', 'y')]],
    [
      'Gelu',
      [
        node('Div', 'map root', 'd'),
        node('Erf', 'd', 'e'),
        node('Add', 'e one', 'a'),
        node('Mul', 'map a', 'm'),
        node('Mul', 'm half', 'y'),
      ],
    ],
    [
      'Gelu',
      [
        node('Mul', 'inverse map', 'd'),
        node('Erf', 'd', 'e'),
        node('Add', 'one e', 'a'),
        node('Mul', 'half map', 'm'),
        node('Mul', 'm a', 'y'),
      ],
    ],
  ] as const)('%s (%#)', async (operator, nodes) => {
    const model = smallModel(nodes, ['y'], { weights: constants });
    const names = operatorsOf(model);
    expect(names).toContain(operator);
    for (const part of ['Sigmoid', 'HardSigmoid', 'Erf', 'Mul', 'Add']) expect(names).not.toContain(part);
    const images = randomImages(1, 32, 32);
    const features = await importedFeatures(importNetwork(asFile(model)), images);
    expect(relativeError(features, await referenceFeatures(model, 'y', images))).toBeLessThan(1e-5);
  });

  test.each([
    ['another hard sigmoid', [node('HardSigmoid', 'map', 'g'), node('Mul', 'g map', 'y')], 'HardSigmoid'],
    [
      'a gate of something else',
      [node('Relu', 'map', 'r'), node('Sigmoid', 'r', 'g'), node('Mul', 'map g', 'y')],
      'Sigmoid',
    ],
    [
      'almost a Gelu',
      [
        node('Erf', 'map', 'e'),
        node('Add', 'e one', 'a'),
        node('Mul', 'map a', 'm'),
        node('Mul', 'm half', 'y'),
      ],
      'Erf',
    ],
  ] as const)('but not %s', async (_, nodes, operator) => {
    const model = smallModel(nodes, ['y'], { weights: constants });
    expect(operatorsOf(model)).toContain(operator);
    const images = randomImages(1, 32, 32);
    const features = await importedFeatures(importNetwork(asFile(model)), images);
    expect(relativeError(features, await referenceFeatures(model, 'y', images))).toBeLessThan(1e-5);
  });
});

test('Identity, Dropout and shape arithmetic leave nothing behind', () => {
  const model = smallModel(
    [
      node('Identity', 'map', 'same'),
      node('Dropout', 'same', 'kept'),
      node('Shape', 'kept', 'shape'),
      node('Reshape', 'kept shape', 'again'),
      node('Cast', 'again', 'real', { to: 1 }),
    ],
    ['real'],
  );
  expect(operatorsOf(model)).toEqual(['Conv', 'BatchNormalization', 'Relu', 'GlobalAveragePool', 'Reshape']);
});

test('a channels-last input and its transposition cancel', () => {
  const model = onnxModel({
    opset: 13,
    inputShape: ['n', 32, 32, 3],
    outputs: ['y'],
    nodes: [
      node('Transpose', 'images', 't', { perm: [0, 3, 1, 2] }),
      node('Conv', 't k', 'c'),
      batchNorm('c', 'bn'),
      node('Relu', 'bn', 'y'),
    ],
    weights: { k: weight([4, 3, 3, 3], 1), ...batchNormWeights('bn', 4) },
  });
  expect(operatorsOf(model)).toEqual(['Conv', 'BatchNormalization', 'Relu', 'GlobalAveragePool', 'Reshape']);
});

test('batch statistics: what normalises is the batch, and each layer reports it with its names and momentum', async () => {
  const momentum = Math.fround(0.95);
  const model = smallModel([batchNorm('map', 'second', { momentum: float(momentum) })], ['second'], {
    weights: batchNormWeights('second', 8, 40),
  });
  const network = importNetwork(asFile(model));
  const graph = new Graph();
  const images = randomImages(4, 16, 16);
  const { features, batchStatistics } = network.build(graph, graph.input('images', images), {
    batch: 4,
    height: 16,
    width: 16,
    statistics: 'batch',
  });
  expect(
    batchStatistics.map(({ meanName, varianceName, momentum }) => [meanName, varianceName, momentum]),
  ).toEqual([
    ['stem.bn.mean', 'stem.bn.variance', 0.9],
    ['second.mean', 'second.variance', momentum],
  ]);
  expect([...graph.parameters.keys()].filter((name) => /mean|variance/.test(name))).toEqual([]);
  const [pooled, mean, variance] = await runGraph(
    graph,
    [features, batchStatistics[1]!.mean, batchStatistics[1]!.variance],
    { images },
  );
  expect([mean!.shape, variance!.shape]).toEqual([[8], [8]]);
  // A normalised batch has mean 0, so the pooled features' mean over the batch is the centre.
  const centre = model.graph.initializers.get('second.centre')!.data;
  for (let channel = 0; channel < 8; channel++) {
    let sum = 0;
    for (let image = 0; image < 4; image++) sum += Number(pooled!.data[image * 8 + channel]);
    expect(sum / 4).toBeCloseTo(Number(centre[channel]), 4);
  }
});

test('the same network built twice shares its weights', () => {
  const network = importNetwork(asFile(smallModel([], ['map'])));
  const tensors = [16, 32].map((size) => {
    const graph = new Graph();
    const images = graph.input('images', { dtype: 'float32', shape: [2, 3, size, size] });
    network.build(graph, images, { batch: 2, height: size, width: size, statistics: 'frozen' });
    return [...graph.parameters.values()].map(
      ({ source }) => source.kind === 'parameter' && source.parameter.tensor,
    );
  });
  expect(tensors[0]).toEqual(tensors[1]);
  for (const [i, { tensor }] of network.parameters.entries()) {
    expect(tensors[0]![i]).toBe(tensor);
    expect(tensors[1]![i]).toBe(tensor);
  }
});

describe('shapes fixed to one size', () => {
  test.each([
    ['channel shuffle', [1, 116, 28, 28], [1, 2, 58, 28, 28], [8, 116, 10, 20], [8, 2, 58, 10, 20]],
    ['and back', [1, 58, 2, 28, 28], [1, 116, 28, 28], [8, 58, 2, 10, 20], [8, 116, 10, 20]],
    ['vectors to maps', [1, 64], [1, 64, 1, 1], [5, 64], [5, 64, 1, 1]],
    ['maps to vectors', [1, 64, 1, 1], [1, 64], [5, 64, 1, 1], [5, 64]],
    ['flattening', [1, 8, 7, 7], [1, 392], [2, 8, 3, 5], [2, 120]],
    ['flattening the pixels', [1, 8, 7, 7], [1, 8, 49], [2, 8, 3, 5], [2, 8, 15]],
    ['flattening everything', [1, 8, 7, 7], [392], [2, 8, 3, 5], [240]],
    ['batches to one axis', [4, 8, 7, 7], [32, 7, 7], [2, 8, 3, 5], [16, 3, 5]],
    ['pixels to a grid, of the same size', [1, 8, 16], [1, 8, 4, 4], [3, 8, 16], [3, 8, 4, 4]],
  ] as const)('%s', (_, nativeFrom, nativeTo, from, to) => {
    expect(rescaleTarget(nativeFrom, nativeTo, from)).toEqual(to);
  });

  test('what is open stays open', () => {
    expect(rescaleTarget([1, 8, 16], [1, 8, 4, 4], [1, 8, 64])).toBeUndefined();
    expect(rescaleTarget([1, 8, 16], [128], [1, 8])).toBeUndefined();
  });

  test('the result always has as many elements', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        sizes,
        fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 5, maxLength: 5 }),
        fc.nat(31),
        (from, other, cuts) => {
          // Merge neighbours of the shape at random for a target of the same size.
          const to: number[] = [];
          from.forEach((size, axis) => {
            if (axis > 0 && cuts & (1 << axis)) to.push(to.pop()! * size);
            else to.push(size);
          });
          const now = from.map((_, axis) => other[axis]!);
          const result = rescaleTarget(from, to, now);
          if (result) expect(sizeOf(result)).toBe(sizeOf(now));
          expect(rescaleTarget(from, to, from)).toEqual(to);
        },
      ),
      { seed: 5 },
    );
  });

  test('fixed sizes beside a batch that is left open', async () => {
    const model = smallModel(
      [
        node('Shape', 'map', 'shape'),
        node('Slice', 'shape from to', 'batch'),
        node('Concat', 'batch grid', 'target', { axis: 0 }),
        node('Reshape', 'map target', 'groups'),
        node('Transpose', 'groups', 'shuffled', { perm: [0, 2, 1, 3, 4] }),
        node('Concat', 'batch plain', 'back', { axis: 0 }),
        node('Reshape', 'shuffled back', 'again'),
        node('Concat', 'batch large', 'sizes', { axis: 0 }),
        node('Resize', 'again - - sizes', 'y', {
          nearest_mode: 'floor',
          coordinate_transformation_mode: 'asymmetric',
        }),
      ],
      ['y'],
      {
        size: 32,
        weights: {
          from: int64([0]),
          to: int64([1]),
          grid: int64([2, 4, 16, 16]),
          plain: int64([8, 16, 16]),
          large: int64([8, 32, 32]),
        },
      },
    );
    const network = importNetwork(asFile(model));
    const whole = importNetwork(asFile(smallModel([], ['map'])));
    const images = randomImages(3, 48, 64);
    const [shuffled, plain] = [
      await importedFeatures(network, images),
      await importedFeatures(whole, images),
    ];
    const order = [0, 4, 1, 5, 2, 6, 3, 7];
    const expected = float32(
      [0, 1, 2].flatMap((image) => order.map((channel) => Number(plain.data[image * 8 + channel]))),
      [3, 8],
    );
    expect(relativeError(shuffled, expected)).toBeLessThan(1e-6);
  });

  test('resizing to a fixed size enlarges by the same factor', async () => {
    const sized = (sizes: number[], size: number | string) =>
      smallModel(
        [
          node('Resize', 'map - - sizes', 'y', {
            nearest_mode: 'floor',
            coordinate_transformation_mode: 'asymmetric',
          }),
        ],
        ['y'],
        {
          size,
          weights: { sizes: int64(sizes) },
        },
      );
    const network = importNetwork(asFile(sized([1, 8, 32, 32], 32)));
    const images = randomImages(2, 48, 80);
    const reference = await referenceFeatures(sized([2, 8, 48, 80], 'any'), 'y', images);
    expect(relativeError(await importedFeatures(network, images), reference)).toBeLessThan(1e-5);
  });
});
