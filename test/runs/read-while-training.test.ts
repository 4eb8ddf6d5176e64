/** @file Training before all images have been read: the same batches, or a new beginning; never a kept mistake. */
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createLoader } from '../../src/data/loader.js';
import type { LoaderOptions, Sample } from '../../src/data/types.js';
import type { Loaders } from '../../src/runs/loaders.js';
import { type ReadingHooks, trainWhileReading } from '../../src/runs/read-while-training.js';
import type { FitHooks, FitResult } from '../../src/training/loop.js';
import { initialState } from '../../src/training/state.js';
import { fileSample, noisePng, temporaryFolder, writeFiles } from '../data/temporary.js';

const options: LoaderOptions = { height: 8, width: 8, batch: 4, seed: 3, shuffle: true, threads: 2 };

async function samples(count: number, broken: readonly number[] = []): Promise<Sample[]> {
  const folder = temporaryFolder();
  const list: Sample[] = [];
  for (let i = 0; i < count; i++) {
    const name = `${String(i).padStart(2, '0')}.png`;
    writeFiles(folder, { [name]: broken.includes(i) ? 'no image' : await noisePng(i, 9, 7) });
    list.push(fileSample(path.join(folder, name)));
  }
  return list;
}

interface Split {
  readonly count: number;
  readonly broken?: readonly number[];
  readonly most?: number;
}

async function loadersOf(
  train: Split,
  test: Split = { count: 4 },
): Promise<{ loaders: Loaders; list: Sample[] }> {
  const list = await samples(train.count, train.broken);
  const other = await samples(test.count, test.broken);
  const open = (samples: Sample[], { most: maxUnreadable }: Split, trusting: boolean) => {
    const loader = createLoader(samples, { ...options, maxUnreadable, trusting });
    onTestFinished(() => loader.close());
    return loader;
  };
  return { list, loaders: { train: open(list, train, true), validation: open(other, test, false) } };
}

/** Two epochs of nothing but batches, which are told to whoever looks. */
function training(loaders: Loaders, attempts: number[][], stepMs = 0) {
  return async (hooks: FitHooks): Promise<FitResult> => {
    const seen: number[] = [];
    attempts.push(seen);
    const state = initialState(new Map());
    for (state.epoch = 0; state.epoch < 2; state.epoch++) {
      for await (const { indices } of loaders.train.epoch(state.epoch)) {
        seen.push(...indices);
        state.step++;
        hooks.onStep?.({ step: state.step } as Parameters<NonNullable<FitHooks['onStep']>>[0]);
        if (hooks.signal?.aborted) {
          await hooks.save?.(state);
          return { state, finished: false };
        }
        await wait(stepMs);
      }
      state.step = 0;
      await hooks.save?.(state);
    }
    return { state, finished: true };
  };
}

/** The batches of a loader that has read everything before. */
async function expected(list: readonly Sample[], most?: number): Promise<number[]> {
  const loader = createLoader(list, { ...options, maxUnreadable: most });
  onTestFinished(() => loader.close());
  const all: number[] = [];
  for (const epoch of [0, 1]) for await (const { indices } of loader.epoch(epoch)) all.push(...indices);
  return all;
}

function recording() {
  const saved: number[] = [];
  const warnings: string[] = [];
  const hooks: ReadingHooks = {
    save: async ({ epoch }) => void saved.push(epoch),
    onWarning: (warning) => void warnings.push(warning),
  };
  return { saved, warnings, hooks };
}

test('begins before everything has been read, and decodes hardly any image twice', async () => {
  const { loaders, list } = await loadersOf({ count: 40 });
  const attempts: number[][] = [];
  const { saved, warnings, hooks } = recording();
  let decodedAtFirst: number | undefined;
  loaders.train.prefetch(0);
  const result = await trainWhileReading(
    loaders,
    { ...hooks, onStep: () => (decodedAtFirst ??= loaders.train.statistics().decoded) },
    training(loaders, attempts),
  );
  expect(result).toMatchObject({ finished: true, unreadable: [] });
  expect(decodedAtFirst).toBeLessThan(40);
  expect(attempts).toEqual([await expected(list)]);
  expect([saved, warnings]).toEqual([[0, 1], []]);
  const { decoded, cached } = loaders.train.statistics();
  expect(cached).toBe(40);
  expect(decoded).toBeLessThan(60); // of two epochs; threads may be at the same image at once
  expect(loaders.validation.statistics().decoded).toBe(4);
});

test.each([
  ['soon', 0],
  ['slowly', 15],
])(
  'an image that cannot be read: training begins anew, as if that had been known (%s)',
  async (_, stepMs) => {
    const { loaders, list } = await loadersOf({ count: 30, broken: [11, 17], most: 2 });
    const attempts: number[][] = [];
    const { saved, warnings, hooks } = recording();
    const result = await trainWhileReading(loaders, hooks, training(loaders, attempts, stepMs));
    expect(attempts).toHaveLength(2);
    expect(attempts[0].length).toBeLessThan(60);
    expect(attempts[1]).toEqual(await expected(list, 2));
    expect(saved).toEqual([0, 1]); // by the second attempt
    expect(warnings).toEqual([expect.stringContaining('11.png'), expect.stringContaining('17.png')]);
    expect(result.unreadable).toEqual(warnings);
  },
);

test('one that is not for training is left out without that', async () => {
  const { loaders } = await loadersOf({ count: 20 }, { count: 8, broken: [5] });
  const attempts: number[][] = [];
  const { warnings, hooks } = recording();
  const { unreadable } = await trainWhileReading(loaders, hooks, training(loaders, attempts));
  expect(attempts).toHaveLength(1);
  expect(unreadable).toEqual([expect.stringContaining('05.png')]);
  expect(warnings).toEqual(unreadable);
});

test.each<[string, Split, Split, RegExp]>([
  ['training', { count: 20, broken: [3, 4, 5] }, { count: 4 }, /^3 images of 20 cannot be read, at most 1/],
  ['other', { count: 400 }, { count: 8, broken: [1, 2, 3] }, /^3 images of 8 cannot be read, at most 1/],
])('too many of the %s images: nothing is kept', async (_, train, other, message) => {
  const { loaders } = await loadersOf(train, other);
  const { saved, hooks } = recording();
  await expect(trainWhileReading(loaders, hooks, training(loaders, [], 5))).rejects.toThrow(message);
  expect(saved).toEqual([]);
});

test('stopped before everything has been read, it keeps nothing', async () => {
  const stop = new AbortController();
  const { loaders } = await loadersOf({ count: 60 });
  const { saved, hooks } = recording();
  const stopping = { ...hooks, signal: stop.signal, onStep: () => stop.abort() };
  const result = await trainWhileReading(loaders, stopping, training(loaders, []));
  expect(result.finished).toBe(false);
  expect(saved).toEqual([]);
});

test('what goes wrong in training is said as it is', async () => {
  const { loaders } = await loadersOf({ count: 20 });
  const broken = async () => Promise.reject(new Error('the loss became NaN'));
  await expect(trainWhileReading(loaders, {}, broken)).rejects.toThrow('the loss became NaN');
});
