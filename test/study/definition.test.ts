/** @file Study files: what they mean, and one line for whatever is wrong with them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { TransfuseError } from '../../src/errors.js';
import { parseStudy } from '../../src/study/definition.js';
import { openStudy } from '../../src/study/study.js';

const good = {
  name: 'xrays',
  datasets: { a: 'here', b: { path: 'there', size: 96 } },
  architectures: ['builtin'],
  methods: ['fc', 'fc_then_full'],
};

const folder = mkdtempSync(path.join(tmpdir(), 'transfuse-study-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, content: unknown): string {
  const file = path.join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : stringify(content));
  return file;
}

function refused(content: unknown): string {
  try {
    parseStudy(content, 's.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(TransfuseError);
    expect((error as Error).message).not.toContain('\n');
    return (error as Error).message;
  }
  throw new Error(`accepted ${JSON.stringify(content)}`);
}

test.each<[string, unknown, string]>([
  ['nothing', null, 'must be a mapping with name, datasets, architectures and methods'],
  ['a list', [good], 'must be a mapping'],
  ['a key misspelt', { ...good, reptitions: 3 }, 'reptitions is not a key; did you mean repetitions?'],
  [
    'a key of a data set misspelt',
    { ...good, datasets: { a: { path: 'x', epoch: 3 } } },
    'datasets.a.epoch is not a key; did you mean epochs?',
  ],
  [
    'that key where another is missing for it',
    { ...good, datasets: { a: { paht: 'x' } } },
    'datasets.a.paht is not a key; did you mean path?',
  ],
  [
    'a setting misspelt',
    { ...good, settings: { Patience: 3 } },
    'settings.Patience is not a key; did you mean patience?',
  ],
  [
    'a key of a network misspelt',
    { ...good, architectures: { x: { modle: 'builtin' } } },
    'architectures.x.modle is not a key; did you mean model?',
  ],
  ['a key like no other', { ...good, zzzzzzzz: 1 }, 'zzzzzzzz is not a key; legal are name, datasets'],
  ['a key missing', { ...good, methods: undefined }, 'methods is missing; it must'],
  ['no data sets', { ...good, datasets: {} }, 'datasets is {}; it must name at least one data set'],
  ['a bad name', { ...good, name: 'a b' }, 'name is "a b"; it must begin with a letter or digit'],
  [
    'a bad name of a data set',
    { ...good, datasets: { 'a~b': 'x' } },
    'datasets.a~b is not a name; it must begin',
  ],
  [
    'no repetition',
    { ...good, repetitions: 0 },
    'repetitions is 0; it must be a whole number from 1 to 1000',
  ],
  [
    'a bad size',
    { ...good, datasets: { a: { path: 'x', size: 'huge' } } },
    'datasets.a.size is "huge"; it must be a number of pixels, or HEIGHTxWIDTH',
  ],
  [
    'a bad setting',
    { ...good, settings: { patience: 'x' } },
    'settings.patience is "x"; it must be a whole number',
  ],
  [
    'a method misspelt',
    { ...good, methods: ['fc', 'fc-then-ful'] },
    'methods.fc-then-ful is fc-then-ful, no method; did you mean fc-then-full?',
  ],
  ['methods that are no names', { ...good, methods: ['fc', 3] }, 'methods is ["fc",3]; it must be'],
  [
    'no such published data set',
    { ...good, datasets: { a: { path: 'x', published: 'malari' } } },
    'datasets.a.published is "malari"; it must be one of chexpert',
  ],
  [
    'a preprocessing that is none',
    { ...good, settings: { preprocess: 'caffe' } },
    'preprocess is caffe; it must be one of imagenet',
  ],
])('%s', (_, content, message) => {
  const said = refused(content);
  expect(said).toContain(message);
});

test('what is no study', async () => {
  const message = (target: string) => openStudy(target).catch((error) => error.message);
  expect(await message(path.join(folder, 'nothing.yaml'))).toContain(
    'does not exist; it should be a study file',
  );
  mkdirSync(path.join(folder, 'empty'));
  expect(await message(path.join(folder, 'empty'))).toContain('holds no study: it has no study.yaml');
  expect(await message(written('broken.yaml', 'name: [x\n'))).toContain('broken.yaml is not YAML');
  expect(await message(written('twice.yaml', 'name: x\nname: y\n'))).toContain('is not YAML');
});

test('the example of the README is a study', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, example] = /```yaml\n(name: [^`]+)```/.exec(readme)!;
  const study = parseStudy(parse(example), 'README.md');
  expect(study.datasets.chest_xray['group-by']).toBe('person(\\d+)');
  expect(Object.keys(study.architectures)).toEqual(['densenet121', 'mobilenetv2']);
});

test('settings lie over each other: published, study, data set, network, method', async () => {
  const file = written('layers.yaml', {
    name: 'layers',
    datasets: {
      malaria: { path: 'cells', batch: 4, epochs: 7 },
      mine: { path: '/abs', published: 'chexpert' },
    },
    architectures: { builtin: 'builtin', net: { model: 'builtin', preprocess: 'unit' } },
    methods: { short: { method: 'fc', epochs: 2, lr: 0.1 }, bn_and_fc: 'bn_and_fc' },
    repetitions: 2,
    seed: 10,
    settings: { batch: 16, patience: 3 },
  });
  const { cells, definition } = await openStudy(file);
  expect(cells.length).toBe(2 * 2 * 2 * 2);
  expect(new Set(cells.map(({ id }) => id)).size).toBe(cells.length);
  const cell = (id: string) => cells.find((c) => c.id === id)!;
  expect(cell('malaria~net~short~2')).toMatchObject({
    data: path.join(folder, 'cells'),
    repetition: 2,
    options: {
      size: '120',
      batch: 4,
      dropout: 0.5,
      epochs: 2,
      patience: 3,
      lr: 0.1,
      preprocess: 'unit',
      method: 'fc',
      seed: 11,
    },
  });
  expect(cell('mine~builtin~bn_and_fc~1')).toMatchObject({
    data: '/abs',
    options: { size: '224', batch: 16, dropout: 0, method: 'bn-and-fc', seed: 10 },
  });
  // What is another experiment has other settings; threads and where the network lies make none.
  const settings = async (change: object) => {
    const changed = written('changed.yaml', { ...definition, ...change });
    return (await openStudy(changed)).cells.map((c) => c.settings);
  };
  const before = cells.map((c) => c.settings);
  expect(await settings({})).toEqual(before);
  expect(await settings({ settings: { ...definition.settings, threads: 1 } })).toEqual(before);
  const other = await settings({ settings: { ...definition.settings, patience: 4 } });
  expect(other.every((hash, i) => hash !== before[i])).toBe(true);
});

test('networks by list: a file is named after itself, and found from where the study file lies', async () => {
  writeFileSync(path.join(folder, 'net.onnx'), '');
  const file = written('networks.yaml', {
    ...good,
    architectures: ['builtin', 'net.onnx', 'x/mobilenet_0.25.weights.h5'],
  });
  const { definition } = await openStudy(file);
  expect(definition.architectures).toEqual({
    builtin: { model: 'builtin' },
    net: { model: path.join(folder, 'net.onnx') },
    'mobilenet_0.25': { model: 'x/mobilenet_0.25.weights.h5' },
  });
});

test('the published study: 9 data sets × 4 architectures × 10 methods × 3 repetitions', async () => {
  const { cells, definition } = await openStudy('paper', { data: '/data', out: folder });
  expect(cells.length).toBe(9 * 4 * 10 * 3);
  expect(definition.datasets.oct_small).toEqual({ path: '/data', dataset: 'oct_small' });
  const cell = cells.find(({ id }) => id === 'oct_small~inceptionv3~fc_then_bn~3')!;
  expect(cell.options).toMatchObject({
    model: 'inceptionv3',
    method: 'fc-then-bn',
    size: '165x341',
    batch: 32,
    dropout: 0.5,
    seed: 2,
  });
  expect(cells.slice(0, 360).every(({ repetition }) => repetition === 1)).toBe(true);
});
