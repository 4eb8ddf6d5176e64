import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { evaluatePredictions } from '../../src/metrics/index.js';
import { readTrust, trustNote } from '../../src/server/trust.js';
import { temporaryFolder } from './serving.js';

const folder = temporaryFolder();

test('an adapter of a run comes with what was measured on its test images', () => {
  const metrics = evaluatePredictions({
    task: 'binary',
    classes: ['no', 'yes'],
    targets: Float32Array.of(0, 0, 0, 1, 1, 1),
    probabilities: Float32Array.of(0.1, 0.3, 0.6, 0.4, 0.8, 0.9),
    threshold: [0.5],
  });
  writeFileSync(
    path.join(folder, 'metrics.json'),
    JSON.stringify({ validation: { ...metrics, n: 99 }, test: metrics }),
  );
  const trust = readTrust(folder);
  expect(trust).toMatchObject({
    split: 'test',
    images: 6,
    auc: metrics.auc,
    calibrationError: metrics.calibrationError,
  });
  const note = trustNote(trust);
  expect(note).toContain(`On 6 test images the AUC was ${metrics.auc.value!.toFixed(3)} (95 % interval`);
  expect(note).toContain('expected calibration error');
});

test('where nothing was measured, that is said', () => {
  expect(readTrust(path.join(folder, 'nowhere'))).toBeNull();
  expect(trustNote(null)).toContain('Nothing is known');
});
