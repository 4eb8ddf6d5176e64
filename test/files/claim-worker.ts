/** @file A process that claims cells and works on each for a moment: node claim-worker.ts FOLDER CELLS */
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { claim } from '../../src/files/claims.js';
import { type CellResult, readResult, recordResult } from '../../src/study/results.js';

const [folder, count] = process.argv.slice(2);
const cells = Array.from({ length: Number(count) }, (_, i) => `a~b~c~${i + 1}`);
const log = (line: string): void => appendFileSync(path.join(folder, `log-${process.pid}`), `${line}\n`);
const claims = path.join(folder, 'claims');
for (const name of ['claims', 'results', 'working']) mkdirSync(path.join(folder, name), { recursive: true });

for (let left = cells; left.length > 0; ) {
  const still: string[] = [];
  for (const cell of left) {
    if (await readResult(folder, cell)) continue;
    const held = await claim(claims, cell, { heartbeat: 0.2, stale: 30 });
    if (held === 'busy') still.push(cell);
    else if (await readResult(folder, cell)) await held.end();
    else await work(cell, held);
  }
  left = still;
  await wait(20);
}

async function work(cell: string, held: Exclude<Awaited<ReturnType<typeof claim>>, 'busy'>): Promise<void> {
  const marker = path.join(folder, 'working', cell);
  try {
    writeFileSync(marker, String(process.pid), { flag: 'wx' });
  } catch {
    const other = Number(readFileSync(marker, 'utf8'));
    if (isAlive(other)) log(`overlap ${cell} ${other}`);
    writeFileSync(marker, String(process.pid));
  }
  await wait(15);
  if (!(await held.holds())) return log(`lost ${cell}`);
  const isFirst = await recordResult(folder, { cell, host: String(process.pid) } as CellResult);
  log(`${isFirst ? 'done' : 'again'} ${cell}`);
  rmSync(marker);
  await held.end();
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
