import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createOptimiser, type OptimiserConfig } from '../../src/training/optimisers.js';

const golden: Record<string, number[][]> = JSON.parse(
  readFileSync(new URL('../golden/training/optimisers.json', import.meta.url), 'utf8'),
);
const target = [1, -2, 0.5, 3];
const curvature = [1, 0.1, 4, 0.01];

// PyTorch adds ε to the corrected √v and Keras to the uncorrected one; with ε = 1e-12 they are the same.
const cases: [string, OptimiserConfig, number][] = [
  ['sgd', { name: 'sgd' }, 0.05],
  ['nesterov', { name: 'sgd', nesterov: true, weightDecay: 0.01 }, 0.05],
  ['adam', { name: 'adam', epsilon: 1e-12 }, 0.02],
  ['adamw', { name: 'adamw', epsilon: 1e-12, weightDecay: 0.1 }, 0.02],
];

test.each(cases)('%s follows PyTorch over ten updates', (name, config, rate) => {
  const optimiser = createOptimiser(config);
  const parameter = Float32Array.of(0.5, 0.5, -0.5, 0);
  const state = optimiser.init(parameter.length);
  for (const expected of golden[name]) {
    const gradient = parameter.map((p, i) => 2 * (p - target[i]) * curvature[i]);
    optimiser.update(parameter, gradient, state, rate);
    expected.forEach((value, i) => {
      expect(parameter[i]).toBeCloseTo(value, 5);
    });
  }
});

test('Adam’s ε is added to the uncorrected root, as in Keras', () => {
  const optimiser = createOptimiser({ name: 'adam', epsilon: 0.1 });
  const parameter = Float32Array.of(1);
  optimiser.update(parameter, Float32Array.of(0.5), optimiser.init(1), 0.01);
  const corrected = (0.01 * Math.sqrt(1 - 0.999)) / (1 - 0.9);
  expect(parameter[0]).toBeCloseTo(1 - (corrected * 0.05) / (Math.sqrt(0.001 * 0.25) + 0.1), 6);
});
