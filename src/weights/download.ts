/**
 * @file Downloads a file that is either there whole and verified, or not there. What has come of it waits beside it in a
 * `.part`, from whose end the next attempt goes on.
 */
import { open, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { EnvHttpProxyAgent, fetch, type Response } from 'undici';
import { TransfuseError } from '../errors.js';
import { cannotWrite } from '../files/atomic.js';
import { makeFolder } from '../files/make-folder.js';
import { type Checksum, otherChecksum } from './checksum.js';

export interface DownloadProgress {
  /** In bytes. */
  readonly received: number;
  /** Where the server says it; bytes. */
  readonly total: number | undefined;
  /** Since this attempt began. */
  readonly bytesPerSecond: number;
}

export interface DownloadOptions {
  readonly checksum?: Checksum;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
  /** A server that is silent for so long has stalled; default 30. */
  readonly stallSeconds?: number;
  /** Before the first try again; twice as long before the next, and so on; default 1. */
  readonly pauseSeconds?: number;
}

/** Tries in a row that bring nothing new. */
const MOST_FAILURES = 4;

/**
 * Fetches `url` to `file`, goes on where an earlier download ended, tries again where the connection breaks or stalls,
 * and compares the checksum. Proxies are those of HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
 * @throws TransfuseError `download-failed` where the server cannot be reached, refuses, or breaks off too often (what has
 * come stays for the next time), `download-corrupt` where the checksum is another, `cannot-write`
 */
export async function download(url: string, file: string, options: DownloadOptions = {}): Promise<void> {
  await makeFolder(path.dirname(file));
  const part = `${file}.part`;
  const { stallSeconds = 30, pauseSeconds = 1, checksum, signal } = options;
  const patience = 1000 * stallSeconds;
  const agent = new EnvHttpProxyAgent({
    headersTimeout: patience,
    bodyTimeout: patience,
    connect: { timeout: patience },
  });
  try {
    for (let failures = 0; ; ) {
      const before = await sizeOf(part);
      try {
        await attempt(url, part, agent, options);
        break;
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof TransfuseError) throw error;
        if (before === 0 && isUnreachable(error)) throw broken(url, part, 0, error);
        failures = (await sizeOf(part)) > before ? 0 : failures + 1;
        if (failures === MOST_FAILURES) throw broken(url, part, await sizeOf(part), error);
        await wait(1000 * pauseSeconds * 2 ** failures, undefined, { signal }).catch(() => undefined);
      }
    }
  } finally {
    await agent.close();
  }
  await verify(url, part, checksum);
  await rename(part, file);
  await rm(tagOf(part), { force: true });
}

/** One request for all that is still missing. */
async function attempt(
  url: string,
  part: string,
  dispatcher: EnvHttpProxyAgent,
  { signal, onProgress }: DownloadOptions,
): Promise<void> {
  const tag = await readFile(tagOf(part), 'utf8').catch(() => '');
  // Without knowing that it is still the same file, its beginning is of no use.
  const have = tag === '' ? 0 : await sizeOf(part);
  const headers = {
    'accept-encoding': 'identity',
    ...(have > 0 && { range: `bytes=${have}-`, 'if-range': tag }),
  };
  const response = await fetch(url, { headers, dispatcher, signal });
  const from = await beginningOf(response, url, part, have);
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const total = Number.isFinite(length) ? from + length : undefined;
  await refuseFullDisk(part, length);
  const out = await onDisk(part, async () => {
    if (from === 0) await writeFile(tagOf(part), validatorOf(response));
    return open(part, from === 0 ? 'w' : 'r+');
  });
  let received = from;
  try {
    const started = performance.now();
    for await (const chunk of response.body ?? []) {
      await onDisk(part, () => out.write(chunk, 0, chunk.length, received));
      received += chunk.length;
      const bytesPerSecond = (1000 * (received - from)) / (performance.now() - started);
      onProgress?.({ received, total, bytesPerSecond });
    }
    await onDisk(part, () => out.sync());
  } finally {
    await out.close();
  }
  if (total !== undefined && received !== total) throw new Error(`${received} of ${total} bytes came`);
}

/** Where the answer's bytes begin in the file: at the end of what is there, or at the file's beginning. */
async function beginningOf(response: Response, url: string, part: string, have: number): Promise<number> {
  const { status, headers } = response;
  if (status === 206 && headers.get('content-range')?.startsWith(`bytes ${have}-`)) return have;
  if (status === 200) {
    if (!headers.get('content-type')?.startsWith('text/html')) return 0;
    throw refused(url, 'a web page came instead of the file; perhaps the network wants you to log in first');
  }
  if (status === 206 || status === 416) {
    await rm(part, { force: true });
    throw new Error('what is there is no part of the file');
  }
  if (status >= 500 || status === 429 || status === 408) throw new Error(`the server answered ${status}`);
  const reason = {
    403: 'forbidden',
    404: 'not found',
    407: 'the proxy wants a user and password',
    410: 'gone',
  };
  throw refused(url, `the server answered ${status}${status in reason ? ` (${reason[status as 404]})` : ''}`);
}

/** What tells later whether the file is still the same; empty where nothing does. */
function validatorOf({ headers }: Response): string {
  const tag = headers.get('etag');
  return (tag?.startsWith('"') && tag) || headers.get('last-modified') || '';
}

const tagOf = (part: string) => `${part}.tag`;

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

/** @throws TransfuseError `cannot-write` before a download that would not fit */
async function refuseFullDisk(part: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(path.dirname(part));
  if (!(bytes > bavail * bsize)) return;
  throw new TransfuseError(
    'cannot-write',
    `cannot write ${part}: it needs ${megabytes(bytes)}, but only ${megabytes(bavail * bsize)} are free there`,
  );
}

/** A full disk is not left full. */
async function onDisk<Result>(part: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    await discard(part);
    throw cannotWrite(part, error);
  }
}

async function discard(part: string): Promise<void> {
  for (const file of [part, tagOf(part)]) await rm(file, { force: true });
}

async function verify(url: string, part: string, checksum: Checksum | undefined): Promise<void> {
  const other = checksum && (await otherChecksum(part, checksum));
  if (other === undefined) return;
  await discard(part);
  throw new TransfuseError(
    'download-corrupt',
    `${url} came damaged: its ${checksum!.algorithm} is ${other} instead of ${checksum!.hex}; it was removed, so try again`,
  );
}

function refused(url: string, why: string): TransfuseError {
  return new TransfuseError('download-failed', `cannot download ${url}: ${why}`);
}

function broken(url: string, part: string, have: number, cause: unknown): TransfuseError {
  const kept =
    have > 0 ? `; the ${megabytes(have)} that came are kept in ${part}, and the next try goes on there` : '';
  return new TransfuseError('download-failed', `cannot download ${url}: ${reasonOf(cause)}${kept}`, {
    cause,
  });
}

const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the server’s name is not known (is there a network?)',
  EAI_AGAIN: 'the server’s name cannot be looked up (is there a network?)',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection broke',
  ENETUNREACH: 'there is no network',
  EHOSTUNREACH: 'the server cannot be reached',
  UND_ERR_CONNECT_TIMEOUT: 'the server does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'the server does not answer',
  UND_ERR_BODY_TIMEOUT: 'the server stopped sending',
  UND_ERR_SOCKET: 'the connection broke',
};

/** Trying again would bring the same. */
function isUnreachable(error: unknown): boolean {
  return ['ENOTFOUND', 'ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH'].includes(innermost(error).code ?? '');
}

/** The innermost cause says most. */
function innermost(error: unknown): NodeJS.ErrnoException {
  const { cause } = error as Error;
  return cause === undefined ? (error as Error) : innermost(cause);
}

function reasonOf(error: unknown): string {
  const { code, message } = innermost(error);
  return reasons[code ?? ''] ?? message;
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
