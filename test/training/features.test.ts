/** @file What frozen layers make of an image is computed once: which pixels are asked for, and that nothing else changes. */
import { beforeAll, describe, expect, test } from 'vitest';
import { parametersOf } from '../../src/models/classifier.js';
import type { BatchSource } from '../../src/training/batches.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/training/checkpoint.js';
import { frozenPrefix } from '../../src/training/frozen-prefix.js';
import { type FitOptions, trainedIn } from '../../src/training/loop.js';
import { resolveMethod } from '../../src/training/methods.js';
import type { TrainingState } from '../../src/training/state.js';
import { fit } from '../../src/training/trainer.js';
import { fitOptions } from './fit-options.js';
import { noiseSource, SIZE, stagedClassifier } from './staged-network.js';

const IMAGES = 23;
const VALIDATION = 12;
const BATCH = 10;
const PIXELS = SIZE * SIZE * 3;
const PLENTY = 1e9;
/** Bytes for the features of some images, not of all. */
const LITTLE = 300;

/** A source without augmentation, and how many images' pixels were asked of it, epoch by epoch. */
function fixedSource(count: number, seed: number): { source: BatchSource; asked: number[] } {
  const { epoch: epochOf, ...source } = noiseSource(count, BATCH, seed);
  const asked: number[] = [];
  return {
    asked,
    source: {
      ...source,
      fixed: true,
      async *epoch(epoch, options = {}) {
        const { without = () => false } = options;
        asked.push(0);
        for await (const batch of epochOf(epoch, options)) {
          const rows = [...batch.indices.keys()].filter((row) => !without(batch.indices[row]!));
          asked[asked.length - 1]! += rows.length;
          const images = Buffer.concat(
            rows.map((row) => batch.images.subarray(row * PIXELS, (row + 1) * PIXELS)),
          );
          yield { ...batch, images };
        }
      },
    },
  };
}

interface RunOptions extends Pick<FitOptions, 'featureBytes'> {
  readonly augmented?: boolean;
  readonly resume?: TrainingState;
}

async function run(method: string, { featureBytes, augmented, resume }: RunOptions = {}) {
  const train = fixedSource(IMAGES, 1);
  const validation = fixedSource(VALIDATION, 2);
  const saved: Uint8Array[] = [];
  const { state } = await fit(
    stagedClassifier(),
    { train: { ...train.source, fixed: !augmented }, validation: validation.source },
    fitOptions(method, { batch: BATCH, featureBytes }),
    { everySeconds: 0, save: async (now) => void saved.push(encodeCheckpoint(now, '')) },
    resume,
  );
  return { state, saved, asked: { train: train.asked, validation: validation.asked } };
}

const numbers = ({ weights, history }: TrainingState): Map<string, readonly number[]> =>
  new Map([
    ...[...weights].map(([name, { data }]) => [name, [...(data as Float32Array)]] as const),
    ...history.map(
      ({ trainLoss, validationLoss }, i) => [`epoch ${i}`, [trainLoss, validationLoss]] as const,
    ),
  ]);

function expectClose(is: TrainingState, should: TrainingState) {
  const expected = numbers(should);
  expect([...numbers(is).keys()]).toEqual([...expected.keys()]);
  for (const [name, values] of numbers(is)) {
    values.forEach((value, i) => {
      expect(Math.abs(value - expected.get(name)![i]!), `${name}[${i}]`).toBeLessThan(1e-6);
    });
  }
}

describe.each(['head@1e-2x3', 'bn+head@1e-2x3/last1'])('%s', (method) => {
  let plain: Awaited<ReturnType<typeof run>>;
  let cached: typeof plain;
  beforeAll(async () => {
    plain = await run(method);
    cached = await run(method, { featureBytes: PLENTY });
  }, 120_000);

  test('computes the features of an image once, and learns what it would without', () => {
    expect(plain.asked).toEqual({ train: Array(3).fill(IMAGES), validation: Array(3).fill(VALIDATION) });
    expect(cached.asked).toEqual({ train: [IMAGES, 0, 0], validation: [VALIDATION, 0, 0] });
    expectClose(cached.state, plain.state);
  });

  test('gives the same bits however little memory there is', async () => {
    const { asked, state } = await run(method, { featureBytes: LITTLE });
    const [first, second] = asked.train as [number, number];
    expect(second).toBeGreaterThan(0);
    expect(second).toBeLessThan(first);
    expect(numbers(state)).toEqual(numbers(cached.state));
  });

  test.each([
    ['the first epoch, and with less memory', 1, LITTLE],
    ['the last epoch', -4, PLENTY],
  ])('goes on to the same bits from the midst of %s', async (_, at, featureBytes) => {
    const resume = decodeCheckpoint(cached.saved.at(at)!, '', '');
    expect(resume.step).toBeGreaterThan(0);
    const resumed = await run(method, { featureBytes, resume });
    expect(numbers(resumed.state)).toEqual(numbers(cached.state));
  });

  test('with augmentation keeps the features of validation only', async () => {
    const { asked, state } = await run(method, { featureBytes: PLENTY, augmented: true });
    expect(asked).toEqual({ train: Array(3).fill(IMAGES), validation: [VALIDATION, 0, 0] });
    expectClose(state, plain.state);
  });
});

test.each(['all@1e-3x2', 'head@1e-3x2/batch', 'statistics'])(
  'with %s begins at the pixels',
  async (method) => {
    const cached = await run(method, { featureBytes: PLENTY });
    const epochs = cached.state.history.length;
    expect(cached.asked.train).toEqual(Array(epochs).fill(IMAGES));
    expect(cached.asked.validation).toEqual(Array(epochs).fill(VALIDATION));
    expect(numbers(cached.state)).toEqual(numbers((await run(method)).state));
  },
);

test('the longer the frozen part, the later it ends', () => {
  const classifier = stagedClassifier();
  const [head, last1, last2, bn] = ['head', 'bn+head/last1', 'bn+head/last2', 'bn+head'].map(
    (method) => frozenPrefix(classifier, trainedIn(resolveMethod(method).phases[0]!, classifier))!,
  ) as [number, number, number, number];
  expect(head).toBeGreaterThan(last1);
  expect(last1).toBeGreaterThan(last2);
  expect(last2).toBeGreaterThan(bn);
  expect(
    frozenPrefix(
      classifier,
      parametersOf(classifier).map(({ name }) => name),
    ),
  ).toBeUndefined();
});
