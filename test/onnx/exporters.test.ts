/** @file The manners of exporters other than PyTorch's, and how weights get their names, roles and layers from them. */
import { expect, test } from 'vitest';
import type { Network } from '../../src/graph/network.js';
import { float32, int64 } from '../../src/graph/tensor.js';
import { elementTypes } from '../../src/onnx/element-types.js';
import { encodeOnnx } from '../../src/onnx/encode.js';
import { importNetwork } from '../../src/onnx/import/index.js';
import { createSession } from '../../src/runtime/session.js';
import { batchNorm, batchNormWeights, float, node, onnxModel, weight } from './model-builder.js';
import { asFile, importedFeatures, randomImages, referenceFeatures, relativeError } from './reference.js';
import { smallModel } from './small-models.js';

const described = (network: Network) =>
  network.parameters.map(({ name, role, layer }) => `${role} ${name} of ${layer}`);

/** Keras through tf2onnx: channels last outside, transposed inside; the scale of ones is shared by all layers. */
const keras = onnxModel({
  opset: 15,
  inputShape: ['unk__1', 32, 32, 3],
  outputs: ['probabilities'],
  nodes: [
    node('Sub', 'images means', 'centred'),
    node('Transpose', 'centred', 'nchw', { perm: [0, 3, 1, 2] }),
    node('Pad', 'nchw pads', 'padded'),
    node('Conv', 'padded model/conv1/Conv2D/ReadVariableOp:0', 'conv1', {
      strides: [2, 2],
      auto_pad: 'VALID',
    }),
    node(
      'BatchNormalization',
      'conv1 ones__7 model/bn1/beta:0 model/bn1/moving_mean:0 model/bn1/moving_variance:0',
      'bn1',
      { epsilon: float(0.001) },
    ),
    node('Relu', 'bn1', 'relu1'),
    node('Conv', 'relu1 const_fold_opt__31', 'conv2', { auto_pad: 'SAME_UPPER', strides: [2, 2] }),
    node(
      'BatchNormalization',
      'conv2 ones__7 model/bn2/beta:0 model/bn2/moving_mean:0 model/bn2/moving_variance:0',
      'bn2',
      { epsilon: float(0.001) },
    ),
    node('Clip', 'bn2 zero six', 'relu2'),
    node('Transpose', 'relu2', 'nhwc', { perm: [0, 2, 3, 1] }),
    node('ReduceMean', 'nhwc', 'avg_pool', { axes: [1, 2], keepdims: 0 }),
    node('MatMul', 'avg_pool dense/kernel', 'product'),
    node('Add', 'product dense/bias', 'scores'),
    node('Softmax', 'scores', 'probabilities', { axis: 1 }),
  ],
  weights: {
    means: float32([0.1, 0.2, 0.3]),
    pads: int64([0, 0, 0, 0, 0, 0, 1, 1]),
    'model/conv1/Conv2D/ReadVariableOp:0': weight([8, 3, 3, 3], 1),
    const_fold_opt__31: weight([8, 8, 3, 3], 2),
    ones__7: float32(new Float32Array(8).fill(1)),
    ...Object.fromEntries(
      ['bn1', 'bn2'].flatMap((layer, i) => [
        [`model/${layer}/beta:0`, weight([8], 10 * i + 3)],
        [`model/${layer}/moving_mean:0`, weight([8], 10 * i + 4)],
        [`model/${layer}/moving_variance:0`, weight([8], 10 * i + 5, 0.5, 1.5)],
      ]),
    ),
    zero: float32([0], []),
    six: float32([6], []),
    'dense/kernel': weight([8, 4], 8),
    'dense/bias': weight([4], 9),
  },
});

test('Keras: channels-last input, and each layer has its own scale', async () => {
  const network = importNetwork(asFile(keras));
  expect(described(network)).toEqual([
    'kernel model/conv1/Conv2D/ReadVariableOp:0 of model/conv1',
    'bn-scale model/bn1.scale of model/bn1',
    'bn-centre model/bn1/beta:0 of model/bn1',
    'bn-mean model/bn1/moving_mean:0 of model/bn1',
    'bn-variance model/bn1/moving_variance:0 of model/bn1',
    'kernel const_fold_opt__31 of node conv2',
    'bn-scale model/bn2.scale of model/bn2',
    'bn-centre model/bn2/beta:0 of model/bn2',
    'bn-mean model/bn2/moving_mean:0 of model/bn2',
    'bn-variance model/bn2/moving_variance:0 of model/bn2',
  ]);
  const images = randomImages(2, 32, 32);
  const reference = await referenceFeatures(keras, 'avg_pool', images);
  expect(relativeError(await importedFeatures(network, images), reference)).toBeLessThan(1e-5);
});

test('Keras without a top: a map with channels last', async () => {
  const model = {
    ...keras,
    graph: { ...keras.graph, outputs: [{ name: 'nhwc', elementType: 1, shape: undefined }] },
  };
  const images = randomImages(2, 48, 40);
  const features = await importedFeatures(importNetwork(asFile(model)), images);
  const whole = await importedFeatures(importNetwork(asFile(keras)), images);
  expect(relativeError(features, whole)).toBeLessThan(1e-6);
});

/** The model zoo's way: opset 7, weights listed as inputs too, MXNet's names, outputs that nobody reads. */
test('the model zoo: old operators, weights among the inputs', async () => {
  const names = ['gamma', 'beta', 'running_mean', 'running_var'].map((suffix) => `net_batchnorm0_${suffix}`);
  const own = batchNormWeights('bn', 8);
  const weights = {
    net_conv0_weight: weight([8, 3, 3, 3], 1),
    ...Object.fromEntries(names.map((name, i) => [name, Object.values(own)[i]!])),
    net_conv1_weight: weight([8, 8, 1, 1], 2),
    net_conv1_bias: weight([8], 3),
    shape: int64([-1, 8]),
    fc_weight: weight([5, 8], 4),
    fc_bias: weight([5], 5),
  };
  const plain = onnxModel({
    opset: 7,
    inputShape: [1, 3, 32, 32],
    outputs: ['probabilities'],
    nodes: [
      node('Conv', 'images net_conv0_weight', 'c0', {
        kernel_shape: [3, 3],
        pads: [1, 1, 1, 1],
        strides: [2, 2],
      }),
      node('BatchNormalization', ['c0', ...names], 'bn', {
        momentum: float(0.8),
      }),
      node('LeakyRelu', 'bn', 'r0', { alpha: float(0.1) }),
      node('Conv', 'r0 net_conv1_weight net_conv1_bias', 'c1'),
      node('MaxPool', 'c1', 'p', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 0, 0] }),
      node('AveragePool', 'p', 'pool', { kernel_shape: [8, 8] }),
      node('Dropout', 'pool', ['dropped', 'mask']),
      node('Reshape', 'dropped shape', 'flat'),
      node('Gemm', 'flat fc_weight fc_bias', 'scores', { transB: 1 }),
      node('Softmax', 'scores', 'probabilities'),
    ],
    weights,
  });
  const listed = Object.entries(weights).map(([name, { dtype, shape }]) => ({
    name,
    elementType: elementTypes[dtype],
    shape,
  }));
  const model = { ...plain, graph: { ...plain.graph, inputs: [...listed, ...plain.graph.inputs] } };
  const network = importNetwork(asFile(model));
  expect(described(network)).toEqual([
    'kernel net_conv0_weight of net_conv0',
    'bn-scale net_batchnorm0_gamma of net_batchnorm0',
    'bn-centre net_batchnorm0_beta of net_batchnorm0',
    'bn-mean net_batchnorm0_running_mean of net_batchnorm0',
    'bn-variance net_batchnorm0_running_var of net_batchnorm0',
    'kernel net_conv1_weight of net_conv1',
    'bias net_conv1_bias of net_conv1',
  ]);
  const images = randomImages(1, 32, 32);
  const reference = await referenceFeatures(model, 'p', images);
  expect(relativeError(await importedFeatures(network, images), reference)).toBeLessThan(1e-5);
});

test('batch norm behind Identity and Constant nodes', () => {
  const [scale, centre, mean, variance] = Object.values(batchNormWeights('any', 8)) as [
    never,
    never,
    never,
    never,
  ];
  const model = smallModel(
    [
      node('Identity', 'stem.bn.scale', 'second.weight'),
      node('Identity', 'stem.bn.centre', 'second.bias'),
      node('Identity', 'stem.bn.centre', 'second.running_mean'),
      node('Constant', [], 'second.running_var', { value: { type: 'tensor', value: variance } }),
      node(
        'BatchNormalization',
        'map second.weight second.bias second.running_mean second.running_var',
        'again',
      ),
    ],
    ['again'],
    { weights: { unused: scale, alsoUnused: centre, neither: mean } },
  );
  expect(described(importNetwork(asFile(model))).slice(5)).toEqual([
    'bn-scale second.weight of second',
    'bn-centre second.bias of second',
    'bn-mean second.running_mean of second',
    'bn-variance second.running_var of second',
  ]);
});

test('batch norm exported in training mode, with its extra outputs', () => {
  const inputs = ['scale', 'centre', 'mean', 'variance'].map((name) => `two.${name}`);
  const outputs = ['y', 'running_mean', 'running_variance'];
  const model = smallModel(
    [node('BatchNormalization', ['map', ...inputs], outputs, { training_mode: 1, momentum: float(0.9) })],
    ['y'],
    { opset: 15, weights: batchNormWeights('two', 8, 70) },
  );
  expect(
    importNetwork(asFile(model))
      .parameters.slice(5)
      .map(({ name }) => name),
  ).toEqual(inputs);
});

test('a layer that is used twice has its weights once', () => {
  const model = smallModel(
    [
      node('Conv', 'map shared.kernel', 'first'),
      batchNorm('first', 'shared.bn'),
      node('Conv', ['shared.bn', 'shared.kernel'], 'second'),
      { ...batchNorm('second', 'shared.bn'), outputs: ['result'] },
    ],
    ['result'],
    { weights: { 'shared.kernel': weight([8, 8, 1, 1], 3), ...batchNormWeights('shared.bn', 8, 50) } },
  );
  const network = importNetwork(asFile(model));
  expect(network.parameters.slice(5).map(({ name }) => name)).toEqual([
    'shared.kernel',
    ...['scale', 'centre', 'mean', 'variance'].map((name) => `shared.bn.${name}`),
  ]);
});

test('layers with equal numbers are still layers of their own, unless their kernel is the same', () => {
  const model = smallModel(
    [
      node('Conv', 'map other.kernel', 'conv'),
      { ...batchNorm('conv', 'stem.bn'), name: 'other/bn', outputs: ['result'] },
    ],
    ['result'],
    { weights: { 'other.kernel': weight([8, 8, 1, 1], 3) } },
  );
  expect(described(importNetwork(asFile(model)))).toEqual(
    ['stem', 'other'].flatMap((layer) => [
      `kernel ${layer}.kernel of ${layer}`,
      ...['scale', 'centre', 'mean', 'variance'].map((role, i) => {
        const bn = layer === 'stem' ? 'node stem.bn' : 'other/bn';
        return `bn-${role} ${bn}.${i < 2 ? role : `moving_${role}`} of ${bn}`;
      }),
    ]),
  );
});

test('one tensor in two roles of one batch norm is two weights', () => {
  const ones = float32(new Float32Array(8).fill(1));
  const model = smallModel([node('BatchNormalization', 'map ones zeros zeros ones', 'bn2')], ['bn2'], {
    weights: { ones, zeros: float32(new Float32Array(8)) },
  });
  expect(described(importNetwork(asFile(model))).slice(5)).toEqual([
    'bn-scale node bn2.scale of node bn2',
    'bn-centre node bn2.centre of node bn2',
    'bn-mean node bn2.moving_mean of node bn2',
    'bn-variance node bn2.moving_variance of node bn2',
  ]);
});

test('stored tensors in arithmetic are weights inside the network, constants before it', () => {
  const base = smallModel(
    [node('Mul', 'map layer_scale', 'scaled'), node('PRelu', 'scaled slope', 'active')],
    ['active'],
    {
      weights: {
        layer_scale: weight([8, 1, 1], 3),
        slope: weight([8, 1, 1], 4),
        std: weight([3, 1, 1], 5, 1, 2),
      },
    },
  );
  const nodes = [
    node('Div', 'images std', 'standardised'),
    ...base.graph.nodes.map((one) => ({
      ...one,
      inputs: one.inputs.map((name) => (name === 'images' ? 'standardised' : name)),
    })),
  ];
  const network = importNetwork(asFile({ ...base, graph: { ...base.graph, nodes } }));
  expect(described(network).filter((text) => !text.includes('stem'))).toEqual([
    'bias layer_scale of node scaled',
    'bias slope of node active',
  ]);
});

test('the written graph refers to the weights of the file and does not copy them', () => {
  const network = importNetwork(asFile(keras));
  for (const { name, tensor } of network.parameters) {
    const stored = keras.graph.initializers.get(name);
    if (stored) expect(tensor).toBe(stored);
  }
});

test('the files of these tests are valid in themselves', async () => {
  const session = await createSession(encodeOnnx(keras), { threads: 1 });
  expect(session.inputs).toEqual(['images']);
  await session.release();
});
