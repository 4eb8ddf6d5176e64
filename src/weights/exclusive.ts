/** @file One process at a time does something, and others wait for it. */
import { open, readFile, rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { cannotWrite, isAlive } from '../files/atomic.js';

const LOOK_AGAIN_MS = 300;

/**
 * Does `work` while a lock file names this process. A lock whose process has ended is taken over.
 * @throws TransfuseError `cannot-write`
 */
export async function exclusively<Result>(
  lock: string,
  work: () => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  while (!(await taken(lock))) {
    signal?.throwIfAborted();
    await wait(LOOK_AGAIN_MS);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function taken(lock: string): Promise<boolean> {
  try {
    const file = await open(lock, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw cannotWrite(lock, error);
    const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
    // It is empty for a moment while it is made.
    if (owner > 0 && !isAlive(owner)) await rm(lock, { force: true });
    return false;
  }
}
