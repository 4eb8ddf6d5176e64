/** @file Folders, made with all that is missing above them. */
import type { Stats } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { cannotWrite } from './atomic.js';

/**
 * Makes a folder and those above it, unless they are there. (Node's own recursive mkdir never ends where the system
 * says that a folder does not exist although it does, as below /proc.)
 * @throws TransfuseError `cannot-write`
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await make(path.resolve(folder));
  } catch (error) {
    throw cannotWrite(folder, error);
  }
}

async function make(folder: string): Promise<void> {
  const parent = path.dirname(folder);
  if (!(await find(parent))) await make(parent);
  try {
    await mkdir(folder);
  } catch (error) {
    if (!(await find(folder))?.isDirectory()) throw error;
  }
}

function find(file: string): Promise<Stats | undefined> {
  return stat(file).catch(() => undefined);
}
