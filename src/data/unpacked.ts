/**
 * @file Compressed files unpacked once into the cache folder, since no image in them can be read alone. What was
 * unpacked is found again as long as the compressed file keeps its place, size and date.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { TransfuseError } from '../errors.js';
import { cannotWrite, removeAbandoned } from '../files/atomic.js';
import { cacheFolder } from '../files/cache-folder.js';
import { makeFolder } from '../files/make-folder.js';

/** Told before a file is unpacked, which may take minutes. */
export type OnUnpack = (file: string, to: string) => void;

/**
 * The unpacked form of a compressed file, or of one part of it.
 * @param name what the unpacked file is called, and which part it is
 * @param unpack writes it to a path
 * @throws TransfuseError `cannot-write` where the cache folder is full or not writable, and what `unpack` throws
 */
export async function unpacked(
  file: string,
  name: string,
  unpack: (to: string) => Promise<void>,
  onUnpack?: OnUnpack,
): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  const key = createHash('sha256').update(JSON.stringify([await realpath(file), size, mtimeMs]));
  const folder = cacheFolder('unpacked', key.digest('hex').slice(0, 20));
  const whole = path.join(folder, name);
  if (existsSync(whole)) return whole;
  await makeFolder(folder);
  await removeAbandoned(folder);
  onUnpack?.(file, whole);
  const part = `${whole}.${process.pid}.part`;
  try {
    await unpack(part);
    await rename(part, whole).catch((error) => {
      throw cannotWrite(whole, error);
    });
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    throw error;
  }
  return whole;
}

/**
 * The unpacked form of a `.gz` file.
 * @throws TransfuseError `bad-gzip` where it is damaged or cut short
 */
export async function unpackedGzip(file: string, onUnpack?: OnUnpack): Promise<string> {
  const unpack = async (to: string) => {
    try {
      await pipeline(createReadStream(file), createGunzip(), createWriteStream(to));
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      if (!code.startsWith('Z_')) throw cannotWrite(to, error);
      throw new TransfuseError('bad-gzip', `${file} is damaged or cut short (${message}); fetch it again`, {
        cause: error,
      });
    }
  };
  return unpacked(file, path.basename(file).replace(/\.gz$/i, ''), unpack, onUnpack);
}
