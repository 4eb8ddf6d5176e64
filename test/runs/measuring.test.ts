/** @file Measuring aside: in a thread where it takes long, with the same bits as here. */
import { performance } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { measure } from '../../src/metrics/measure.js';
import type { Predictions } from '../../src/metrics/types.js';
import { Random } from '../../src/random.js';
import { measureAside, measuring } from '../../src/runs/measuring.js';

function drawn(samples: number): Predictions {
  const random = new Random(samples);
  const targets = Float32Array.from({ length: samples }, () => Number(random.chance(0.3)));
  const probabilities = targets.map((y) => 1 / (1 + Math.exp(-y - random.normal())));
  return { task: 'binary', classes: ['no', 'yes'], targets, probabilities };
}

const groupsOf = ({ targets }: Predictions) => Array.from(targets, (_, i) => `p${Math.floor(i / 3)}`);

test('many images are measured in a thread, while this one is free', async () => {
  const predictions = drawn(10_000);
  const options = { groups: groupsOf(predictions), thresholds: [0.4], temperature: 1.2, resamples: 1000 };
  const before = performance.eventLoopUtilization();
  const metrics = await measureAside(predictions, 1000, (call) => {
    expect(call).not.toBe(measuring);
    return call.measure(predictions, options);
  });
  const { active, idle } = performance.eventLoopUtilization(before);
  expect(active).toBeLessThan((active + idle) / 2);
  expect(metrics).toEqual(measure(predictions, options));
});

test('few images are measured here', async () => {
  const predictions = drawn(60);
  const metrics = await measureAside(predictions, 2000, (call) => {
    expect(call).toBe(measuring);
    return call.measure(predictions, {});
  });
  expect(metrics).toEqual(measure(predictions, {}));
});

test('what is wrong with predictions is said as it is here', async () => {
  const predictions = drawn(10_000);
  predictions.probabilities[7] = Number.NaN;
  const measured = measureAside(predictions, 2000, (call) => call.measure(predictions, {}));
  await expect(measured).rejects.toMatchObject({
    code: 'bad-predictions',
    message: expect.stringContaining('sample 7'),
  });
});
