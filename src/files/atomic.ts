/** @file Files that are either the old ones or the new ones, never half of one. */
import { open, readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { TransfuseError } from '../errors.js';

/**
 * Replaces a file by writing beside it, flushing to disk, and renaming. A symbolic link stays, and its target is
 * replaced; what is no regular file (a pipe, `/dev/stdout`) is written to as it is.
 * @throws TransfuseError `cannot-write` with the reason (disk full, no permission, read-only)
 */
export async function writeFileAtomic(file: string, content: Uint8Array | string): Promise<void> {
  try {
    if (await isSpecial(file)) return await writeFile(file, content);
    await replace(await realpath(file).catch(() => file), content);
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

/**
 * Finds out whether a file could be written, before hours of work depend on it.
 * @throws TransfuseError `cannot-write`
 */
export async function ensureWritable(file: string): Promise<void> {
  try {
    if (await isSpecial(file)) return;
    if ((await stat(file).catch(() => undefined))?.isDirectory()) {
      throw Object.assign(new Error(), { code: 'EISDIR' });
    }
    const temporary = temporaryName(await realpath(file).catch(() => file));
    await (await open(temporary, 'w')).close();
    await rm(temporary);
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

/** Removes what processes that were killed while they wrote have left in a folder. */
export async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const writer = TEMPORARY.exec(name)?.[1];
    if (writer && !isAlive(Number(writer))) await rm(path.join(folder, name), { force: true });
  }
}

/** The error for a path that the file system would not let us write. */
export function cannotWrite(file: string, cause: unknown): TransfuseError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const reason = reasons[code] ?? (cause as Error).message;
  return new TransfuseError('cannot-write', `cannot write ${file}: ${reason}`, { cause });
}

const reasons: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EEXIST: 'it is a file, not a folder',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'its name is too long',
};

const TEMPORARY = /\.(\d+)\.part$/;

function temporaryName(file: string): string {
  return `${file}.${process.pid}.part`;
}

async function replace(file: string, content: Uint8Array | string): Promise<void> {
  const temporary = temporaryName(file);
  try {
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

/** A device, pipe or socket: there is nothing to replace, and renaming onto it would destroy it. */
async function isSpecial(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

/** Whether a process of this machine is still running. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
