/** @file Runs that take phases over from others end in the same bits as those that train everything themselves. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { TrainOptionsInput } from '../../src/runs/options.js';
import type { PhaseStore } from '../../src/runs/shared-phases.js';
import { type TrainHooks, train } from '../../src/runs/train.js';
import { contents, folderForTests, smallOnnx, writeImages } from './example-run.js';

const folder = folderForTests();
const at = (...parts: string[]): string => path.join(folder, ...parts);

const options: TrainOptionsInput = { model: at('small.onnx'), size: 24, batch: 8, epochs: 2 };

/** What the training decides, to the bit. */
const kept = ['adapter.safetensors', 'metrics.json', 'predictions-test.csv', 'predictions-validation.csv'];

function store(): PhaseStore {
  const states = new Map<string, Uint8Array>();
  return {
    wants: () => true,
    read: async (key) => states.get(key),
    write: async (key, state) => void states.set(key, state),
  };
}

/** Trains and counts the steps it took. */
async function trained(out: string, more: TrainOptionsInput, phases?: PhaseStore, hooks: TrainHooks = {}) {
  let steps = 0;
  const result = await train(
    at('pets'),
    { ...options, ...more, out: at(out) },
    { onStep: () => steps++, phases, ...hooks },
  );
  return { ...result, steps };
}

const phases = store();
let fc: Awaited<ReturnType<typeof trained>>;

beforeAll(async () => {
  writeFileSync(at('small.onnx'), smallOnnx());
  await writeImages(at('pets'), { each: 12 });
  fc = await trained('fc', { method: 'fc' }, phases);
});

test('the head of fc is the first phase of fc-then-full and of fc-then-bn-lr', async () => {
  expect(fc.reusedEpochs).toBe(0);
  for (const method of ['fc-then-full', 'fc-then-bn-lr']) {
    const alone = await trained(`${method}-alone`, { method });
    const sharing = await trained(`${method}-sharing`, { method }, phases);
    expect(sharing.reusedEpochs).toBe(fc.history.length);
    expect(sharing.steps).toBe(alone.steps - fc.steps);
    const [is, should] = [contents(at(`${method}-sharing`)), contents(at(`${method}-alone`))];
    for (const name of kept) expect(is[name] === should[name], `${method}/${name}`).toBe(true);
    const losses = (history: typeof alone.history) =>
      history.map(({ phase, trainLoss, validationLoss }) => [phase, trainLoss, validationLoss]);
    expect(losses(sharing.history)).toEqual(losses(alone.history));
  }
});

test('a run of which all is trained already trains nothing', async () => {
  const again = await trained('again', { method: 'fc' }, phases);
  expect(again.steps).toBe(0);
  expect(again.reusedEpochs).toBe(fc.history.length);
  for (const name of kept) expect(contents(at('again'))[name] === contents(at('fc'))[name], name).toBe(true);
});

test.each([
  ['seed', { seed: 1 }],
  ['image size', { size: 28 }],
  ['rate of the phase', { lr: 5e-4 }],
  ['training images', { 'train-images': 12 }],
  ['dropout', { dropout: 0.2 }],
  ['epochs of the phase', { epochs: 1 }],
] as [string, TrainOptionsInput][])('another %s shares nothing', async (_, other) => {
  const out = Object.entries(other).flat().join('-');
  const { reusedEpochs } = await trained(out, { method: 'fc', ...other }, phases);
  expect(reusedEpochs).toBe(0);
});

test('other images of the same names share nothing', async () => {
  await writeImages(at('others'), { each: 12, seed: 2 });
  const out = at('others-run');
  const { reusedEpochs } = await train(at('others'), { ...options, method: 'fc', out }, { phases });
  expect(reusedEpochs).toBe(0);
});

test('the learning rate of a later phase does not matter to the first', async () => {
  const { reusedEpochs } = await trained('rate', { method: 'fc-then-full', lr: 1e-4 }, phases);
  expect(reusedEpochs).toBeGreaterThan(0);
});

test('interrupted in a phase after one it took over, it goes on', async () => {
  const stop = new AbortController();
  const method = 'head@1e-3x100,scale+head@1e-3';
  const first = await trained('stopped', { method }, phases, {
    onPhase: () => stop.abort(),
    signal: stop.signal,
  });
  expect(first.finished).toBe(false);
  const second = await train(undefined, { resume: true, out: at('stopped') }, { phases });
  expect(second.finished).toBe(true);
  await trained('unstopped', { method });
  for (const name of kept)
    expect(contents(at('stopped'))[name] === contents(at('unstopped'))[name], name).toBe(true);
});
