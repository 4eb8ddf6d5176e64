/** @file Runs on data sets that are known by name, and on images that lie many in a file. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { evaluate } from '../../src/runs/evaluate.js';
import { readRunConfig } from '../../src/runs/folder.js';
import type { TrainOptionsInput } from '../../src/runs/options.js';
import { train } from '../../src/runs/train.js';
import { folderForTests, refusal, smallOnnx } from './example-run.js';

const folder = folderForTests();
const at = (...parts: string[]): string => path.join(folder, ...parts);
const golden = (name: string): string => path.resolve('test/golden/datasets', name);
const options: TrainOptionsInput = { model: at('small.onnx'), method: 'head@1e-2x1' };

beforeAll(() => writeFileSync(at('small.onnx'), smallOnnx()));
beforeEach(() => {
  vi.stubEnv('TRANSFUSE_CACHE', at('cache'));
  return () => void vi.unstubAllEnvs();
});

const lines = (file: string): string[] => readFileSync(file, 'utf8').trim().split('\n');

test('records of TFRecords, with the published settings; measured anew, the same images count', async () => {
  const out = at('records');
  const data = golden('chest-xray-tfrec');
  const result = await train(data, { ...options, size: 24, seed: 3, out });
  const config = await readRunConfig(out);
  expect(config).toMatchObject({ dataset: 'chest_xray', size: '24', batch: 64, dropout: 0.5 });
  const [header, first, ...rest] = lines(at('records/predictions-test.csv'));
  expect(header).toBe('image,label,predicted,p(NORMAL),p(PNEUMONIA)');
  expect(first).toMatch(/^test\/NORMAL\/IM-0000-0001\.jpeg,NORMAL,/);
  expect(rest.length).toBe(3);
  expect(readFileSync(at('records/report.html'), 'utf8')).toContain('data:image/jpeg;base64,');
  expect(await evaluate(out, data)).toEqual(result.metrics.test);
  // Validation was drawn from train by the run's seed: measuring must take those images, not all.
  expect(await evaluate(out, data, { split: 'validation' })).toEqual(result.metrics.validation);
});

test('a MedMNIST file; resumed where nothing is left to do, it is the same run', async () => {
  const out = at('npz');
  const data = golden('medmnist/pathmnist_64.npz');
  const first = await train(data, { ...options, size: 16, out });
  expect(lines(at('npz/split.csv'))).toContain('pathmnist_64.npz/train#0,train,adipose,');
  const again = await train(undefined, { resume: true, out });
  expect(again.metrics).toEqual(first.metrics);
});

test('found by its name alone, below TRANSFUSE_DATASETS', async () => {
  vi.stubEnv('TRANSFUSE_DATASETS', golden('tfds'));
  await train(undefined, { ...options, dataset: 'malaria', size: 16, 'train-images': 8, out: at('named') });
  const config = await readRunConfig(at('named'));
  expect(config).toMatchObject({ dataset: 'malaria', data: golden('tfds/malaria/1.0.0'), batch: 32 });
  expect(lines(at('named/split.csv')).filter((line) => line.includes(',train,')).length).toBe(8);
});

test.each<[string, string | undefined, TrainOptionsInput, string, RegExp]>([
  [
    'an unknown name',
    '.',
    { dataset: 'mnist' },
    'unknown-dataset',
    /^there is no data set mnist; those known/,
  ],
  [
    'nowhere to be found',
    undefined,
    { dataset: 'oct' },
    'data-not-found',
    /^no oct is found in .*get it from/,
  ],
  [
    'several in one place',
    undefined,
    { dataset: 'medmnist' },
    'ambiguous-data',
    /holds medmnist more than once/,
  ],
  [
    'a policy that is none',
    '.',
    { uncertain: 'maybe' as never },
    'bad-option',
    /^--uncertain is maybe; it must be one of published, zeros, ones, ignore$/,
  ],
  [
    'hospitals on two sides',
    '.',
    { hospitals: '1/1/2' },
    'bad-option',
    /^--hospitals is 1\/1\/2; it must be numbers of hospitals/,
  ],
  [
    'a setting of other data',
    golden('tfds/malaria/1.0.0'),
    { uncertain: 'ones' },
    'bad-option',
    /^uncertain is for chexpert, not for malaria$/,
  ],
])('%s', async (_, data, said, code, reason) => {
  vi.stubEnv('TRANSFUSE_DATASETS', golden('medmnist'));
  const error = await refusal(train(data, { ...options, ...said, out: at('refused') }));
  expect(error.code).toBe(code);
  expect(error.message).toMatch(reason);
});
