/** Small files that the real libraries wrote (oracles/weights_files.py), every value of them. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { hashOf, openWeights } from '../../src/weights/open.js';
import { asPytorch, contents, expected, golden } from './golden.js';

describe('Keras', () => {
  test.each([
    ['keras.h5', 'ordered'],
    ['keras-nested.h5', 'ordered'],
    ['keras.keras', 'named'],
    ['keras-nested.keras', 'named'],
    ['keras.weights.h5', 'named'],
    ['tf_keras.h5', 'ordered'],
    ['tf_keras-nested.h5', 'ordered'],
    ['tf_keras-weights-only.h5', 'ordered'],
    ['tf_keras.keras', 'named'],
  ])('%s', async (name, naming) => {
    const file = (await openWeights(golden(name)))!;
    expect(file).toMatchObject({ framework: 'keras', naming, source: golden(name) });
    await file.close();
    expect(await contents(golden(name))).toEqual(expected);
  });

  test('weights that are only numbered are known by their place', async () => {
    const values = await contents(golden('tf_keras.weights.h5'));
    const ours = {
      conv2d: 'stem',
      batch_normalization: 'stem_bn',
      depthwise_conv2d: 'depthwise',
      batch_normalization_1: 'depthwise_bn',
      conv2d_1: 'pointwise',
      dense: 'top',
    };
    const renamed = Object.entries(values).map(([name, list]) => {
      const [layer, weight] = name.split('.') as [keyof typeof ours, string];
      return [`${ours[layer]}.${weight}`, list];
    });
    expect(Object.fromEntries(renamed)).toEqual(expected);
  });
});

describe('TensorFlow.js', () => {
  test('plain, in two shards', async () => {
    expect(await contents(golden('tensorflowjs-plain/model.json'))).toEqual(expected);
  });

  test('float16', async () => {
    expect(await contents(golden('tensorflowjs-float16/model.json'))).toEqual(expected);
  });

  test.each([
    ['uint16', 1e-4],
    ['uint8', 0.02],
  ])('quantised to %s', async (type, tolerance) => {
    const values = await contents(golden(`tensorflowjs-${type}/model.json`));
    expect(Object.keys(values).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, list] of Object.entries(values)) {
      const errors = list.map((value, i) => Math.abs(value - expected[name]![i]!));
      expect(Math.max(...errors)).toBeLessThan(tolerance);
    }
  });

  test('its hash covers the weights', async () => {
    const [plain, half] = await Promise.all(
      ['plain', 'float16'].map(
        async (type) => (await openWeights(golden(`tensorflowjs-${type}/model.json`)))!,
      ),
    );
    expect(plain!.files).toHaveLength(3);
    expect(await hashOf(plain!)).not.toBe(await hashOf(half!));
  });
});

describe('PyTorch', () => {
  const tracked = { 'stem_bn.num_batches_tracked': [7], 'depthwise_bn.num_batches_tracked': [7] };
  const network = Object.fromEntries(Object.keys(expected).map((name) => [name, asPytorch(name)]));
  // Batch norm without scale is a layer of Keras'; here its bias is that of a layer with statistics.
  const wanted = { ...network, ...tracked };

  test.each([
    'zip.pth',
    'legacy.pth',
    'protocol5.pth',
    'float16.pth',
    'bfloat16.pth',
    'float64.pth',
    'channels-last.pth',
    'float32.safetensors',
    'bfloat16.safetensors',
    'float16.safetensors',
  ])('%s', async (name) => {
    expect(await contents(golden(name))).toEqual(wanted);
  });

  test.each(['checkpoint.pth', 'checkpoint-legacy.pth'])('%s: the state dict in it', async (name) => {
    const prefixed = Object.entries(wanted).map(([key, values]) => [`module.${key}`, values]);
    expect(await contents(golden(name))).toEqual(Object.fromEntries(prefixed));
  });

  test.each(['executes.pth', 'executes-legacy.pth'])(
    '%s: nothing is run, and what it asked for is named',
    async (name) => {
      const executed = [path.resolve('executed'), path.join(tmpdir(), 'executed')];
      await expect(contents(golden(name))).rejects.toMatchObject({
        code: 'unsafe-pickle',
        message: expect.stringMatching(/executes.*\.pth asks for posix\.system, which .* was not run/),
      });
      for (const file of executed) expect(existsSync(file)).toBe(false);
    },
  );

  test.each([
    ['whole-model.pth', 'unsafe-pickle', /asks for torch\.nn\.modules\.container\.Sequential.*state_dict/],
    ['torchscript.pt', 'no-weights', /it is a TorchScript program; save a state dict/],
    ['list.pth', 'no-weights', /it holds no tensors by name/],
  ])('%s is refused', async (name, code, message) => {
    await expect(contents(golden(name))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
