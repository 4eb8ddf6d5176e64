/**
 * @file Whole networks as PyTorch and Keras export them: what is imported, where it is cut, and that it computes what
 * ONNX Runtime computes from the file itself. Fixtures by oracles/onnx_import.py and onnx_import_keras.py.
 */
import { describe, expect, test } from 'vitest';
import type { TransfuseError } from '../../src/errors.js';
import { importNetwork } from '../../src/onnx/import/index.js';
import {
  importedFeatures,
  randomImages,
  readFixture,
  referenceFeatures,
  relativeError,
} from './reference.js';

interface Expected {
  /** The name of the pooled features, or of the map to be pooled, in the file. */
  readonly cut: string;
  readonly features: number;
  readonly batchNorms: number;
  /** Exported for this image size and batch 1 only; images of any size otherwise. */
  readonly size: number;
  readonly fixed?: boolean;
}

const networks: Record<string, Expected> = {
  'resnet18-opset9': {
    cut: '/avgpool/GlobalAveragePool_output_0',
    features: 512,
    batchNorms: 20,
    size: 224,
    fixed: true,
  },
  'resnet18-dynamo': { cut: 'mean', features: 512, batchNorms: 20, size: 224, fixed: true },
  'mobilenet-v2-opset11': { cut: '/GlobalAveragePool_output_0', features: 1280, batchNorms: 52, size: 224 },
  'mobilenet-v3-small-opset12': {
    cut: '/avgpool/GlobalAveragePool_output_0',
    features: 576,
    batchNorms: 34,
    size: 224,
    fixed: true,
  },
  'mobilenet-v3-small-opset17': {
    cut: '/avgpool/GlobalAveragePool_output_0',
    features: 576,
    batchNorms: 34,
    size: 224,
  },
  'mobilenet-v3-small-dynamo': { cut: 'mean_9', features: 576, batchNorms: 34, size: 224 },
  'densenet121-opset13': { cut: '/GlobalAveragePool_output_0', features: 1024, batchNorms: 121, size: 224 },
  'efficientnet-b0-opset16': {
    cut: '/avgpool/GlobalAveragePool_output_0',
    features: 1280,
    batchNorms: 49,
    size: 224,
  },
  'efficientnet-b0-dynamo': { cut: 'mean_16', features: 1280, batchNorms: 49, size: 224, fixed: true },
  'inception-v3-opset11': {
    cut: '/avgpool/GlobalAveragePool_output_0',
    features: 2048,
    batchNorms: 94,
    size: 299,
    fixed: true,
  },
  'googlenet-opset10': {
    cut: '/avgpool/GlobalAveragePool_output_0',
    features: 1024,
    batchNorms: 57,
    size: 224,
    fixed: true,
  },
  'shufflenet-v2-opset9': {
    cut: '/ReduceMean_output_0',
    features: 1024,
    batchNorms: 56,
    size: 224,
    fixed: true,
  },
  'shufflenet-v2-opset18': { cut: '/ReduceMean_output_0', features: 1024, batchNorms: 56, size: 224 },
  'mnasnet-opset14': { cut: '/ReduceMean_output_0', features: 1280, batchNorms: 52, size: 224, fixed: true },
  'regnet-y-400mf-opset15': {
    cut: '/avgpool/GlobalAveragePool_output_0',
    features: 440,
    batchNorms: 53,
    size: 224,
  },
  'vgg11-bn-opset13': {
    cut: '/avgpool/AveragePool_output_0',
    features: 512,
    batchNorms: 8,
    size: 224,
    fixed: true,
  },
  'mixed-opset11': { cut: '/ReduceMean_output_0', features: 16, batchNorms: 4, size: 64, fixed: true },
  'mixed-opset18': { cut: '/ReduceMean_output_0', features: 16, batchNorms: 4, size: 64 },
  'mixed-dynamo': { cut: 'mean_1', features: 16, batchNorms: 4, size: 64, fixed: true },
  'keras-mobilenet-v2': {
    cut: 'mobilenetv2_1.00_224/global_average_pooling2d/Mean:0',
    features: 1280,
    batchNorms: 52,
    size: 224,
    fixed: true,
  },
  'keras-mobilenet-v3-small': {
    cut: 'MobilenetV3small/global_average_pooling2d_1/Mean:0',
    features: 576,
    batchNorms: 34,
    size: 224,
    fixed: true,
  },
  'keras-densenet121-no-top': { cut: 'densenet121/relu/Relu:0', features: 1024, batchNorms: 121, size: 224 },
};

describe.each(Object.entries(networks))('%s', (name, { cut, features, batchNorms, size, fixed }) => {
  const file = readFixture(name);
  const network = importNetwork(file);

  test('has all its batch norms, and the features before its classifier', () => {
    const count = (role: string) => network.parameters.filter((parameter) => parameter.role === role).length;
    expect(network.features).toBe(features);
    for (const role of ['bn-scale', 'bn-centre', 'bn-mean', 'bn-variance'])
      expect(count(role)).toBe(batchNorms);
    expect(new Set(network.parameters.map((parameter) => parameter.name)).size).toBe(
      network.parameters.length,
    );
  });

  test('computes what ONNX Runtime computes from the file', async () => {
    const images = fixed ? randomImages(1, size, size) : randomImages(2, (size * 5) / 8, size / 2);
    const reference = await referenceFeatures(file, cut, images);
    expect(relativeError(await importedFeatures(network, images), reference)).toBeLessThan(1e-4);
  });
});

/** Exported once for one size and once for any, with weights drawn by the same names. */
const pairs = [
  ['mobilenet-v3-small-opset12', 'mobilenet-v3-small-opset17', 96],
  ['shufflenet-v2-opset9', 'shufflenet-v2-opset18', 160],
] as const;

test.each(pairs)(
  '%s, exported for 224 pixels and batch 1, builds at others too',
  async (fixed, dynamic, size) => {
    const images = randomImages(3, size, size + 32);
    const results = [];
    for (const name of [fixed, dynamic])
      results.push(await importedFeatures(importNetwork(readFixture(name)), images));
    expect(relativeError(results[0]!, results[1]!)).toBeLessThan(1e-5);
  },
);

const refused: Record<string, RegExp> = {
  'resnet18-folded': /no batch norm left; export it with .*TrainingMode.PRESERVE/,
  'squeezenet-opset12': /no batch norm left.*SqueezeNet never had any/,
  'convnext-opset17': /ConvNeXt.*layer norm and no batch norm/,
  'vit-opset17': /transformer.*layer norm and no batch norm/,
  'vit-opset14': /transformer.*layer norm and no batch norm/,
};

test.each(Object.entries(refused))('%s is refused', (name, message) => {
  const error = thrownBy(() => importNetwork(readFixture(name)));
  expect(error).toMatchObject({ name: 'TransfuseError', code: 'no-batch-norm' });
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain('\n');
});

function thrownBy(action: () => unknown): TransfuseError {
  try {
    action();
  } catch (error) {
    return error as TransfuseError;
  }
  throw new Error('nothing was thrown');
}
