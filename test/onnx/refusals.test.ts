/** @file Models that are sound but cannot be used: one line that says which layer, and what to do. */
import { expect, test } from 'vitest';
import { TransfuseError } from '../../src/errors.js';
import { Graph } from '../../src/graph/graph.js';
import { float32, int64 } from '../../src/graph/tensor.js';
import { elementTypes } from '../../src/onnx/element-types.js';
import { importNetwork } from '../../src/onnx/import/index.js';
import type { OnnxModel, OnnxValueInfo } from '../../src/onnx/model.js';
import { node, onnxModel, weight } from './model-builder.js';
import { asFile } from './reference.js';
import { dense, smallModel } from './small-models.js';

const plain = smallModel([], ['map']);

function withInputs(...inputs: OnnxValueInfo[]): OnnxModel {
  return { ...plain, graph: { ...plain.graph, inputs } };
}

function input(
  shape: OnnxValueInfo['shape'],
  name = 'images',
  elementType: number = elementTypes.float32,
): OnnxValueInfo {
  return { name, elementType, shape };
}

const layerNorm = onnxModel({
  opset: 17,
  inputShape: [1, 128, 64],
  outputs: ['y'],
  nodes: [node('LayerNormalization', 'images scale', 'y')],
  weights: { scale: weight([64], 1) },
});

const rows: readonly (readonly [title: string, model: OnnxModel, code: string, message: RegExp])[] = [
  [
    'an older opset',
    { ...plain, opsets: new Map([['', 6]]) },
    'unsupported-opset',
    /opset 6 .* 7 to 21: convert it with onnx\.version_converter/,
  ],
  [
    'a newer opset',
    { ...plain, opsets: new Map([['', 24]]) },
    'unsupported-opset',
    /opset 24 .* opset_version=18/,
  ],
  [
    'no standard opset',
    { ...plain, opsets: new Map([['ai.onnx.ml', 3]]) },
    'unsupported-opset',
    /opset none/,
  ],
  ['a transformer', layerNorm, 'no-batch-norm', /transformer/],
  [
    'group norm',
    onnxModel({
      opset: 18,
      inputShape: [1, 3, 8, 8],
      outputs: ['y'],
      nodes: [node('InstanceNormalization', 'images s b', 'y')],
      weights: {},
    }),
    'no-batch-norm',
    /group or instance norm/,
  ],
  [
    'batch norm as plain arithmetic',
    onnxModel({
      opset: 13,
      inputShape: [1, 3, 8, 8],
      outputs: ['y'],
      nodes: [node('Conv', 'images k', 'c'), node('Mul', 'c s', 'm'), node('Add', 'm b', 'y')],
      weights: { k: weight([4, 3, 3, 3], 1), s: weight([4, 1, 1], 2), b: weight([4, 1, 1], 3) },
    }),
    'no-batch-norm',
    /no batch norm left; export it with its batch norm kept apart.*tf2onnx/,
  ],
  [
    'batch norm in the top only',
    onnxModel({
      opset: 13,
      inputShape: [1, 3, 8, 8],
      outputs: ['y'],
      nodes: [
        node('Conv', 'images k', 'c'),
        node('GlobalAveragePool', 'c', 'p'),
        node('Flatten', 'p', 'f'),
        node('Gemm', 'f d.kernel d.bias', 'g'),
        node('BatchNormalization', 'g one one one one', 'y'),
      ],
      weights: { k: weight([4, 3, 3, 3], 1), ...dense('d', 4, 2), one: float32([1, 1]) },
    }),
    'no-batch-norm',
    /no batch norm left/,
  ],
  [
    'grey images',
    withInputs(input(['n', 1, 64, 64])),
    'not-an-image-network',
    /images\[n,1,64,64\] takes grey images \(1 channel\); it must take RGB/,
  ],
  ['grey images, channels last', withInputs(input(['n', 64, 64, 1])), 'not-an-image-network', /grey images/],
  ['four channels', withInputs(input(['n', 4, 64, 64])), 'not-an-image-network', /4 channels/],
  ['vectors', withInputs(input(['n', 64])), 'not-an-image-network', /images\[n,64\] is no batch of images/],
  ['volumes', withInputs(input([1, 3, 8, 8, 8])), 'not-an-image-network', /no batch of images/],
  [
    'tokens',
    withInputs(input(['n', 3, 8, 8], 'images', elementTypes.int64)),
    'not-an-image-network',
    /holds int64; images are one of float32/,
  ],
  [
    'two inputs',
    withInputs(input(['n', 3, 8, 8]), input(['n', 2], 'age')),
    'not-an-image-network',
    /2 inputs \(images\[n,3,8,8\]; age\[n,2\]\); it must have one/,
  ],
  ['no input', withInputs(), 'not-an-image-network', /has no input/],
  [
    'an operator we lack',
    smallModel([node('LRN', 'map', 'normalised', { size: 5 })], ['normalised']),
    'unsupported-operator',
    /operator LRN of node node normalised is not supported/,
  ],
  [
    'layer norm beside batch norm',
    smallModel([node('LayerNormalization', 'map s', 'normalised')], ['normalised'], {
      opset: 17,
      weights: { s: weight([112], 1) },
    }),
    'unsupported-operator',
    /LayerNormalization .* mixes batch norm with another normalisation/,
  ],
  [
    'an operator of another domain',
    smallModel([node('FusedThing', 'map', 'fused', {}, 'com.example')], ['fused']),
    'unsupported-operator',
    /operator com\.example\.FusedThing/,
  ],
  [
    'an operator we lack in a side branch that matters',
    smallModel(
      [
        node('LRN', 'map', 'side', { size: 5 }),
        node('Mul', 'map side', 'both'),
        node('GlobalAveragePool', 'both', 'pool'),
      ],
      ['pool'],
    ),
    'unsupported-operator',
    /operator LRN/,
  ],
  [
    'an operator named like a property of every object',
    smallModel([node('constructor', 'map', 'y')], ['y']),
    'unsupported-operator',
    /operator constructor/,
  ],
  [
    'control flow',
    smallModel([node('If', 'map', 'chosen')], ['chosen']),
    'unsupported-operator',
    /operator If .* branches or loops; export it in evaluation mode/,
  ],
  [
    'a quantised network',
    smallModel([node('QuantizeLinear', 'map s', 'q')], ['q'], { weights: { s: float32([1]) } }),
    'unsupported-operator',
    /quantised/,
  ],
  [
    'linear resizing',
    smallModel([node('Resize', 'map - s', 'big', { mode: 'linear' })], ['big'], {
      weights: { s: float32([1, 1, 2, 2]) },
    }),
    'unsupported-model',
    /node big \(Resize\) has mode linear; only nearest/,
  ],
  [
    'weights that do not fit',
    smallModel([node('Conv', 'map k', 'c')], ['c'], { weights: { k: weight([4, 5, 1, 1], 1) } }),
    'unsupported-model',
    /node c \(Conv\) cannot be applied to float32\[1,8,112,112\], float32\[4,5,1,1\]/,
  ],
  [
    'a name that nothing computes',
    smallModel([node('Relu', 'nowhere', 'y')], ['y']),
    'damaged-onnx',
    /node y \(Relu\) reads nowhere/,
  ],
  ['an output that nothing computes', smallModel([], ['nowhere']), 'not-an-image-network', /./],
  [
    'sizes that depend on the pixels',
    smallModel([node('Reshape', 'map map', 'y')], ['y']),
    'unsupported-model',
    /needs a constant as input 1 \(map\), which depends on the images/,
  ],
  [
    'an attribute of the wrong type',
    smallModel([node('LeakyRelu', 'map', 'y', { alpha: 1 })], ['y']),
    'unsupported-model',
    /attribute alpha of type int, not float/,
  ],
  [
    'a batch norm per pixel',
    smallModel([node('BatchNormalization', 'map s s s s', 'y', { spatial: 0 })], ['y'], {
      weights: { s: weight([8], 1) },
    }),
    'unsupported-model',
    /spatial = 0/,
  ],
  [
    'choosing by pixel',
    smallModel([node('Where', 'c map map', 'y')], ['y'], {
      weights: { c: { dtype: 'bool', shape: [2], data: Uint8Array.of(0, 1) } },
    }),
    'unsupported-model',
    /element by element/,
  ],
  [
    'a second output',
    smallModel(
      [node('MaxPool', 'map', ['p', 'indices'], { kernel_shape: [2, 2] }), node('Relu', 'indices', 'y')],
      ['y'],
    ),
    'unsupported-model',
    /output 1 of node p \(MaxPool\) is used/,
  ],
  [
    'a detector',
    smallModel(
      [
        node('Conv', 'map boxes.kernel', 'boxes'),
        node('Reshape', 'boxes shape', 'list'),
        node('Transpose', 'list', 'rows', { perm: [0, 2, 1] }),
        node('MatMul', 'rows last', 'y'),
      ],
      ['y'],
      {
        weights: {
          'boxes.kernel': weight([6, 8, 1, 1], 1),
          shape: int64([0, 6, -1]),
          last: weight([6, 4], 2),
        },
      },
    ),
    'not-an-image-network',
    /output \[1,12544,4\] is neither classes .* export its backbone alone/,
  ],
  [
    'standardised weights',
    smallModel(
      [node('BatchNormalization', 'other s s s s', 'standard'), node('Conv', 'map standard', 'y')],
      ['y'],
      { weights: { other: weight([8, 8, 1, 1], 1), s: weight([8], 2, 1, 2) } },
    ),
    'no-batch-norm',
    /standardises weights, not what comes from the images/,
  ],
  [
    'three dimensions',
    smallModel([node('Reshape', 'map shape', 'r'), node('Conv', 'r k', 'y')], ['y'], {
      weights: { shape: int64([0, 8, 8, 8, -1]), k: weight([4, 8, 3, 3, 3], 1) },
    }),
    'unsupported-model',
    /3-dimensional; only images/,
  ],
];

test.each(rows)('%s', (_, model, code, message) => {
  const error = thrownBy(() => importNetwork(asFile(model)));
  expect(error).toBeInstanceOf(TransfuseError);
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(error.message).not.toContain('\n');
});

const deep = smallModel(
  [1, 2, 3, 4].flatMap((i) => [
    node('MaxPool', i === 1 ? 'map' : `pool${i - 1}`, `pool${i}`, { kernel_shape: [2, 2], strides: [2, 2] }),
  ]),
  ['pool4'],
);

test('images too small for the network: the layer is named', () => {
  const network = importNetwork(asFile(deep));
  const build = (size: number) => {
    const graph = new Graph();
    const images = graph.input('images', { dtype: 'float32', shape: [1, 3, size, size] });
    return network.build(graph, images, { batch: 1, height: size, width: size, statistics: 'frozen' });
  };
  expect(build(32).features.shape).toEqual([1, 8]);
  expect(thrownBy(() => build(16))).toMatchObject({
    code: 'image-too-small',
    message:
      'the images are too small for layer node pool4 (MaxPool): its window spans 2 pixels and its input is 1 wide or high; use a larger --size',
  });
});

test('a shape fixed to one image size that cannot be carried over: said so', () => {
  const model = smallModel(
    [node('Reshape', 'map shape', 'grid'), node('ReduceMean', 'grid', 'y', { axes: [3, 5], keepdims: 0 })],
    ['y'],
    {
      size: 32,
      weights: { shape: int64([1, 8, 4, 4, 4, 4]) },
    },
  );
  const network = importNetwork(asFile(model));
  const graph = new Graph();
  const images = graph.input('images', { dtype: 'float32', shape: [1, 3, 64, 64] });
  const error = thrownBy(() =>
    network.build(graph, images, { batch: 1, height: 64, width: 64, statistics: 'frozen' }),
  );
  expect(error).toMatchObject({ code: 'unsupported-model' });
  expect(error.message).toMatch(
    /is fixed to reshaping \[1,8,16,16\] to \[1,8,4,4,4,4\].*export the network with dynamic/,
  );
});

test('padding that was worked out for one image size only: said so', () => {
  const model = smallModel(
    [
      node('MaxPool', 'map', 'left', { kernel_shape: [3, 3], strides: [2, 2], pads: [0, 0, 1, 1] }),
      node('AveragePool', 'map', 'right', { kernel_shape: [1, 1], strides: [2, 2] }),
      node('Add', 'left right', 'sum'),
    ],
    ['sum'],
    { size: 32 },
  );
  const network = importNetwork(asFile(model));
  const graph = new Graph();
  const images = graph.input('images', { dtype: 'float32', shape: [1, 3, 30, 30] });
  const error = thrownBy(() =>
    network.build(graph, images, { batch: 1, height: 30, width: 30, statistics: 'frozen' }),
  );
  expect(error).toMatchObject({ code: 'unsupported-model' });
  expect(error.message).toMatch(
    /node sum \(Add\) .* float32\[1,8,7,7\], float32\[1,8,8,8\].* exported for they were float32\[1,8,8,8\], float32\[1,8,8,8\]: use that size, or export with dynamic/,
  );
});

function thrownBy(action: () => unknown): TransfuseError {
  try {
    action();
  } catch (error) {
    return error as TransfuseError;
  }
  throw new Error('nothing was thrown');
}
