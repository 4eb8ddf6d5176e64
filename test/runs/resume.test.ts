/** @file Runs that were stopped in any phase, or lost part of their folder, end as if nothing had been. */
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { TrainOptionsInput } from '../../src/runs/options.js';
import { type TrainHooks, train } from '../../src/runs/train.js';
import { contents, folderForTests, smallOnnx, writeImages } from './example-run.js';

const folder = folderForTests();
const at = (...parts: string[]): string => path.join(folder, ...parts);

const options: TrainOptionsInput = { model: at('small.onnx'), size: 24, batch: 8, epochs: 2 };
const whole = at('whole');

/** What no interruption may change, to the bit. */
const kept = [
  'adapter.safetensors',
  'metrics.json',
  'predictions-test.csv',
  'predictions-validation.csv',
  'split.csv',
];

function expectWhole(run: string): void {
  const [is, should] = [contents(run), contents(whole)];
  expect(Object.keys(is)).toEqual(Object.keys(should));
  for (const name of kept) expect(is[name] === should[name], name).toBe(true);
  const epochs = (lines: string) =>
    lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).validationLoss);
  expect(epochs(is['history.jsonl'])).toEqual(epochs(should['history.jsonl']));
}

beforeAll(async () => {
  writeFileSync(at('small.onnx'), smallOnnx());
  await writeImages(at('pets'), { each: 12 });
  await train(at('pets'), { ...options, out: whole });
});

const moments: [string, (stop: () => void) => TrainHooks][] = [
  ['the first step was done, and images were being read', (onStep) => ({ onStep })],
  [
    'the last step of an epoch was done',
    (stop) => ({ onStep: ({ step, steps }) => step === steps && stop() }),
  ],
  [
    'the second phase was on its way',
    (stop) => ({ onStep: ({ phase, step }) => phase.name === 'bn' && step === 2 && stop() }),
  ],
  ['final predictions were made', (onPredict) => ({ onPredict })],
];

test.each(moments)('stopped when %s', async (_, hooks) => {
  const out = at('run');
  rmSync(out, { recursive: true, force: true });
  const stop = new AbortController();
  const first = await train(
    at('pets'),
    { ...options, out },
    { ...hooks(() => stop.abort()), signal: stop.signal },
  );
  expect(first.finished).toBe(false);
  expect(readdirSync(out)).not.toContain('adapter.safetensors');
  const second = await train(undefined, { resume: true, out });
  expect(second.finished).toBe(true);
  expectWhole(out);
});

const parts: [string, readonly string[]][] = [
  ['nothing', []],
  ['the config', ['config.yaml']],
  ['a checkpoint without its history', ['config.yaml', 'split.csv', 'checkpoint.safetensors']],
  [
    'an adapter, but no predictions',
    ['config.yaml', 'split.csv', 'checkpoint.safetensors', 'history.jsonl', 'adapter.safetensors'],
  ],
];

test.each(parts)('the folder holds %s: one command line begins and continues', async (_, names) => {
  const out = at('part');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  for (const name of names) cpSync(path.join(whole, name), path.join(out, name));
  // What a process that was killed while writing leaves behind.
  writeFileSync(path.join(out, 'checkpoint.safetensors.999999999.part'), 'half a checkpoint');
  if (names.length === 0) rmSync(path.join(out, 'checkpoint.safetensors.999999999.part'));
  const { finished } = await train(at('pets'), { ...options, resume: true, out });
  expect(finished).toBe(true);
  expectWhole(out);
});

test('a finished run that is resumed with more threads of another machine keeps its record', async () => {
  const out = at('threads');
  cpSync(whole, out, { recursive: true });
  await train(undefined, { resume: true, out, threads: 1, 'checkpoint-every': 1 });
  expect(contents(out)['config.yaml']).toMatch(/\nthreads: 1\n(.*\n)*checkpoint-every: 1\n/);
  for (const name of ['adapter.safetensors', 'split.csv']) {
    expect(contents(out)[name] === contents(whole)[name], name).toBe(true);
  }
});

test('data and model may have moved since', async () => {
  const out = at('moved');
  cpSync(whole, out, { recursive: true });
  rmSync(path.join(out, 'checkpoint.safetensors'));
  cpSync(at('pets'), at('animals'), { recursive: true });
  cpSync(at('small.onnx'), at('renamed.onnx'));
  const config = path.join(out, 'config.yaml');
  writeFileSync(
    config,
    contents(out)
      ['config.yaml'].replaceAll(at('pets'), at('gone'))
      .replaceAll(at('small.onnx'), at('gone.onnx')),
  );
  const { finished } = await train(at('animals'), { resume: true, out, model: at('renamed.onnx') });
  expect(finished).toBe(true);
  expect(contents(out)['predictions-test.csv']).toBe(contents(whole)['predictions-test.csv']);
});
