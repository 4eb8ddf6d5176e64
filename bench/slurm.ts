/**
 * @file A study on a real Slurm cluster, made on this machine for the purpose: a node is killed and a task pre-empted in
 * the middle, and every cell must be done exactly once. Needs Linux, root, and Debian's packages slurm-wlm and munge.
 *
 *     node --import ./scripts/register-typescript.mjs bench/slurm.ts
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { readResults } from '../src/study/results.js';
import { openStudy } from '../src/study/study.js';
import { writeStudy } from '../test/study/example-study.js';
import { missingPrograms, SlurmCluster } from './slurm-cluster.js';

const missing = missingPrograms();
if (missing.length > 0 || process.getuid?.() !== 0) {
  const why = missing.length > 0 ? `not installed here: ${missing.join(', ')}` : 'it needs root';
  process.stdout.write(`Skipped: no Slurm cluster can be made (${why}).\n`);
  process.exit();
}

const root = path.resolve(import.meta.dirname, '..');
const folder = mkdtempSync(path.join(tmpdir(), 'transfuse-slurm-'));
const cluster = new SlurmCluster(folder, ['n1', 'n2', 'n3'], 17_400);
const say = (text: string) => process.stdout.write(`${text}\n`);

const file = await writeStudy(path.join(folder, 'study'), {
  methods: ['fc', 'fc-then-full', 'fc-then-bn', 'bn-and-fc'],
  repetitions: 3,
  settings: {
    size: 48,
    batch: 4,
    epochs: 40,
    patience: 40,
    val: 0.25,
    test: 0.25,
    threads: 1,
    'checkpoint-every': 1,
  },
});
const out = path.join(folder, 'out');
const study = await openStudy(file, { out });
let ok = false;
try {
  await cluster.start();
  say(`Cluster: ${cluster.nodes.length} nodes, one task each`);
  const main = path.join(root, 'src/cli/main.ts');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '--import',
      path.join(root, 'scripts/register-typescript.mjs'),
      main,
      ...['study', 'run', file, '--out', out, '--engine', 'slurm'],
      ...['--partition', 'spare', '--time', '30:00', '--memory', '300M', '--limit', '3', '--sbatch=--nice=5'],
    ],
    { env: cluster.env, cwd: root },
  );
  say(stdout.trim());

  let victim: Task | undefined;
  await until('a task is in the middle of its cell', async () => (victim = underWay()[0]) !== undefined);
  say(
    `Killing ${victim!.node} in the middle of ${victim!.cell}: ${cluster.killNode(victim!.node)} processes`,
  );
  let preempted: Task | undefined;
  await until('another one is', async () => {
    preempted = underWay().find(({ node }) => node !== victim!.node);
    return preempted !== undefined;
  });
  cluster.run('scontrol', ['requeue', preempted!.id]);
  say(`Sent ${preempted!.cell} back to the queue, as pre-emption does`);
  await until('Slurm has noticed that the node is gone', async () => /down/i.test(stateOf(victim!.node)));
  say(`${victim!.node} is ${stateOf(victim!.node)}; it comes back`);
  cluster.startNode(victim!.node);
  await until('the queue is empty', async () => cluster.run('squeue', ['-h']) === '');

  const results = await readResults(out);
  const logs = logLines(path.join(out, 'slurm'));
  const done = logs.filter((line) => /: test AUC /.test(line)).map((line) => line.split(':')[0]);
  const counts = study.cells.map(({ id }) => done.filter((name) => name === id).length);
  say(
    `${results.length} of ${study.cells.length} cells have a result; finished ${counts.join(' ')} times each`,
  );
  for (const task of [victim!, preempted!]) {
    const begun = logs.filter((line) => line === `${task.cell} …`).length;
    say(`${task.cell} was begun ${begun} times`);
  }
  const left = readdirSync(path.join(out, 'claims')).filter((name) => !name.startsWith('.'));
  ok = results.length === study.cells.length && counts.every((count) => count === 1) && left.length === 0;
  say(ok ? 'Every cell was done exactly once.' : `FAILED; everything is in ${folder}`);
} finally {
  cluster.stop();
  if (ok) rmSync(folder, { recursive: true, force: true });
}
process.exit(ok ? 0 : 1);

interface Task {
  /** As Slurm names it. */
  readonly id: string;
  readonly node: string;
  readonly cell: string;
}

/** The tasks that run and have kept a checkpoint since. */
function underWay(): Task[] {
  const [list] = readdirSync(path.join(out, 'slurm'));
  const cells = readFileSync(path.join(out, 'slurm', list, 'cells.txt'), 'utf8').split('\n');
  const lines = cluster.run('squeue', ['-h', '-t', 'running', '-o', '%i %K %N']).split('\n').filter(Boolean);
  return lines
    .map((line) => line.split(' '))
    .map(([id, index, node]) => ({ id, node, cell: cells[Number(index)] }))
    .filter(({ cell }) => existsSync(path.join(out, 'runs', cell, 'checkpoint.safetensors')));
}

function stateOf(node: string): string {
  return cluster.run('sinfo', ['-h', '-n', node, '-o', '%T']);
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let seconds = 0; seconds < 900; seconds++) {
    if (await holds()) return;
    if (seconds % 60 === 59)
      say(
        `… waiting until ${what}: ${(await readResults(out)).length} done, queue ${cluster.run('squeue', ['-h', '-o', '%i:%T:%N:%r']).replaceAll('\n', ' ')}`,
      );
    await wait(1000);
  }
  throw new Error(`in vain: waiting until ${what}; everything is in ${folder}`);
}

function logLines(below: string): string[] {
  return readdirSync(below, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.log'))
    .flatMap((name) => readFileSync(path.join(below, name), 'utf8').trim().split('\n'));
}
