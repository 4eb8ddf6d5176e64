import { describe, expect, test } from 'vitest';
import { applyAdapter } from '../../src/adapter/apply.js';
import { exportOnnx } from '../../src/adapter/export.js';
import { createPredictor } from '../../src/adapter/predict.js';
import { resizeBilinear } from '../../src/data/resize.js';
import type { Tensor } from '../../src/graph/tensor.js';
import type { Classifier } from '../../src/models/classifier.js';
import { decodeOnnx } from '../../src/onnx/decode.js';
import { importNetwork } from '../../src/onnx/import/index.js';
import { readOnnx } from '../../src/onnx/read.js';
import { createSession } from '../../src/runtime/session.js';
import { outputsOf, type Task } from '../../src/task.js';
import { smallNetwork } from '../small-network.js';
import { networkFile, randomImages, smallAdapter, smallClassifier } from './small-classifier.js';
import { variedNetworks } from './varied-networks.js';

/** Resizes n images [n,height,width,3] as the loader does. */
function resized(images: Uint8Array, n: number, height: number, width: number, to: Classifier): Uint8Array {
  const row = height * width * 3;
  return Buffer.concat(
    Array.from({ length: n }, (_, i) =>
      resizeBilinear({ data: images.subarray(i * row, (i + 1) * row), height, width }, to.height, to.width),
    ),
  );
}

const imageTensor = (data: Uint8Array, n: number, height: number, width: number): Tensor => ({
  dtype: 'uint8',
  shape: [n, height, width, 3],
  data,
});

const sizes = [
  [1, 20, 24],
  [5, 20, 24],
  [1, 33, 50],
  [5, 61, 24],
  [3, 20, 90],
  [2, 7, 9],
  [1, 1, 1],
] as const;

describe.each([smallNetwork(), ...variedNetworks])('the exported model of $name', (network) => {
  test('gives what predict gives, for batches and images of any size', async () => {
    const classifier = smallClassifier({ network });
    const adapter = smallAdapter(classifier);
    const { weights } = applyAdapter(network, adapter);
    const session = await createSession(exportOnnx(classifier, weights, { adapter }), { threads: 1 });
    const predictor = await createPredictor({ classifier, weights, threads: 1 });
    const seen = new Set<number>();
    for (const [n, height, width] of sizes) {
      const images = randomImages(n, height, width, 100 * n + height);
      const { probabilities } = await session.run({ image: imageTensor(images, n, height, width) });
      const predicted = await predictor.predict(resized(images, n, height, width, classifier), n);
      expect(probabilities!.shape).toEqual([n, 1]);
      probabilities!.data.forEach((p, i) => {
        expect(Math.abs(Number(p) - predicted[i]!)).toBeLessThan(1e-5);
      });
      for (const p of predicted) seen.add(Math.round(p * 1000));
    }
    expect(seen.size, 'the predictions differ between images').toBeGreaterThan(5);
    await Promise.all([session.release(), predictor.close()]);
  });
});

describe.each<Task>(['binary', 'multi-class', 'multi-label'])('the exported model of a %s task', (task) => {
  const classifier = smallClassifier({ task });
  const adapter = smallAdapter(classifier);
  const { weights } = applyAdapter(classifier.network, adapter);
  const outputs = outputsOf(task, classifier.classes);

  test('takes uint8 and float32, at its own size and at any, to the same effect', async () => {
    const images = randomImages(3, 20, 24, 9);
    const run = async (input: 'uint8' | 'float32', size: 'own' | 'any') => {
      const session = await createSession(exportOnnx(classifier, weights, { adapter, input, size }));
      const data = input === 'uint8' ? images : Float32Array.from(images);
      const results = await session.run({ image: { dtype: input, shape: [3, 20, 24, 3], data } });
      await session.release();
      return results;
    };
    const own = await run('uint8', 'own');
    const any = await run('uint8', 'any');
    expect(own.logits!.shape).toEqual([3, outputs]);
    expect(await run('float32', 'own')).toEqual(own);
    expect(await run('float32', 'any')).toEqual(any);
    any.probabilities!.data.forEach((p, i) => {
      expect(p).toBeCloseTo(Number(own.probabilities!.data[i]), 6);
    });
  });

  test('gives the probabilities of its logits', async () => {
    const session = await createSession(exportOnnx(classifier, weights, { adapter }));
    const results = await session.run({ image: imageTensor(randomImages(2, 30, 30, 4), 2, 30, 30) });
    await session.release();
    const logits = [...results.logits!.data].map(Number);
    const expected = logits.map((z, i) => {
      if (task !== 'multi-class') return 1 / (1 + Math.exp(-z));
      const row = logits.slice(i - (i % outputs), i - (i % outputs) + outputs);
      return Math.exp(z) / row.reduce((sum, x) => sum + Math.exp(x), 0);
    });
    expected.forEach((p, i) => {
      expect(results.probabilities!.data[i]).toBeCloseTo(p, 5);
    });
  });

  test('says in its metadata all that is needed to use it', () => {
    const model = decodeOnnx(exportOnnx(classifier, weights, { adapter }));
    const { weights: _, ...facts } = adapter;
    expect(JSON.parse(model.metadata.transfuse!)).toEqual(facts);
    expect(model.opsets.get('')).toBeLessThanOrEqual(18);
    expect(model.graph.inputs).toEqual([
      { name: 'image', elementType: 2, shape: ['batch', 'height', 'width', 3] },
    ]);
    expect(model.graph.outputs.map(({ name, shape }) => [name, shape])).toEqual([
      ['logits', ['batch', outputs]],
      ['probabilities', ['batch', outputs]],
    ]);
  });
});

test.each([1, 4])('a network whose file is for batches of %i is exported for any', async (batch) => {
  const network = importNetwork(await readOnnx(networkFile(batch, 32)));
  const image = imageTensor(randomImages(3, 20, 24, 8), 3, 20, 24);
  const results = [smallNetwork(), network].map(async (base) => {
    const classifier = smallClassifier({ network: base });
    const adapter = smallAdapter(classifier);
    const session = await createSession(exportOnnx(classifier, adapter.weights, { adapter }));
    const { logits } = await session.run({ image });
    await session.release();
    return logits!.data as Float32Array;
  });
  const [expected, found] = await Promise.all(results);
  found!.forEach((z, i) => {
    expect(z).toBeCloseTo(expected![i]!, 5);
  });
  expect(found).toHaveLength(3);
});

test('the adapter makes a difference, and equal ones give equal bytes', async () => {
  const classifier = smallClassifier();
  const adapter = smallAdapter(classifier);
  const adapted = exportOnnx(classifier, adapter.weights, { adapter });
  expect(exportOnnx(classifier, new Map([...adapter.weights].reverse()), { adapter })).toEqual(adapted);
  const image = imageTensor(randomImages(1, 20, 24, 3), 1, 20, 24);
  const [first, second] = await Promise.all(
    [adapted, exportOnnx(classifier, new Map(), { adapter })].map(async (model) =>
      (await createSession(model)).run({ image }),
    ),
  );
  expect(Math.abs(Number(first!.logits!.data[0]) - Number(second!.logits!.data[0]))).toBeGreaterThan(1e-3);
});
