/** @file Where a network is cut: the tops that classifiers have, and outputs that are features already. */
import { expect, test } from 'vitest';
import { int64 } from '../../src/graph/tensor.js';
import { importNetwork } from '../../src/onnx/import/index.js';
import type { OnnxModel } from '../../src/onnx/model.js';
import { batchNorm, batchNormWeights, node, weight } from './model-builder.js';
import { asFile, importedFeatures, randomImages, referenceFeatures, relativeError } from './reference.js';
import { dense, smallModel } from './small-models.js';

const head = [
  node('Gemm', 'features fc.kernel fc.bias', 'logits'),
  node('Softmax', 'logits', 'probabilities'),
];
const classes = dense('fc', 8, 5);

/** A model, the name of its features (pooled already, or the map to be pooled), and how many there are. */
type Row = readonly [title: string, model: OnnxModel, cut: string, features: number];

const rows: readonly Row[] = [
  [
    'global average pooling, Flatten, Gemm, Softmax',
    smallModel(
      [node('GlobalAveragePool', 'map', 'pool'), node('Flatten', 'pool', 'features'), ...head],
      ['probabilities'],
      {
        weights: classes,
      },
    ),
    'pool',
    8,
  ],
  [
    'ReduceMean, MatMul, Add',
    smallModel(
      [
        node('ReduceMean', 'map', 'features', { axes: [2, 3], keepdims: 0 }),
        node('MatMul', 'features fc.kernel', 'product'),
        node('Add', 'product fc.bias', 'logits'),
      ],
      ['logits'],
      { weights: classes },
    ),
    'features',
    8,
  ],
  [
    'average pooling over the whole map, 1×1 convolution, Squeeze',
    smallModel(
      [
        node('AveragePool', 'map', 'pool', { kernel_shape: [16, 16] }),
        node('Conv', 'pool top.kernel', 'scores'),
        node('Squeeze', 'scores axes', 'logits'),
      ],
      ['logits'],
      { size: 32, weights: { 'top.kernel': weight([5, 8, 1, 1], 3), axes: int64([2, 3]) } },
    ),
    'map',
    8,
  ],
  [
    'no pooling before dense layers',
    smallModel(
      [
        node('Flatten', 'map', 'flat'),
        node('Gemm', 'flat hidden.kernel hidden.bias', 'hidden'),
        node('Relu', 'hidden', 'features'),
        ...head,
      ],
      ['probabilities'],
      { size: 32, weights: { ...dense('hidden', 8 * 16 * 16, 8), ...classes } },
    ),
    'map',
    8,
  ],
  [
    'dense layers and batch norm between pooling and classes',
    smallModel(
      [
        node('GlobalAveragePool', 'map', 'pool'),
        node('Conv', 'pool wide.kernel', 'wide'),
        batchNorm('wide', 'wide.bn'),
        node('HardSwish', 'wide.bn', 'act'),
        node('Flatten', 'act', 'flat'),
        node('Gemm', 'flat last.kernel last.bias', 'logits'),
      ],
      ['logits'],
      {
        opset: 14,
        weights: {
          'wide.kernel': weight([12, 8, 1, 1], 4),
          ...batchNormWeights('wide.bn', 12),
          ...dense('last', 12, 5),
        },
      },
    ),
    'pool',
    8,
  ],
  [
    'a convolution to one plane per class, pooled afterwards',
    smallModel(
      [
        node('Dropout', 'map', 'dropped'),
        node('Conv', 'dropped planes.kernel planes.bias', 'planes'),
        node('Relu', 'planes', 'positive'),
        node('GlobalAveragePool', 'positive', 'pool'),
        node('Flatten', 'pool', 'logits'),
      ],
      ['logits'],
      { weights: { 'planes.kernel': weight([5, 8, 1, 1], 5), 'planes.bias': weight([5], 6) } },
    ),
    'map',
    8,
  ],
  [
    'average and maximum side by side',
    smallModel(
      [
        node('GlobalAveragePool', 'map', 'average'),
        node('GlobalMaxPool', 'map', 'maximum'),
        node('Concat', 'average maximum', 'both', { axis: 1 }),
        node('Flatten', 'both', 'flat'),
        node('Gemm', 'flat last.kernel last.bias', 'logits'),
      ],
      ['logits'],
      { weights: dense('last', 16, 5) },
    ),
    'both',
    16,
  ],
  [
    'a gate over the last map is part of the network',
    smallModel(
      [
        node('GlobalAveragePool', 'map', 'squeezed'),
        node('Conv', 'squeezed se.kernel', 'excited'),
        node('Sigmoid', 'excited', 'gate'),
        node('Mul', 'map gate', 'gated'),
        node('GlobalAveragePool', 'gated', 'pool'),
        node('Flatten', 'pool', 'features'),
        ...head,
      ],
      ['probabilities'],
      { weights: { 'se.kernel': weight([8, 8, 1, 1], 7), ...classes } },
    ),
    'pool',
    8,
  ],
  ['a feature map as output', smallModel([], ['map']), 'map', 8],
  ['a pooled map as output', smallModel([node('GlobalAveragePool', 'map', 'pool')], ['pool']), 'pool', 8],
  [
    'pooled maxima as output',
    smallModel([node('GlobalMaxPool', 'map', 'pool'), node('Flatten', 'pool', 'v')], ['v']),
    'v',
    8,
  ],
  [
    'the mean over flattened pixels',
    smallModel(
      [
        node('Reshape', 'map shape', 'pixels'),
        node('ReduceMean', 'pixels', 'features', { axes: [-1], keepdims: 0 }),
        ...head,
      ],
      ['probabilities'],
      { weights: { shape: int64([0, 0, -1]), ...classes } },
    ),
    'features',
    8,
  ],
  [
    'a convolution as large as the map, then dense layers as convolutions',
    smallModel(
      [
        node('Conv', 'map fc6.kernel', 'fc6'),
        node('Relu', 'fc6', 'active'),
        node('Conv', 'active fc7.kernel', 'fc7'),
        node('Flatten', 'fc7', 'logits'),
      ],
      ['logits'],
      {
        size: 32,
        weights: { 'fc6.kernel': weight([6, 8, 16, 16], 3), 'fc7.kernel': weight([5, 6, 1, 1], 4) },
      },
    ),
    'map',
    8,
  ],
  [
    'tokens that are mixed and pooled',
    smallModel(
      [
        node('Reshape', 'map shape', 'flat'),
        node('Transpose', 'flat', 'tokens', { perm: [0, 2, 1] }),
        node('MatMul', 'tokens mix.kernel', 'mixed'),
        node('ReduceMean', 'mixed', 'pooled', { axes: [1], keepdims: 0 }),
        node('MatMul', 'pooled last.kernel', 'logits'),
      ],
      ['logits'],
      {
        weights: {
          shape: int64([0, 8, -1]),
          'mix.kernel': weight([8, 12], 3),
          'last.kernel': weight([12, 5], 4),
        },
      },
    ),
    'pooled',
    12,
  ],
  [
    'of two outputs, the one that lies deeper',
    smallModel(
      [node('AveragePool', 'map', 'half', { kernel_shape: [2, 2], strides: [2, 2] })],
      ['map', 'half'],
    ),
    'half',
    8,
  ],
  [
    'operators we lack in the top do not matter',
    smallModel(
      [
        node('GlobalAveragePool', 'map', 'pool'),
        node('Flatten', 'pool', 'features'),
        node('Gemm', 'features fc.kernel fc.bias', 'logits'),
        node('ArgMax', 'logits', 'class', { axis: 1 }),
      ],
      ['class'],
      { weights: classes },
    ),
    'pool',
    8,
  ],
];

test.each(rows)('%s', async (_, model, cut, features) => {
  const network = importNetwork(asFile(model));
  expect(network.features).toBe(features);
  const images = randomImages(model.graph.inputs[0]!.shape![2] === 32 ? 1 : 2, 32, 32);
  const reference = await referenceFeatures(model, cut, images);
  expect(relativeError(await importedFeatures(network, images), reference)).toBeLessThan(1e-5);
});

test('weights of the top are no parameters, even if they are not finite', () => {
  const model = smallModel(
    [node('GlobalAveragePool', 'map', 'pool'), node('Flatten', 'pool', 'features'), ...head],
    ['logits'],
    {
      weights: { ...classes, 'fc.bias': weight([5], 1, Number.NaN, Number.NaN) },
    },
  );
  expect(importNetwork(asFile(model)).parameters.map(({ name }) => name)).toEqual([
    'stem.kernel',
    ...['scale', 'centre', 'mean', 'variance'].map((name) => `stem.bn.${name}`),
  ]);
});
