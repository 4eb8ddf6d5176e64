/** @file `transfuse study` as users have it. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { folderForTests } from '../runs/example-run.js';
import { writeStudy } from '../study/example-study.js';
import { compiledTransfuse } from './transfuse.js';

const { run, start } = compiledTransfuse();
const folder = folderForTests();
const at = (...parts: string[]): string => path.join(folder, ...parts);
const here = { cwd: folder };

/** The one line on stderr that says what is wrong. */
async function refused(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(['study', ...args], here);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^transfuse: .+\n$/);
  return stderr;
}

beforeAll(async () => {
  await writeStudy(folder, {
    datasets: { malaria: 'pets' },
    methods: ['fc', 'fc-then-full', 'scale-only'],
    repetitions: 2,
  });
});

test('two processes share a study; status, tables, figures and tests of what they found', async () => {
  const both = [start(['study', 'run', 'study.yaml'], here), start(['study', 'run', 'study.yaml'], here)];
  const [a, b] = await Promise.all(both.map(({ outcome }) => outcome));
  expect([a, b].map(({ code, stderr }) => ({ code, stderr }))).toEqual([
    { code: 0, stderr: '' },
    { code: 0, stderr: '' },
  ]);
  const done = `${a.stdout}${b.stdout}`.split('\n').filter((line) => / test AUC /.test(line));
  expect(done.map((line) => line.split(':')[0]).sort()).toEqual([
    'malaria~small~fc-then-full~1',
    'malaria~small~fc-then-full~2',
    'malaria~small~fc~1',
    'malaria~small~fc~2',
    'malaria~small~scale-only~1',
    'malaria~small~scale-only~2',
  ]);
  expect(a.stdout).toContain('malaria · small  ●●  ●●            ●●');
  expect(a.stdout).toMatch(/^6 of 6 done$/m);
  expect(readFileSync(at('studies/quick/results.jsonl'), 'utf8').trim().split('\n').length).toBe(6);
  expect(readFileSync(at('studies/quick/results.csv'), 'utf8').trim().split('\n').length).toBe(7);

  const again = await run(['study', 'run', 'study.yaml'], here);
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(again.stdout).not.toContain('test AUC');

  const status = await run(['study', 'status', 'studies/quick', '--json'], here);
  expect(JSON.parse(status.stdout).counts).toEqual({ done: 6, running: 0, failed: 0, open: 0 });

  const table = await run(['study', 'table', 'studies/quick'], here);
  expect(table.stdout).toContain('| data set | network | FC | FC-then-full | scale-only |');
  expect(table.stdout).toMatch(/\| Malaria \| small \| 0\.\d+ ± 0\.\d+ \(0\.965 ± 0\.008†, −0\.\d+, below\)/);
  expect(table.stdout).toContain('### Convergence');
  const csv = await run(
    ['study', 'table', 'studies/quick', '--table', 'auc', '--format', 'csv', '--to', 'a.csv'],
    here,
  );
  expect(csv.stdout).toBe('a.csv\n');
  expect(readFileSync(at('a.csv'), 'utf8').trim().split('\n').length).toBe(1 + 3);

  const part = ['--table', 'auc', '--methods', 'scale-only', 'fc'];
  const chosen = await run(['study', 'table', 'studies/quick', ...part], here);
  expect(chosen.stdout).toContain('| data set | network | scale-only | FC |');

  const compare = await run(['study', 'compare', 'studies/quick', 'fc', 'scale-only'], here);
  expect(compare.stdout).toContain('FC against scale-only');
  expect(compare.stdout).toMatch(/\| Malaria \| small \| 2 \| [−+]0\.\d{4} \|/);

  await run(['study', 'figure', 'studies/quick', '--to', 'figures'], here);
  expect(readdirSync(at('figures')).sort()).toEqual([
    'auc-malaria.svg',
    'convergence-malaria-small-flops.svg',
    'convergence-malaria-small.svg',
  ]);
  const page = await run(['study', 'figure', 'studies/quick', '--to', 'page.html'], here);
  expect(page).toMatchObject({ code: 0, stdout: 'page.html\n' });
  expect(readFileSync(at('page.html'), 'utf8')).toContain('6 of 6 cells are done');
}, 600_000);

test('killed in the middle of a cell, the next call takes it over and goes on', async () => {
  const content = readFileSync(at('study.yaml'), 'utf8').replace('epochs: 1', 'epochs: 200\n  patience: 200');
  writeFileSync(at('long.yaml'), content.replace('name: quick', 'name: long'));
  const only = ['study', 'run', 'long.yaml', '--only', '~fc~1'];
  const victim = start(only, here);
  const kept = ['checkpoint.safetensors', 'history.jsonl'].map((name) =>
    at(`studies/long/runs/malaria~small~fc~1/${name}`),
  );
  while (!kept.every(existsSync) && victim.child.exitCode === null) await wait(20);
  victim.child.kill('SIGKILL');
  expect(await victim.outcome).toMatchObject({ signal: 'SIGKILL' });
  const status = await run(['study', 'status', 'studies/long', '--json'], here);
  expect(JSON.parse(status.stdout).counts).toMatchObject({ done: 0, running: 0, open: 6 });
  const epochs = epochsKept(kept[1]);
  const successor = start(only, here);
  expect(await successor.outcome).toMatchObject({ code: 0, stderr: '' });
  const [result] = readFileSync(at('studies/long/results.jsonl'), 'utf8').trim().split('\n');
  const { history } = JSON.parse(result);
  expect(history.length).toBe(100);
  expect(history.slice(0, epochs.length).map(({ seconds }: { seconds: number }) => seconds)).toEqual(epochs);
});

/** The seconds that each epoch took tell that it was not trained again. */
function epochsKept(file: string): number[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line).seconds);
}

test('the published study: what would run, with time and disk, and its figures before any of ours', async () => {
  const { code, stdout, stderr } = await run(['study', 'run', 'paper', '--dry-run'], here);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(
    /^9 data sets × 4 networks × 10 methods × 3 repetitions = 1080 cells; about [\d.]+ days for one process, [\d.]+ GB on disk\.$/m,
  );
  expect(stdout).toMatch(/^oct_small +inceptionv3 +165x341 +32 +30 +[\d.]+ (h|days) +[\d.]+ (MB|GB)$/m);
  expect(stdout).toContain('Not found yet: chexpert in ');
  expect(existsSync(at('studies/paper'))).toBe(false);
  const table = await run(['study', 'table', 'paper', '--table', 'auc'], here);
  expect(table.stdout).toContain('| Malaria | DenseNet121 | – (0.966 ± 0.002) | – (0.994 ± 0.000) |');
});

test('what is wrong is said in one line', async () => {
  writeFileSync(
    at('misspelt.yaml'),
    readFileSync(at('study.yaml'), 'utf8').replace('repetitions', 'repetition'),
  );
  expect(await refused('run', 'misspelt.yaml')).toBe(
    'transfuse: misspelt.yaml: repetition is not a key; did you mean repetitions?\n',
  );
  expect(await refused('run', 'nothing.yaml')).toContain(
    'nothing.yaml does not exist; it should be a study file',
  );
  expect(await refused('status', 'pets')).toContain('pets holds no study: it has no study.yaml');
  expect(await refused('run', 'study.yaml', '--only', 'mnist')).toContain('--only mnist fits no cell');
  expect(await refused('run', 'study.yaml', '--data', 'x')).toContain('--data is for the study paper');
  expect(await refused('table', 'study.yaml', '--format', 'csv')).toContain(
    '--format csv needs --table, one of auc',
  );
  expect(await refused('compare', 'study.yaml', 'fc', 'fc-then-ful')).toContain('did you mean fc-then-full?');
  expect(await refused('table', 'study.yaml', '--networks', 'smal')).toContain(
    '--networks smal: this study has none of that name; did you mean small?',
  );
  expect(await refused('compare', 'study.yaml', 'fc')).toContain('takes two methods or none, not 1');
  expect(await refused('run', 'study.yaml', '--engine', 'kubernetes')).toContain('needs --image');
  expect(
    await refused(
      'run',
      'study.yaml',
      '--engine',
      'kubernetes',
      '--image',
      'a',
      '--volume',
      'b',
      '--mount',
      '/mnt',
    ),
  ).toContain('does not lie below --mount /mnt');
});

test('a cell that fails is told, and the exit status says so', async () => {
  const content = readFileSync(at('study.yaml'), 'utf8').replace('small.onnx', './study.yaml');
  writeFileSync(at('failing.yaml'), content.replace('name: quick', 'name: failing'));
  const { code, stdout, stderr } = await run(['study', 'run', 'failing.yaml', '--only', '~fc~1'], here);
  expect({ code, stderr }).toMatchObject({ code: 1 });
  expect(stdout).toMatch(/^malaria~study~fc~1 failed: .*study\.yaml/m);
  expect(stderr).toMatch(
    /^transfuse: 1 cell failed; transfuse study status .* says why, and running again tries again\n$/,
  );
  const status = await run(['study', 'status', 'failing.yaml'], here);
  expect(status.stdout).toContain('Failed: malaria~study~fc~1: ');
});

test('engines: a manifest for Kubernetes; Slurm says what it lacks', async () => {
  const { code, stdout } = await run(
    [
      'study',
      'run',
      'study.yaml',
      '--out',
      'cluster',
      '--engine',
      'kubernetes',
      '--image',
      'transfuse:1',
      '--volume',
      'shared',
    ],
    here,
  );
  expect(code).toBe(0);
  expect(stdout).toContain('6 cells in ');
  const file = /kubectl apply -f (.+)$/m.exec(stdout)![1];
  const job = parse(readFileSync(file, 'utf8'));
  expect(job.spec.completions).toBe(6);
  const list = job.spec.template.spec.containers[0].command.at(-1);
  expect(readFileSync(list, 'utf8').trim().split('\n').length).toBe(6);
  // What a pod would run.
  const one = await run(['study', 'run', 'cluster', '--list', list, '--index', '2'], here);
  expect(one).toMatchObject({ code: 0, stderr: '' });
  expect(readdirSync(at('cluster/results'))).toEqual(['malaria~small~scale-only~1.json']);

  const slurm = await run(['study', 'run', 'study.yaml', '--engine', 'slurm'], {
    ...here,
    env: { PATH: '/nowhere' },
  });
  expect(slurm.code).toBe(1);
  expect(slurm.stderr).toContain('there is no scontrol here; --engine slurm must be used on a machine');
});

test.each(['run', 'status', 'table', 'figure', 'compare'])('study %s --help teaches', async (name) => {
  const { code, stdout, stderr } = await run(['study', name, '--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(`Usage: transfuse study ${name}`);
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(112);
});
