/** @file How a benchmark starts and ends: errors in one line, and nothing left behind, whichever way it ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Runs a benchmark; what the user got wrong, or an engine's end, becomes one line. */
export async function main(run: () => Promise<void>): Promise<void> {
  process.setMaxListeners(0); // every engine ends with this process
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', () => process.exit());
  try {
    await run();
  } catch (error) {
    console.error(`error: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}

/** A new folder that goes away with this process. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'transfuse-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Node as the command line starts itself: see src/cli/main.ts. */
export const node = [
  'env',
  'GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.trim_threshold=131072',
  process.execPath,
] as const;

/** What engines start with: an allocator that a shell happens to be set up for would be a gift or a handicap to some. */
export const environment = { ...process.env, GLIBC_TUNABLES: undefined };
