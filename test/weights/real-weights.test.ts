/** The shared files of Keras, against Keras' own outputs (oracles/weights_mobilenet.py). */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Tensor } from '../../src/graph/tensor.js';
import { loadModel } from '../../src/models/catalogue.js';
import { sharedData } from '../shared-data.js';
import { golden } from './golden.js';
import { featuresOf, logitsOf } from './top.js';

const whole = sharedData('weights/mobilenet_v1_0.25_224.h5');
const noTop = sharedData('weights/mobilenet_2_5_224_tf_no_top.h5');
const absent = whole && noTop ? '' : ' (skipped: the shared weights are absent)';

const SIZE = 224;
const outputs: { logits: number[][]; features: number[][] } = JSON.parse(
  readFileSync(golden('mobilenet-0.25.json'), 'utf8'),
);

/** Stripes and rings, by the oracle's formula. */
const pixels: Tensor = {
  dtype: 'uint8',
  shape: [3, SIZE, SIZE, 3],
  data: Uint8Array.from({ length: 3 * SIZE * SIZE * 3 }, (_, i) => {
    const [channel, column] = [i % 3, Math.floor(i / 3) % SIZE];
    const [row, seed] = [Math.floor(i / (3 * SIZE)) % SIZE, Math.floor(i / (3 * SIZE * SIZE))];
    return (row * (3 + seed) + column * 5 + channel * 41 + Math.floor((row * column) / (7 + seed))) % 256;
  }),
};

const largest = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

test.skipIf(!whole)(`a whole model of Keras gives Keras' logits${absent}`, async () => {
  const { network, source, preprocess, size } = await loadModel(whole!);
  expect({ name: network.name, source, preprocess, size, features: network.features }).toEqual({
    name: 'mobilenet-0.25',
    source: 'mobilenet_v1_0.25_224.h5',
    preprocess: 'minus-one-one',
    size: SIZE,
    features: 256,
  });
  const logits = await logitsOf(whole!, 'conv_preds', pixels);
  expect(Math.max(...outputs.logits.flat().map(Math.abs))).toBeGreaterThan(5);
  logits.forEach((row, i) => {
    expect(largest(row, outputs.logits[i]!)).toBeLessThan(1e-4);
  });
});

test.skipIf(!noTop)(`weights only, without top, give Keras' features${absent}`, async () => {
  const { data } = await featuresOf(noTop!, pixels);
  expect(largest(outputs.features.flat(), Array.from(data as Float32Array))).toBeLessThan(1e-4);
});

test.skipIf(!whole)(
  `another architecture than the file's is refused with what differs${absent}`,
  async () => {
    await expect(loadModel(whole!, { architecture: 'mobilenet-0.5' })).rejects.toMatchObject({
      code: 'weights-misfit',
      message: expect.stringContaining('conv1.kernel is [3,3,3,8] instead of [3,3,3,16]'),
    });
    await expect(loadModel(whole!, { architecture: 'mobilenet-7' })).rejects.toMatchObject({
      code: 'unknown-model',
    });
  },
);
