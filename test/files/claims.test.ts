import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Claim, claim, isClaimed } from '../../src/files/claims.js';
import { readResults } from '../../src/study/results.js';

const root = path.resolve(import.meta.dirname, '../..');
const quick = { heartbeat: 0.05, stale: 0.4 };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'transfuse-claims-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function claimed(cell: string, options = quick): Promise<Claim> {
  const held = await claim(folder, cell, options);
  expect(held).not.toBe('busy');
  return held as Claim;
}

/** A claim of a process on another machine, as old as given. */
function foreignClaim(cell: string, number: number, ageSeconds: number): string {
  const file = path.join(folder, `${cell}~${number}`);
  writeFileSync(file, JSON.stringify({ host: 'elsewhere', pid: 1 }));
  const then = Date.now() / 1000 - ageSeconds;
  utimesSync(file, then, then);
  return file;
}

test('one at a time; given back, it is free again', async () => {
  const first = await claimed('cell');
  expect(await claim(folder, 'cell', quick)).toBe('busy');
  expect(await isClaimed(folder, 'cell', quick)).toBe(true);
  // A cell whose name begins alike is another.
  await (await claimed('cell~1')).end();
  await first.release();
  expect(await isClaimed(folder, 'cell', quick)).toBe(false);
  const second = await claimed('cell');
  expect(second.deaths).toBe(0);
  await second.end();
  expect(readdirSync(folder)).toEqual([]);
});

test('as long as its owner lives it stays, however long that takes', async () => {
  const held = await claimed('cell');
  await wait(3 * quick.stale * 1000);
  expect(await claim(folder, 'cell', quick)).toBe('busy');
  expect(held.lost.aborted).toBe(false);
  await held.end();
});

test('a claim from elsewhere counts until it has been silent for too long', async () => {
  foreignClaim('cell', 1, 0);
  expect(await claim(folder, 'cell', { heartbeat: 1, stale: 60 })).toBe('busy');
  foreignClaim('cell', 1, 100);
  const held = await claimed('cell', { heartbeat: 1, stale: 60 });
  expect(held.deaths).toBe(1);
  await held.release();
  const again = await claimed('cell');
  expect(again.deaths).toBe(0);
  await again.end();
});

test('an owner that was superseded learns of it', async () => {
  const held = await claimed('cell');
  foreignClaim('cell', 2, 0);
  expect(await held.holds()).toBe(false);
  await wait(300);
  expect(held.lost.aborted).toBe(true);
  await held.release();
  expect(await claim(folder, 'cell', { heartbeat: 1, stale: 60 })).toBe('busy');
});

test('of many that see a dead claim at once, one gets it', async () => {
  foreignClaim('cell', 1, 100);
  const all = await Promise.all(Array.from({ length: 20 }, () => claim(folder, 'cell', quick)));
  const held = all.filter((result) => result !== 'busy');
  expect(held.length).toBe(1);
  await held[0].end();
});

test('four processes, some killed at random moments: every cell is done exactly once', async () => {
  const cells = 40;
  const start = (): ChildProcess =>
    spawn(
      process.execPath,
      ['--import', './scripts/register-typescript.mjs', 'test/files/claim-worker.ts', folder, String(cells)],
      { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
    );
  const ended = (child: ChildProcess) =>
    new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  const workers = Array.from({ length: 4 }, start);
  const ends = workers.map(ended);
  // Two die with a cell in hand, when some but not all is done.
  for (const victim of workers.slice(0, 2)) {
    const mine = path.join(folder, `log-${victim.pid}`);
    while (!(readdirSync(folder).includes(path.basename(mine)) && /done/.test(readFileSync(mine, 'utf8')))) {
      await wait(5);
      if (victim.exitCode !== null) break;
    }
    victim.kill('SIGKILL');
  }
  const codes = await Promise.all(ends);
  expect(codes.slice(2)).toEqual([0, 0]);
  const lines = readdirSync(folder)
    .filter((name) => name.startsWith('log-'))
    .flatMap((name) => readFileSync(path.join(folder, name), 'utf8').trim().split('\n'));
  expect(lines.filter((line) => !line.startsWith('done'))).toEqual([]);
  const results = await readResults(folder);
  expect(new Set(results.map(({ cell }) => cell)).size).toBe(cells);
  // A worker may have been killed between the record and its log line.
  expect(lines.length).toBeLessThanOrEqual(cells);
  expect(lines.length).toBeGreaterThanOrEqual(cells - 2);
  expect(new Set(results.map(({ host }) => host)).size).toBeGreaterThan(1);
  const left = readdirSync(path.join(folder, 'claims')).filter((name) => !name.startsWith('.now'));
  expect(left.length).toBeLessThanOrEqual(2);
});
