/** @file Killed at random moments, again and again, every run ends with the same bits as one that was left alone. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { Random } from '../../src/random.js';
import { folderForTests, smallOnnx, writeImages } from '../runs/example-run.js';
import { compiledTransfuse, type Running } from './transfuse.js';

const { start } = compiledTransfuse();
const folder = folderForTests();
const at = (...parts: string[]): string => path.join(folder, ...parts);

const KILLS = 20;
const MINUTES = 60_000;

// A checkpoint after every step, so that writing one is what is often interrupted.
const options = [
  '--model',
  'small.onnx',
  '--size',
  '24',
  '--batch',
  '8',
  '--epochs',
  '3',
  '--checkpoint-every',
  '0',
];
/** Said when what will train is known, right before it does. */
const TRAINING = '\nPhase 1 of 2';
/** Begins the run, or goes on with it. */
const command = (out: string): string[] => ['train', 'pets', ...options, '--resume', '--out', out];

const kept = [
  'adapter.safetensors',
  'metrics.json',
  'predictions-test.csv',
  'predictions-validation.csv',
  'split.csv',
];

beforeAll(async () => {
  writeFileSync(at('small.onnx'), smallOnnx());
  await writeImages(at('pets'));
});

test(
  `SIGKILL at ${KILLS} random moments`,
  async () => {
    const began = performance.now();
    const reference = start(command('whole'), { cwd: folder });
    await reference.says(TRAINING);
    const untilTraining = performance.now() - began;
    expect(await reference.outcome).toMatchObject({ code: 0 });
    const duration = performance.now() - began;

    const random = new Random(20);
    const found = new Set<string>();
    for (let n = 1, kills = 0; kills < KILLS; n++) {
      const out = `killed-${n}`;
      let wasKilled = false;
      while (!isThere(out, 'report.html')) {
        const running = start(command(out), { cwd: folder });
        // Every other moment lies in the training, which is the shorter part of so small a run.
        const inTraining = kills % 2 === 1;
        const moment = random.between(0, inTraining ? duration - untilTraining : duration);
        const kill = kills < KILLS;
        if (kill) await killAfter(moment, running, inTraining);
        const { code, signal, stderr } = await running.outcome;
        expect(kill ? signal === 'SIGKILL' || code === 0 : code === 0, stderr).toBe(true);
        wasKilled = signal === 'SIGKILL';
        if (!wasKilled) continue;
        kills++;
        found.add(isThere(out) ? readdirSync(at(out)).join(' ') : 'nothing');
      }
      // Killed after its last file was written and before its claim of the folder ended, it leaves that.
      expect(filesOf(out, wasKilled)).toEqual(filesOf('whole'));
      for (const name of kept) {
        expect(readFileSync(at(out, name)).equals(readFileSync(at('whole', name))), `${out}/${name}`).toBe(
          true,
        );
      }
    }
    // The moments were of different kinds.
    expect(found.size).toBeGreaterThan(2);
  },
  15 * MINUTES,
);

const isThere = (...parts: string[]): boolean => existsSync(at(...parts));
const filesOf = (out: string, wasKilled = false): string[] =>
  readdirSync(at(out)).filter((name) => !name.endsWith('.part') && !(wasKilled && name.startsWith('.lock')));

/** Kills a process some time after its start, or after its training has begun, unless it ends before. */
async function killAfter(
  milliseconds: number,
  { child, outcome, says }: Running,
  inTraining: boolean,
): Promise<void> {
  if (inTraining) await Promise.race([says(TRAINING).catch(() => {}), outcome]);
  const timer = new AbortController();
  await Promise.race([wait(milliseconds, undefined, timer), outcome]);
  timer.abort();
  child.kill('SIGKILL');
}
