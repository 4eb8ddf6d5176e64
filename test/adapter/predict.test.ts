import { expect, test } from 'vitest';
import { createPredictor } from '../../src/adapter/predict.js';
import { createSession } from '../../src/runtime/session.js';
import { evaluationProgram } from '../../src/training/program.js';
import { randomImages, smallAdapter, smallClassifier } from './small-classifier.js';

const classifier = smallClassifier({ task: 'multi-class' });
const { weights } = smallAdapter(classifier);
const images = randomImages(21, 20, 24, 5);
const row = 20 * 24 * 3;

test('predictions do not depend on how the images are batched', async () => {
  const whole = await createPredictor({ classifier, weights, threads: 1 });
  const single = await createPredictor({ classifier, weights, batch: 1, threads: 1 });
  const together = await whole.predict(images, 21);
  const parts = [
    await whole.predict(images.subarray(0, 2 * row), 2),
    await single.predict(images.subarray(2 * row), 19),
  ];
  const apart = Float32Array.from(parts.flatMap((part) => [...part]));
  expect(together).toHaveLength(63);
  together.forEach((p, i) => {
    expect(p).toBeCloseTo(apart[i]!, 6);
  });
  expect(await whole.predict(new Uint8Array(), 0)).toEqual(new Float32Array());
  await Promise.all([whole.close(), single.close()]);
});

test('predictions are those of the evaluation in training', async () => {
  const { model, microBatch } = evaluationProgram(classifier, { fed: [], weights, batch: 7 });
  const session = await createSession(model, { threads: 1 });
  const data = images.slice(0, microBatch * row);
  const { logits } = await session.run({ images: { dtype: 'uint8', shape: [microBatch, 20, 24, 3], data } });
  const predictor = await createPredictor({ classifier, weights, threads: 1 });
  const probabilities = await predictor.predict(data, microBatch);
  for (let i = 0; i < probabilities.length; i++) {
    const z = [...logits!.data].map(Number).slice(i - (i % 3), i - (i % 3) + 3);
    const expected = Math.exp(z[i % 3]!) / z.reduce((sum, x) => sum + Math.exp(x), 0);
    expect(probabilities[i]).toBeCloseTo(expected, 5);
  }
  await Promise.all([session.release(), predictor.close()]);
});

test('a wrong number of bytes is a broken invariant', async () => {
  const predictor = await createPredictor({ classifier, weights, threads: 1 });
  await expect(predictor.predict(images.subarray(1), 21)).rejects.toThrow(
    'internal: 30239 bytes are not 21 images',
  );
  await predictor.close();
});
