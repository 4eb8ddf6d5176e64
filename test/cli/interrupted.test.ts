import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { folderForTests, smallOnnx, writeImages } from '../runs/example-run.js';
import { compiledTransfuse } from './transfuse.js';

const { run, start } = compiledTransfuse();
const folder = folderForTests();
const at = (...parts: string[]): string => path.join(folder, ...parts);

beforeAll(async () => {
  writeFileSync(at('small.onnx'), smallOnnx());
  await writeImages(at('pets'));
  await writeLargeImages();
});

describe.skipIf(process.platform === 'win32')('Ctrl-C', () => {
  const inFolder = { cwd: folder };
  const options = [
    'pets',
    '--model',
    'small.onnx',
    '--size',
    '64',
    '--batch',
    '4',
    '--epochs',
    '30',
    '--patience',
    '30',
  ];

  test('stops at the next step; --resume ends as if nothing had been', async () => {
    const { child, outcome, says } = start(['train', ...options, '--out', 'stopped'], inFolder);
    await says('\nbn           2');
    child.kill('SIGINT');
    const stopped = await outcome;
    expect(stopped).toMatchObject({ code: 130, signal: null, stderr: '' });
    expect(stopped.stdout).toContain('Stopping after this step; once more ends at once');
    expect(stopped.stdout).toContain('Stopped. To go on: transfuse train --resume --out stopped');
    expect(existsSync(at('stopped', 'checkpoint.safetensors'))).toBe(true);
    expect(existsSync(at('stopped', 'adapter.safetensors'))).toBe(false);

    const [resumed] = await Promise.all([
      run(['train', '--resume', '--out', 'stopped'], inFolder),
      run(['train', ...options, '--out', 'whole'], inFolder),
    ]);
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    expect(resumed.stdout).not.toMatch(/^bn +1 /m);
    for (const file of ['adapter.safetensors', 'metrics.json', 'predictions-validation.csv']) {
      expect(readFileSync(at('stopped', file)).equals(readFileSync(at('whole', file))), file).toBe(true);
    }
  });

  test('the second ends at once, in the middle of a step', async () => {
    // Steps of a second or so.
    const slow = [
      '--model',
      'small.onnx',
      '--size',
      '1500',
      '--batch',
      '14',
      '--epochs',
      '30',
      '--threads',
      '1',
    ];
    const { child, outcome, says } = start(['train', 'pets', ...slow, '--out', 'slow'], inFolder);
    await says('\nhead         1');
    await wait(200);
    child.kill('SIGINT');
    await says('Stopping');
    child.kill('SIGINT');
    expect(await outcome).toMatchObject({ code: null, signal: 'SIGINT', stderr: '' });
    expect(existsSync(at('slow', 'checkpoint.safetensors'))).toBe(true);
  });

  test.each([
    ['evaluate', 'SIGINT', 130],
    ['predict', 'SIGTERM', 143],
  ] as const)('%s ends silently', async (command, name, status) => {
    const { child, outcome } = start([command, 'whole', 'large'], inFolder);
    await wait(1500);
    child.kill(name);
    const { code, signal, stdout, stderr } = await outcome;
    // Before the command listens, the system ends it; then it ends itself.
    expect(signal === name || code === status).toBe(true);
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
  });
});

/** Images that take a while to read: 12 million pixels each, but of one colour. */
async function writeLargeImages(): Promise<void> {
  const create = { width: 4000, height: 3000, channels: 3, background: 'teal' } as const;
  const png = await sharp({ create }).png().toBuffer();
  for (const name of ['cat', 'dog']) {
    mkdirSync(at('large', name), { recursive: true });
    for (let i = 0; i < 60; i++) writeFileSync(at('large', name, `${i}.png`), png);
  }
}
