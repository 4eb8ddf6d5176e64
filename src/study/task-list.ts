/** @file What engines share: the cells that are left as a list, one line per task, and the command that runs one. */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { TransfuseError } from '../errors.js';
import { writeFileAtomic } from '../files/atomic.js';
import { makeFolder } from '../files/make-folder.js';
import type { Cell } from './cells.js';
import { readResults } from './results.js';
import { beginStudy, type Study } from './study.js';

export interface TaskList {
  /** Where the engine's files go. */
  readonly folder: string;
  /** One cell a line; a task's index is its line, from 0. */
  readonly file: string;
  readonly tasks: number;
}

/**
 * Begins the study and lists what is left of the cells in `<study>/<engine>/cells.txt`. Earlier lists stay, for tasks
 * that still go by them.
 */
export async function writeTaskList(study: Study, cells: readonly Cell[], engine: string): Promise<TaskList> {
  await beginStudy(study);
  const done = new Set((await readResults(study.folder)).map(({ cell }) => cell));
  const left = cells.filter(({ id }) => !done.has(id));
  const folder = path.join(study.folder, engine, new Date().toISOString().replaceAll(/[:.]/g, '-'));
  await makeFolder(folder);
  const file = path.join(folder, 'cells.txt');
  await writeFileAtomic(file, left.map(({ id }) => `${id}\n`).join(''));
  return { folder, file, tasks: left.length };
}

/** The command line that runs this very program. */
export function thisProgram(): string[] {
  return [process.execPath, ...process.execArgv, realpathSync(process.argv[1])];
}

/** A flag's whole number from 1, or undefined. */
export function countFlag(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const count = Number(value);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new TransfuseError('bad-option', `--${name} is ${value}; it must be a whole number from 1`);
}

/** A word for the shell, as it is. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
