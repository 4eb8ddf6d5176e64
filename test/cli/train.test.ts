import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse as parseYaml, stringify as stringifyYaml } from 'yaml';
import { decodeAdapter } from '../../src/adapter/adapter.js';
import { folderForTests, smallOnnx, writeImages } from '../runs/example-run.js';
import { compiledTransfuse } from './transfuse.js';

const { run } = compiledTransfuse();
const folder = folderForTests();
const at = (...parts: string[]): string => path.join(folder, ...parts);
const bytes = (...parts: string[]): Buffer => readFileSync(at(...parts));
const table = (...parts: string[]): Record<string, string>[] =>
  parseCsv(readFileSync(at(...parts)), { columns: true });

const options = ['--model', 'small.onnx', '--size', '24', '--batch', '8', '--epochs', '3', '--seed', '4'];

beforeAll(async () => {
  writeFileSync(at('small.onnx'), smallOnnx());
  await writeImages(at('pets'));
  await writeImages(at('new'), { seed: 2, each: 3, height: 40, width: 31 });
});

describe('one run, from training to deployment', () => {
  test('train says what it does and leaves a run folder', async () => {
    const { code, stdout, stderr } = await run(['train', 'pets', ...options, '--out', 'runs/pets'], {
      cwd: folder,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Data: binary, 2 classes (cat, dog); train 28, validation 6, test 6');
    expect(stdout).toMatch(/role +trains +frozen\n +kernel +0 +792\n +bn-scale +16 +0\n/);
    expect(stdout).toMatch(/^Phase 2 of 2, bn: 41 parameters .* normalised by the stored statistics$/m);
    expect(stdout.match(/^(head|bn) +\d+ /gm)).toEqual([
      'head         1 ',
      'bn           1 ',
      'bn           2 ',
      'bn           3 ',
    ]);
    expect(stdout).toMatch(/^validation: AUC /m);
    expect(stdout).toMatch(/^test: AUC /m);
    expect(stdout).toContain('Report: runs/pets/report.html');
    expect(readdirSync(at('runs/pets')).sort()).toEqual([
      'adapter.safetensors',
      'checkpoint.safetensors',
      'config.yaml',
      'history.jsonl',
      'metrics.json',
      'predictions-test.csv',
      'predictions-validation.csv',
      'provenance.json',
      'report.html',
      'split.csv',
    ]);
  });

  test('the files hold what they should', () => {
    expect(parseYaml(bytes('runs/pets/config.yaml').toString())).toMatchObject({
      data: at('pets'),
      model: at('small.onnx'),
      method: 'fc-then-bn',
      size: '24',
      batch: 8,
      epochs: 3,
      seed: 4,
      augment: true,
    });

    const history = bytes('runs/pets/history.jsonl')
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(history.map(({ phase, epoch }) => [phase, epoch])).toEqual([
      ['head', 1],
      ['bn', 1],
      ['bn', 2],
      ['bn', 3],
    ]);
    for (const record of history) expect(record.trainLoss).toBeGreaterThan(0);

    const split = table('runs/pets/split.csv');
    expect(split).toHaveLength(40);
    expect(new Set(split.map(({ image }) => image)).size).toBe(40);
    for (const { image, label } of split) expect(image.startsWith(`${label}/`)).toBe(true);

    for (const name of ['validation', 'test']) {
      const predictions = table(`runs/pets/predictions-${name}.csv`);
      expect(predictions.map(({ image }) => image).sort()).toEqual(
        split
          .filter((row) => row.split === name)
          .map(({ image }) => image)
          .sort(),
      );
      for (const row of predictions) expect(Number(row['p(cat)']) + Number(row['p(dog)'])).toBeCloseTo(1, 6);
    }

    const metrics = JSON.parse(bytes('runs/pets/metrics.json').toString());
    expect(metrics.validation).toMatchObject({ task: 'binary', classes: ['cat', 'dog'], n: 6 });
    expect(metrics.test.auc.value).toBeGreaterThanOrEqual(0);

    const adapter = decodeAdapter(bytes('runs/pets/adapter.safetensors'), 'adapter');
    expect(adapter).toMatchObject({ classes: ['cat', 'dog'], height: 24, width: 24, method: 'fc-then-bn' });
    expect(adapter.base.source).toBe('small.onnx');

    const report = bytes('runs/pets/report.html').toString();
    expect(report).toContain('<!doctype html>');
    expect(report).toContain('transfuse train pets --model small.onnx');
    expect(report).not.toMatch(/(src|href)="https?:/);
  });

  test('evaluate measures other labelled images, as text, JSON and files', async () => {
    const inFolder = { cwd: folder };
    const text = await run(['evaluate', 'runs/pets', 'new'], inFolder);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(/^all: AUC .* 6 images$/m);

    const json = await run(['evaluate', 'runs/pets', 'new', '--json', '--out', 'measured'], inFolder);
    expect(json).toMatchObject({ code: 0, stderr: '' });
    const metrics = JSON.parse(json.stdout);
    expect(metrics).toMatchObject({ n: 6, classes: ['cat', 'dog'] });
    expect(JSON.parse(bytes('measured/metrics.json').toString())).toEqual(metrics);
    expect(table('measured/predictions-test.csv')).toHaveLength(6);
  });

  test('evaluate repeats what the run itself measured', async () => {
    const rows = table('runs/pets/split.csv').filter(({ split }) => split === 'test');
    writeFileSync(
      at('test.csv'),
      `path,label\n${rows.map(({ image, label }) => `pets/${image},${label}\n`).join('')}`,
    );
    const { stdout } = await run(['evaluate', 'runs/pets', 'test.csv', '--json'], { cwd: folder });
    expect(JSON.parse(stdout)).toEqual(JSON.parse(bytes('runs/pets/metrics.json').toString()).test);
  });

  test('predict takes files and folders; the exported model says the same in plain ONNX Runtime', async () => {
    const images = ['new/cat/cat-0.png', 'new/dog', 'pets/dog/dog-1.png'];
    const predicted = await run(['predict', 'runs/pets', ...images, '--csv', 'out.csv'], { cwd: folder });
    expect(predicted).toMatchObject({ code: 0, stderr: '', stdout: '5 predictions in out.csv\n' });
    const rows = table('out.csv');
    expect(rows.map(({ image }) => image)).toEqual([
      'new/cat/cat-0.png',
      'new/dog/dog-0.png',
      'new/dog/dog-1.png',
      'new/dog/dog-2.png',
      'pets/dog/dog-1.png',
    ]);

    const exported = await run(['export', 'runs/pets', '--to', 'pets.onnx'], { cwd: folder });
    expect(exported).toMatchObject({ code: 0, stderr: '' });
    const session = await ort.InferenceSession.create(at('pets.onnx'));
    for (const { image, 'p(dog)': p } of rows) {
      const { data, info } = await sharp(at(image)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
      const pixels = new ort.Tensor('uint8', new Uint8Array(data), [1, info.height, info.width, 3]);
      const { probabilities } = await session.run({ image: pixels });
      expect(Math.abs(Number(probabilities.data[0]) - Number(p))).toBeLessThan(1e-5);
    }
  });

  test('predict prints a table and names what it skips', async () => {
    writeFileSync(at('notes.png'), 'not an image');
    const shown = await run(['predict', 'runs/pets', 'new/cat', 'notes.png'], { cwd: folder });
    expect(shown.code).toBe(0);
    expect(shown.stdout.split('\n')[0]).toMatch(/^image +predicted +p\(cat\) +p\(dog\)$/);
    expect(shown.stdout.trim().split('\n')).toHaveLength(4);
    expect(shown.stderr).toMatch(/^Skipped: cannot read notes\.png: it is text, [^\n]*\n$/);
  });

  test.skipIf(process.platform === 'win32')(
    'predict writes to a pipe, be it read to its end or not',
    async () => {
      const through = (reader: string) => ['sh', '-c', `"$@" | ${reader}`, 'sh'];
      const args = ['predict', 'runs/pets', 'new/cat', '--csv', '/dev/stdout'];
      const read = await run(args, { cwd: folder, under: through('cat') });
      expect(read.stderr).toBe('');
      expect(read.stdout).toMatch(/^image,predicted,p\(cat\),p\(dog\)\nnew\/cat\/cat-0\.png,/);
      const unread = await run(args.slice(0, 3), { cwd: folder, under: through('true') });
      expect(unread.stderr).toBe('');
    },
  );

  test('inspect tells a run, a model and an adapter', async () => {
    for (const what of ['runs/pets', 'small.onnx', 'runs/pets/adapter.safetensors']) {
      const { code, stdout, stderr } = await run(['inspect', what], { cwd: folder });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.length).toBeGreaterThan(50);
    }
  });
});

describe('configuration', () => {
  test('the recorded one repeats the run to the bit, from another folder', async () => {
    mkdirSync(at('elsewhere'));
    const config = at('runs/pets/config.yaml');
    const { code, stderr } = await run(['train', '--config', config, '--out', 'again'], {
      cwd: at('elsewhere'),
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const file of [
      'adapter.safetensors',
      'metrics.json',
      'predictions-test.csv',
      'split.csv',
      'config.yaml',
    ]) {
      expect(bytes('elsewhere/again', file).equals(bytes('runs/pets', file)), file).toBe(true);
    }
  });

  test('a file of YAML or JSON says what flags say; flags win, and so does the data argument', async () => {
    const config = {
      data: 'nowhere',
      model: 'small.onnx',
      size: 24,
      epochs: 1,
      method: 'fc',
      augment: false,
      lr: 0.01,
    };
    writeFileSync(at('config.yaml'), stringifyYaml(config));
    writeFileSync(at('config.json'), JSON.stringify({ ...config, data: 'pets' }));
    const flags = ['--lr', '0.5', '--batch', '16'];
    const [yaml, json, plain] = await Promise.all([
      run(['train', 'pets', '--config', 'config.yaml', ...flags, '--out', 'from-yaml'], { cwd: folder }),
      run(['train', '--config', 'config.json', ...flags, '--out', 'from-json'], { cwd: folder }),
      run(
        ['train', 'pets', '--model', 'small.onnx', '--size', '24', '--epochs', '1', '--method', 'fc'].concat([
          '--no-augment',
          ...flags,
          '--out',
          'from-flags',
        ]),
        { cwd: folder },
      ),
    ]);
    for (const { code, stderr } of [yaml, json, plain])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const recorded = parseYaml(bytes('from-yaml/config.yaml').toString());
    expect(recorded).toMatchObject({ lr: 0.5, batch: 16, epochs: 1, augment: false, data: at('pets') });
    for (const other of ['from-json', 'from-flags']) {
      expect(parseYaml(bytes(other, 'config.yaml').toString())).toEqual(recorded);
      expect(bytes(other, 'adapter.safetensors').equals(bytes('from-yaml/adapter.safetensors'))).toBe(true);
    }
  });

  test('without --out, runs stand side by side under runs/', async () => {
    const args = [
      'train',
      '.',
      '--model',
      '../small.onnx',
      '--size',
      '24',
      '--epochs',
      '1',
      '--method',
      'head@0.01x1',
    ];
    const inside = await run(args, { cwd: at('pets') });
    expect(inside.code).toBe(1);
    expect(inside.stderr).toMatch(/would lie inside the data folder .*; choose another --out\n$/);

    const outside = args.with(1, '../pets/.');
    for (const expected of ['runs/pets-head_0.01x1', 'runs/pets-head_0.01x1-2']) {
      const { code, stdout } = await run(outside, { cwd: at('elsewhere') });
      expect(code).toBe(0);
      expect(stdout).toContain(`Report: ${expected}/report.html`);
      expect(existsSync(at('elsewhere', expected, 'report.html'))).toBe(true);
    }
  });
});
