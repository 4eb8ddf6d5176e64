/** @file Smaller images in a phase's first epochs: which sizes are asked for when, and that resuming changes nothing. */
import { describe, expect, test } from 'vitest';
import type { BatchSource } from '../../src/training/batches.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/training/checkpoint.js';
import { sizeIn } from '../../src/training/growing.js';
import type { FitOptions } from '../../src/training/loop.js';
import { resolveMethod } from '../../src/training/methods.js';
import type { TrainingState } from '../../src/training/state.js';
import { fit } from '../../src/training/trainer.js';
import { fitOptions } from './fit-options.js';
import { noiseSource, stagedClassifier } from './staged-network.js';

const SMALL = { height: 8, width: 10 };

describe('sizeIn', () => {
  const final = { height: 20, width: 20 };
  const sizes = [
    { ...SMALL, epochs: 2 },
    { height: 16, width: 16, epochs: 1 },
  ];
  test.each([
    [0, 8],
    [1, 8],
    [2, 16],
    [3, 20],
    [9, 20],
  ])('epoch %d', (epoch, height) => {
    expect(sizeIn(epoch, sizes, final).height).toBe(height);
  });

  test('without early sizes it is always the final one', () => {
    expect(sizeIn(0, [], final)).toEqual(final);
  });
});

/** A source, and the heights that were asked of it. */
function notingSource(count: number, seed: number): { source: BatchSource; sizes: (number | undefined)[] } {
  const { epoch: epochOf, ...source } = noiseSource(count, 10, seed);
  const sizes: (number | undefined)[] = [];
  return {
    sizes,
    source: {
      ...source,
      epoch(epoch, options = {}) {
        sizes.push(options.size?.height);
        return epochOf(epoch, options);
      },
    },
  };
}

async function run(options: Partial<FitOptions>, resume?: TrainingState) {
  const train = notingSource(23, 1);
  const validation = notingSource(12, 2);
  const saved: Uint8Array[] = [];
  const { state } = await fit(
    stagedClassifier(),
    { train: train.source, validation: validation.source },
    fitOptions('head@1e-2x1,bn+head@1e-2x3', options),
    { everySeconds: 0, save: async (now) => void saved.push(encodeCheckpoint(now, '')) },
    resume,
  );
  return { state, saved, sizes: train.sizes, validationSizes: validation.sizes };
}

const numbers = ({ weights, history }: TrainingState) => [
  ...[...weights].toSorted().map(([name, { data }]) => [name, ...data]),
  ...history.map(({ trainLoss, validationLoss }) => [trainLoss, validationLoss]),
];

test.each<[string, Partial<FitOptions>]>([
  ['from pixels', {}],
  ['from features where the size is the final one', { featureBytes: 1e9 }],
  ['with batch statistics', { phases: resolveMethod('head@1e-2x1/batch,bn+head@1e-2x3/batch').phases }],
])(
  'every phase begins with its early sizes, and resumes at any of them to the same bits, %s',
  async (_, more) => {
    const options = { ...more, earlySizes: [{ ...SMALL, epochs: 2 }] };
    const whole = await run(options);
    expect(whole.sizes).toEqual([8, 8, 8, undefined]);
    expect(whole.validationSizes).toEqual([undefined, undefined, undefined, undefined]);
    const at = whole.saved.map((bytes) => decodeCheckpoint(bytes, '', ''));
    const places = [
      at.find(({ phase, epoch, step }) => phase === 1 && epoch === 1 && step === 2)!,
      at.find(({ phase, epoch, step }) => phase === 1 && epoch === 2 && step === 0)!,
    ];
    for (const place of places) {
      const resumed = await run(options, place);
      expect(numbers(resumed.state)).toEqual(numbers(whole.state));
    }
  },
);

test('changes what is learned', async () => {
  const [grown, plain] = [await run({ earlySizes: [{ ...SMALL, epochs: 2 }] }), await run({})];
  expect(numbers(grown.state)).not.toEqual(numbers(plain.state));
});
