/** @file The official weights of architectures on this machine: where they are kept, and how they get there. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { TransfuseError } from '../errors.js';
import { cacheFolder } from '../files/cache-folder.js';
import { makeFolder } from '../files/make-folder.js';
import { otherChecksum } from '../weights/checksum.js';
import type { DownloadOptions } from '../weights/download.js';
import { exclusively } from '../weights/exclusive.js';
import { type Source, sources } from './sources.js';

/** Where the official weights of an architecture are, or would be, kept. */
export function cachedFile({ url }: Source): string {
  return cacheFolder('weights', path.posix.basename(new URL(url).pathname));
}

export type FetchOptions = Omit<DownloadOptions, 'checksum'>;

/**
 * The official weights of an architecture, downloaded unless they are here.
 * @returns the path of the file
 * @throws TransfuseError `no-source`, `weights-damaged` where the file that is here is not the published one, and what
 * downloading throws, with what to do without a network
 */
export async function officialWeights(name: string, options: FetchOptions = {}): Promise<string> {
  const source = sourceOf(name);
  const file = cachedFile(source);
  if (!existsSync(file)) await fetchTo(file, name, source, options);
  const other = source.checksum && (await otherChecksum(file, source.checksum));
  if (other === undefined) return file;
  throw new TransfuseError(
    'weights-damaged',
    `${file} is not what is published for ${name}: its ${source.checksum!.algorithm} is ${other} instead of ${source.checksum!.hex}; get it again with: transfuse models fetch ${name}`,
  );
}

/** As `officialWeights`, but a file that is damaged is replaced. */
export async function fetchWeights(name: string, options: FetchOptions = {}): Promise<string> {
  const { checksum, ...source } = sourceOf(name);
  const file = cachedFile(source);
  if (checksum && existsSync(file) && (await otherChecksum(file, checksum))) await rm(file);
  return officialWeights(name, options);
}

function sourceOf(name: string): Source {
  const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
  if (source) return source;
  throw new TransfuseError(
    'no-source',
    `no official weights are known for ${name}; they are for ${Object.keys(sources).join(', ')}`,
  );
}

async function fetchTo(file: string, name: string, source: Source, options: FetchOptions): Promise<void> {
  const { url, checksum } = source;
  await makeFolder(path.dirname(file));
  await exclusively(
    `${file}.lock`,
    async () => {
      // Another process may have got it meanwhile.
      if (existsSync(file)) return;
      const { download } = await import('../weights/download.js'); // and its HTTP client, which nothing else needs
      await download(url, file, { ...options, checksum }).catch(explain);
    },
    options.signal,
  );

  function explain(error: unknown): never {
    if (!(error instanceof TransfuseError) || error.code !== 'download-failed') throw error;
    throw new TransfuseError(
      error.code,
      `${error.message}. To use ${name} without a network, get that file on another machine and put it at ${file}`,
      { cause: error },
    );
  }
}
