/** @file Files that are either the old ones or the new ones, never half of one. */
import { open, rename, rm } from 'node:fs/promises';
import { TransfuseError } from '../errors.js';

/**
 * Replaces a file by writing beside it, flushing to disk, and renaming.
 * @throws TransfuseError `cannot-write` with the reason (disk full, no permission, read-only)
 */
export async function writeFileAtomic(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw cannotWrite(path, error);
  }
}

/** The error for a path that the file system would not let us write. */
export function cannotWrite(path: string, cause: unknown): TransfuseError {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const reason = reasons[code] ?? (cause as Error).message;
  return new TransfuseError('cannot-write', `cannot write ${path}: ${reason}`, { cause });
}

const reasons: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EISDIR: 'it is a folder',
};
