/** @file Samples too easy to learn from: which are skipped, what that changes, and that resuming changes nothing. */
import { describe, expect, test } from 'vitest';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/training/checkpoint.js';
import { canSkip, hardRows, rowsOf } from '../../src/training/easy.js';
import type { FitOptions } from '../../src/training/loop.js';
import { type methods, resolveMethod } from '../../src/training/methods.js';
import { meanLoss, sampleLosses } from '../../src/training/outcome.js';
import type { TrainingState } from '../../src/training/state.js';
import { fit } from '../../src/training/trainer.js';
import { fitOptions } from './fit-options.js';
import { noiseSource, stagedClassifier } from './staged-network.js';

const IMAGES = 23;

test('rows at the threshold and above, and those without a number, are hard', () => {
  expect([...hardRows(Float64Array.of(0.04, 0.05, 3, Number.NaN, 0), 0.05)]).toEqual([1, 2, 3]);
});

test('rows of a batch keep their pixels, targets and weights', () => {
  const batch = {
    images: Uint8Array.of(1, 2, 3, 4, 5, 6),
    targets: Float32Array.of(0, 1, 1),
    weights: Float32Array.of(0.1, 0.2, 0.3),
    size: 3,
    seen: 7,
  };
  expect(rowsOf(batch, Int32Array.of(0, 2))).toEqual({
    images: Uint8Array.of(1, 2, 5, 6),
    targets: Float32Array.of(0, 1),
    weights: Float32Array.of(0.1, 0.3),
    size: 2,
    seen: 7,
  });
});

test.each([
  ['binary', ['no', 'yes'], [2, -1], [1, 1], [Math.log1p(Math.exp(-2)), Math.log1p(Math.exp(1))]],
  ['multi-label', ['a', 'b'], [2, -1], [1, 0], [(Math.log1p(Math.exp(-2)) + Math.log1p(Math.exp(-1))) / 2]],
  ['multi-class', ['a', 'b', 'c'], [0, 0, 0], [0, 1, 0], [Math.log(3)]],
] as const)('the loss of each sample, %s', (task, classes, logits, targets, expected) => {
  const args = [task, classes, Float32Array.from(logits), Float32Array.from(targets)] as const;
  const losses = sampleLosses(...args);
  expect(losses).toHaveLength(expected.length);
  expected.forEach((loss, i) => {
    expect(losses[i]).toBeCloseTo(loss, 12);
  });
  expect(meanLoss(...args)).toBeCloseTo(expected.reduce((a, b) => a + b, 0) / expected.length, 12);
});

test('a phase can skip where the samples are independent and something below the head learns', () => {
  const can = (method: keyof typeof methods) => resolveMethod(method).phases.map(canSkip);
  expect(can('fc-then-bn')).toEqual([false, true]);
  expect(can('fc-then-full')).toEqual([false, true]);
  expect(can('fc-then-bn-bma')).toEqual([false, false]);
  expect(can('adabn')).toEqual([false, false]);
});

async function run(options: Partial<FitOptions>, resume?: TrainingState) {
  const saved: Uint8Array[] = [];
  const { state } = await fit(
    stagedClassifier(),
    { train: noiseSource(IMAGES, 10, 1), validation: noiseSource(12, 10, 2) },
    fitOptions('bn+head@5e-2x3', options),
    { everySeconds: 0, save: async (now) => void saved.push(encodeCheckpoint(now, '')) },
    resume,
  );
  return { state, saved };
}

const weightsOf = ({ weights }: TrainingState) =>
  [...weights].toSorted().map(([name, { data }]) => [name, ...data]);
const numbers = (state: TrainingState) => [
  ...weightsOf(state),
  ...state.history.map(({ trainLoss, validationLoss, skippedFraction }) => [
    trainLoss,
    validationLoss,
    skippedFraction,
  ]),
];
const skipped = ({ history }: TrainingState) => history.map(({ skippedFraction }) => skippedFraction);

describe('a training that skips', () => {
  test('nothing is to the bit one that does not know of skipping', async () => {
    const [plain, none] = [await run({}), await run({ skipEasy: 1e-9 })];
    expect(skipped(plain.state)).toEqual([undefined, undefined, undefined]);
    expect(skipped(none.state)).toEqual([0, 0, 0]);
    expect(weightsOf(none.state)).toEqual(weightsOf(plain.state));
  });

  test('everything learns nothing', async () => {
    const { state } = await run({ skipEasy: 1e9 });
    expect(skipped(state)).toEqual([1, 1, 1]);
    const losses = state.history.map(({ trainLoss }) => trainLoss);
    expect(losses[1]).toBeCloseTo(losses[0]!, 12);
    expect(state.history[2]!.validationLoss).toBe(state.history[0]!.validationLoss);
  });

  test.each<[string, Partial<FitOptions>]>([
    ['from pixels', {}],
    ['from smaller images', { earlySizes: [{ height: 9, width: 9, epochs: 2 }], skipEasy: 0.69 }],
  ])('some resumes to the same bits, %s', async (_, more) => {
    const options = { skipEasy: 0.6, ...more };
    const whole = await run(options);
    const some = skipped(whole.state);
    expect(Math.max(...(some as number[]))).toBeGreaterThan(0);
    expect(Math.min(...(some as number[]))).toBeLessThan(1);
    const underWay = decodeCheckpoint(whole.saved.at(-4)!, '', '');
    expect(underWay.step).toBeGreaterThan(0);
    const resumed = await run(options, underWay);
    expect(numbers(resumed.state)).toEqual(numbers(whole.state));
  });
});
