/**
 * @file Claims: which process works on something (a cell of a study, a run), for any number of processes on any number of
 * machines that share a folder. A claim is a file made exclusively and touched as long as its owner lives. Claims of one
 * thing are numbered: a dead one is superseded by making the next, which only one can do, and an owner that wakes up
 * late sees that it has been superseded. (Removing a dead claim and making it anew could remove the one that somebody
 * else just made.)
 */
import { randomUUID } from 'node:crypto';
import { open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cannotWrite } from './atomic.js';
import { hasEnded, type ProcessIdentity, thisProcess } from './host.js';

/** Between the name of what is claimed and the claim's number. */
const SEPARATOR = '~';

export interface ClaimOptions {
  /** How often an owner shows that it lives; seconds. */
  readonly heartbeat: number;
  /** After how long without a sign of life an owner elsewhere is taken for dead; seconds, several heartbeats. */
  readonly stale: number;
}

export const claimDefaults: ClaimOptions = { heartbeat: 10, stale: 60 };

export interface Claim {
  /** How many owners have died with it in their hands since the last that gave it back. */
  readonly deaths: number;
  /** Aborts when the claim is lost: superseded, or its file no longer touchable for too long. */
  readonly lost: AbortSignal;
  /** Whether it is still the last claim; asked before something final is done. */
  holds(): Promise<boolean>;
  /** Gives back what is claimed, undone. */
  release(): Promise<void>;
  /** Ends the claim of what needs none any more. */
  end(): Promise<void>;
}

export type ClaimResult = Claim | 'busy';

/**
 * Claims what goes by a name.
 * @returns `busy` where a process that may live has it
 */
export async function claim(
  folder: string,
  name: string,
  options: ClaimOptions = claimDefaults,
): Promise<ClaimResult> {
  const numbers = await claimNumbers(folder, name);
  const last = Math.max(0, ...numbers);
  if (last > 0 && !(await isDead(fileOf(folder, name, last), options))) return 'busy';
  const file = fileOf(folder, name, last + 1);
  try {
    const handle = await open(file, 'wx');
    try {
      await handle.writeFile(JSON.stringify(thisProcess()));
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return 'busy';
    throw cannotWrite(file, error);
  }
  const before = await Promise.all(numbers.map((n) => contentOf(fileOf(folder, name, n))));
  const deaths = before.filter((content) => content !== undefined && content !== RELEASED).length;
  return new HeldClaim(folder, name, last + 1, deaths, options);
}

/** Whether a process that may live has claimed this. */
export async function isClaimed(
  folder: string,
  name: string,
  options: ClaimOptions = claimDefaults,
): Promise<boolean> {
  const last = await lastClaim(folder, name);
  return last > 0 && !(await isDead(fileOf(folder, name, last), options));
}

/** Who holds the last claim, as long as that file can be read. */
export async function claimant(folder: string, name: string): Promise<ProcessIdentity | undefined> {
  const last = await lastClaim(folder, name);
  return identityIn((await contentOf(fileOf(folder, name, last))) ?? '');
}

const RELEASED = 'released';

class HeldClaim implements Claim {
  private readonly file: string;
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private beatenAt = performance.now();
  private beating = Promise.resolve();

  constructor(
    private readonly folder: string,
    private readonly name: string,
    private readonly number: number,
    readonly deaths: number,
    private readonly options: ClaimOptions,
  ) {
    this.file = fileOf(folder, name, number);
    this.timer = setInterval(() => {
      this.beating = this.beating.then(() => this.beat());
    }, options.heartbeat * 1000);
    this.timer.unref();
  }

  get lost(): AbortSignal {
    return this.controller.signal;
  }

  async holds(): Promise<boolean> {
    return (await lastClaim(this.folder, this.name)) === this.number;
  }

  async release(): Promise<void> {
    await this.stop();
    // The files stay, so that the numbers only ever grow while it is not done.
    for (const number of await claimNumbers(this.folder, this.name)) {
      if (number > this.number) continue;
      const handle = await open(fileOf(this.folder, this.name, number), 'r+').catch(() => undefined);
      await handle?.truncate();
      await handle?.write(RELEASED, 0);
      await handle?.close();
    }
  }

  async end(): Promise<void> {
    await this.stop();
    const numbers = await claimNumbers(this.folder, this.name);
    for (const n of numbers) await rm(fileOf(this.folder, this.name, n), { force: true });
  }

  private async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.beating;
  }

  private async beat(): Promise<void> {
    const silent = (performance.now() - this.beatenAt) / 1000;
    try {
      if (!(await this.holds())) throw new Error('superseded');
      // Written again rather than dated, so that the time is the file system's.
      const handle = await open(this.file, 'r+');
      await handle.write(JSON.stringify(thisProcess()), 0);
      await handle.close();
      this.beatenAt = performance.now();
    } catch (error) {
      const superseded = (error as Error).message === 'superseded';
      if (!superseded && silent < this.options.stale) return;
      clearInterval(this.timer);
      this.controller.abort(error);
    }
  }
}

/** Ended for certain, released, or silent for too long by the file system's own clock. */
async function isDead(file: string, { stale }: ClaimOptions): Promise<boolean> {
  const content = await contentOf(file);
  if (content === undefined) return false; // gone: it was just done
  if (content === RELEASED) return true;
  const owner = identityIn(content);
  if (owner && hasEnded(owner)) return true;
  const touched = await stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => Number.POSITIVE_INFINITY,
  );
  return (await folderNow(path.dirname(file))) - touched > stale * 1000;
}

function identityIn(content: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(content);
  } catch {
    return undefined; // half written
  }
}

function contentOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

function fileOf(folder: string, name: string, number: number): string {
  return path.join(folder, `${name}${SEPARATOR}${number}`);
}

async function lastClaim(folder: string, name: string): Promise<number> {
  return Math.max(0, ...(await claimNumbers(folder, name)));
}

async function claimNumbers(folder: string, name: string): Promise<number[]> {
  const files = await readdir(folder);
  return files
    .filter((file) => file.startsWith(name + SEPARATOR))
    .map((file) => Number(file.slice(name.length + SEPARATOR.length)))
    .filter(Number.isInteger);
}

/** The time by the clock that stamps the folder's files, which need not be this machine's; milliseconds. */
export async function folderNow(folder: string): Promise<number> {
  const probe = path.join(folder, `.now-${randomUUID()}`);
  try {
    await writeFile(probe, '');
    return (await stat(probe)).mtimeMs;
  } catch (error) {
    throw cannotWrite(probe, error);
  } finally {
    await rm(probe, { force: true });
  }
}
