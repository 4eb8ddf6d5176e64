/** @file Every row of the table of methods: what it trains moves, all else stays to the bit, and resuming changes nothing. */
import { describe, expect, test } from 'vitest';
import { type Classifier, parametersOf } from '../../src/models/classifier.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/training/checkpoint.js';
import { methods, type Phase, resolveMethod } from '../../src/training/methods.js';
import type { TrainingState } from '../../src/training/state.js';
import { fit } from '../../src/training/trainer.js';
import { fitOptions } from './fit-options.js';
import { noiseSource, stagedClassifier } from './staged-network.js';

const IMAGES = 23;
const BATCH = 10;

/** Which parameters a method is to move, in words of this network: layer or group of layers, and weights. */
const moves: Record<string, readonly string[]> = {
  fc: ['head'],
  'fc-then-full': ['head', 'all'],
  'fc-then-bn': ['head', 'bn'],
  'bn-and-fc': ['head', 'bn'],
  'fc-then-bn-lr': ['head', 'bn'],
  'fc-bma': ['head', 'averages'],
  'fc-then-full-bma': ['head', 'all', 'averages'],
  'fc-then-bn-bma': ['head', 'bn', 'averages'],
  'rnd-bn-and-fc': ['head', 'bn'],
  'rnd-bn-and-fc-bma': ['head', 'bn', 'averages'],
  'scale-only': ['head', 'scale'],
  'centre-only': ['head', 'centre'],
  'bn-last-1': ['head', 'bn of stage2'],
  'bn-last-2': ['head', 'bn of stage1', 'bn of stage2'],
  'bn-last-3': ['head', 'bn'],
  gradual: ['head', 'bn'],
  'lp-ft': ['head', 'all'],
  adabn: ['head', 'averages'],
  'mean-var': ['head', 'all', 'averages'],
  'head@1e-3x1,all@1e-3x1/last1': ['head', 'bn of stage2', 'stage2.kernel', 'stage2.bias'],
  'scale+head@1e-3/batch0.5': ['head', 'scale', 'averages'],
  'statistics,head/last1': ['head', 'averages'],
};

const groups: Record<string, RegExp> = {
  head: /^transfuse\.head\.(kernel|bias)$/,
  scale: /\.bn\.scale$/,
  centre: /\.bn\.centre$/,
  bn: /\.bn\.(scale|centre)$/,
  averages: /\.bn\.(mean|variance)$/,
  all: /\.(kernel|bias|scale|centre)$/,
  'bn of stage1': /^stage1\.bn\.(scale|centre)$/,
  'bn of stage2': /^stage2\.bn\.(scale|centre)$/,
  'stage2.kernel': /^stage2\.kernel$/,
  'stage2.bias': /^stage2\.bias$/,
};

test('every method is tested', () => {
  expect(Object.keys(moves)).toEqual(expect.arrayContaining(Object.keys(methods)));
});

describe.each(Object.entries(moves))('%s', (method, groupNames) => {
  test('moves what it should and nothing else, and resumes to the same bits', async () => {
    const classifier = stagedClassifier();
    const before = copies(classifier);
    const phases = shortened(resolveMethod(method).phases);
    const saved: { phase: number; step: number; bytes: Uint8Array }[] = [];
    const { state, finished } = await run(classifier, phases, (now) => {
      saved.push({ phase: now.phase, step: now.step, bytes: encodeCheckpoint(now, 'same') });
    });

    expect(finished).toBe(true);
    for (const { name, tensor } of parametersOf(classifier)) {
      expect(tensor.data, `${name}: the original is never written to`).toEqual(before.get(name));
      const now = state.weights.get(name)?.data ?? before.get(name);
      if (groupNames.some((group) => groups[group]!.test(name))) {
        expect(now, name).not.toEqual(before.get(name));
      } else expect(now, name).toEqual(before.get(name));
    }

    // In the midst of the last epoch: parameters, averages and what they were taken over are all under way.
    const underWay = saved.findLast(({ phase, step }) => phase === phases.length - 1 && step === 2)!;
    const resumed = await run(classifier, phases, () => {}, decodeCheckpoint(underWay.bytes, '', 'same'));
    expect(bits(resumed.state)).toEqual(bits(state));
  });
});

test('a phase of statistics resumes to the same bits, too', async () => {
  const classifier = stagedClassifier();
  const phases = resolveMethod('statistics').phases;
  const saved: Uint8Array[] = [];
  const { state } = await run(classifier, phases, (now) => saved.push(encodeCheckpoint(now, '')));
  for (const bytes of saved) {
    const resumed = await run(classifier, phases, () => {}, decodeCheckpoint(bytes, '', ''));
    expect(bits(resumed.state)).toEqual(bits(state));
  }
});

function shortened(phases: readonly Phase[]): Phase[] {
  return phases.map((phase, i) => ({
    ...phase,
    epochs: Math.min(phase.epochs, i === phases.length - 1 ? 2 : 1),
  }));
}

function run(
  classifier: Classifier,
  phases: readonly Phase[],
  onSave: (state: TrainingState) => void,
  resume?: TrainingState,
) {
  const data = { train: noiseSource(IMAGES, BATCH, 1), validation: noiseSource(12, BATCH, 2) };
  return fit(
    classifier,
    data,
    fitOptions(phases, { batch: BATCH }),
    { everySeconds: 0, save: async (state) => onSave(state) },
    resume,
  );
}

function copies(classifier: Classifier): Map<string, Float32Array> {
  return new Map(parametersOf(classifier).map(({ name, tensor }) => [name, tensor.data.slice()])) as Map<
    string,
    Float32Array
  >;
}

function bits({ weights, history }: TrainingState) {
  return {
    weights: [...weights].toSorted().map(([name, { data }]) => [name, ...data]),
    history: history.map(({ phase, epoch, trainLoss, validationLoss }) => [
      phase,
      epoch,
      trainLoss,
      validationLoss,
    ]),
  };
}
