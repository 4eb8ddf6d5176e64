/** @file A whole run on DICOM files: trained, evaluated, predicted, exported; and nobody's name is anywhere after it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeAdapter } from '../../src/adapter/adapter.js';
import type { Metrics } from '../../src/metrics/index.js';
import { Random } from '../../src/random.js';
import { writeFiles } from '../data/temporary.js';
import { dicomPicture, element } from '../data/write-dicom.js';
import { smallOnnx } from '../runs/example-run.js';
import { compiledTransfuse } from './transfuse.js';

const transfuse = compiledTransfuse();
const folder = mkdtempSync(path.join(tmpdir(), 'transfuse-dicom-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (...parts: string[]) => path.join(folder, ...parts);

/** What identifies people in the files below, in all of them. */
const planted = [
  'PLANTEDNAME',
  'PLANTEDID',
  'PLANTEDACCESSION',
  'PLANTEDDOCTOR',
  'PLANTEDCOMMENT',
  '19321123',
  '1.2.840.99999.7',
];

const whole = (random: Random, grey: number) =>
  Uint8Array.from({ length: 2 * 24 * 24 }, () => random.integer(0, 90) + grey);

/** Two frames of a patient, darker or lighter. */
function scan(random: Random, patient: number, grey: number, pixels = whole(random, grey)): Buffer {
  return dicomPicture({
    rows: 24,
    columns: 24,
    frames: 2,
    before: [
      element('0008,0050', 'SH', `PLANTEDACCESSION${patient}`),
      element('0008,0090', 'PN', 'PLANTEDDOCTOR^A'),
      element('0010,0010', 'PN', `PLANTEDNAME^${patient}`),
      element('0010,0020', 'LO', `PLANTEDID-${patient}`),
      element('0010,0030', 'DA', '19321123'),
      element('0010,4000', 'LT', 'PLANTEDCOMMENT'),
      element('0020,000d', 'UI', `1.2.840.99999.7.${patient}`),
    ],
    after: [element('0028,1050', 'DS', '128'), element('0028,1051', 'DS', '256')],
    pixels,
  });
}

beforeAll(() => {
  const random = new Random(5);
  const files: Record<string, Buffer> = {};
  for (let patient = 0; patient < 12; patient++) {
    for (const [name, grey] of [
      ['well', 20],
      ['ill', 130],
    ] as const) {
      files[`scans/${name}/IM${patient}`] = scan(random, patient, grey);
      files[`outside/${name}/IM${patient}`] = scan(random, 100 + patient, grey);
    }
  }
  files['scans/well/IM99'] = scan(random, 99, 20, new Uint8Array(700)); // cut short, and so named
  writeFiles(folder, files);
  writeFileSync(at('small.onnx'), smallOnnx());
});

/** All that lies below a folder, names included. */
function everything(below: string): string {
  const names = readdirSync(below, { recursive: true, encoding: 'utf8' });
  const bytes = names
    .map((name) => path.join(below, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, 'latin1'));
  return [...names, ...bytes].join('\n');
}

test('a run on scans leaves and says no name', async () => {
  const said: string[] = [];
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await transfuse.run(args);
    said.push(stdout, stderr);
    expect(code, stderr).toBe(0);
  };
  const out = at('out/run');
  const options = [
    '--model',
    at('small.onnx'),
    '--size',
    '24',
    '--epochs',
    '1',
    '--batch',
    '8',
    '--method',
    'fc',
  ];
  const dicom = [
    '--group-by',
    'dicom:PatientID',
    '--frames',
    'all',
    '--window',
    '100/250',
    '--max-unreadable',
    '2',
  ];
  await run('train', at('scans'), ...options, ...dicom, '--out', out);
  await run('evaluate', out, at('outside'), '--out', at('out/evaluation'));
  // The run's own groups, without being asked for.
  expect(said.at(-2)).toContain('Intervals take 12 groups (patients), not images, for independent.');
  const measured = JSON.parse(readFileSync(at('out/evaluation/metrics.json'), 'utf8')) as Metrics;
  expect(measured.uncertainty).toMatchObject({ unit: 'group', units: 12 });
  expect(measured.n).toBe(48);
  await run('evaluate', out, at('outside'), '--group-by', 'dicom:StudyInstanceUID', '--json');
  expect(JSON.parse(said.at(-2)!).uncertainty).toMatchObject({ unit: 'group', units: 12 });
  await run('predict', out, at('outside/ill'), at('scans/well/IM99'), '--csv', at('out/predicted.csv'));
  await run('export', out, '--to', at('out/model.onnx'));
  const refused = await transfuse.run(['train', at('scans'), ...options, '--group-by', 'dicom:PatientName']);
  expect(refused.code).not.toBe(0);
  said.push(refused.stdout, refused.stderr);

  // What the run shows to have been done.
  const split = readFileSync(path.join(out, 'split.csv'), 'utf8').trim().split('\n');
  expect(split.length).toBe(1 + 2 * 24 + 1);
  expect(split[1]).toMatch(/^ill\/IM0#000000,\w+,ill,PatientID-1$/);
  expect(new Set(split.slice(1).map((line) => line.split(',').at(-1))).size).toBe(13);
  const adapter = decodeAdapter(readFileSync(path.join(out, 'adapter.safetensors')), 'adapter');
  expect(adapter.dicom).toEqual({ window: '100/250', frames: 'all' });
  const report = readFileSync(path.join(out, 'report.html'), 'utf8');
  expect(report).toContain('scans/well/IM99: its pixels are cut short');
  expect(readFileSync(at('out/predicted.csv'), 'utf8')).toContain('outside/ill/IM11#000001,');
  expect(said.join()).toContain('scans/well/IM99: its pixels are cut short: 700 of 1152 bytes');

  // Pictures within the report are text only once decoded.
  const pictures = [...report.matchAll(/base64,([\w+/=]+)/g)].map(([, text]) => Buffer.from(text, 'base64'));
  expect(pictures.length).toBeGreaterThan(0);
  const left = [everything(at('out')), ...pictures.map((bytes) => bytes.toString('latin1')), ...said].join(
    '\n',
  );
  for (const name of planted) expect(left.includes(name), name).toBe(false);
});
