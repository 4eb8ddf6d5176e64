import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { compiledTransfuse } from './transfuse.js';

const { run, home } = compiledTransfuse();

/** Words that the help of each command must not lack. */
const taught: Record<string, string[]> = {
  train: ['--model', '--method', '--size', '--group-by', '--resume', '--config', 'fc-then-bn', 'Examples:'],
  evaluate: ['<run>', '<data>', '--split', '--json', 'Examples:'],
  predict: ['<images...>', '--csv', 'Examples:'],
  models: ['fetch', '--json', 'Examples:'],
  inspect: ['<path>', '--json'],
  export: ['--to', '--input', 'Example:'],
  demo: ['--out'],
};

test('--help lists every command, with examples, and loads next to nothing for it', async () => {
  const coverage = mkdtempSync(path.join(tmpdir(), 'transfuse-help-'));
  try {
    const { code, stdout, stderr } = await run(['--help'], { env: { NODE_V8_COVERAGE: coverage } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const name of Object.keys(taught)) expect(stdout).toMatch(new RegExp(`^ {2}${name} +\\w`, 'm'));
    expect(stdout).toContain('Examples:');

    // Start-up time is what is loaded: 0.2 s allow for commander and a handful of files.
    const [file] = readdirSync(coverage);
    const { result } = JSON.parse(readFileSync(path.join(coverage, file), 'utf8')) as {
      result: { url: string }[];
    };
    const loaded = result
      .filter(({ url }) => url.startsWith('file:'))
      .map(({ url }) => path.relative(home(), fileURLToPath(url)).split(path.sep).join('/'));
    const own = loaded.filter((name) => name.startsWith('dist/'));
    const libraries = loaded.filter((name) => !name.startsWith('dist/'));
    expect(own.sort()).toEqual([
      'dist/cli/failure.js',
      'dist/cli/main.js',
      'dist/errors.js',
      'dist/files/atomic.js',
      'dist/version.js',
    ]);
    for (const library of libraries) expect(library).toContain('/commander/');
  } finally {
    rmSync(coverage, { recursive: true, force: true });
  }
});

test.each(Object.entries(taught))('%s --help teaches', async (name, words) => {
  const { code, stdout, stderr } = await run([name, '--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(`Usage: transfuse ${name}`);
  for (const word of words) expect(stdout).toContain(word);
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(112);
});

test('help COMMAND is COMMAND --help', async () => {
  const [help, flag] = await Promise.all([run(['help', 'predict']), run(['predict', '--help'])]);
  expect(help).toEqual(flag);
});
