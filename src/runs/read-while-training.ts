/**
 * @file Training begins while the images are still being read for the first time. All are taken for readable, which they
 * nearly always are; where a training image is not, what was trained is forgotten and training begins anew, so that a run
 * has the bits that it would have if everything had been read before it.
 */
import type { FitHooks, FitResult } from '../training/loop.js';
import { type Loaders, prepareAll } from './loaders.js';

export interface ReadingHooks extends FitHooks {
  /** How many images have been read; told while nothing else goes on. */
  readonly onPrepare?: (done: number) => void;
}

export interface ReadAndTrained extends FitResult {
  /** One line per image that cannot be read; empty where training was stopped before all had been looked at. */
  readonly unreadable: readonly string[];
}

/**
 * @param train trains from the beginning, or from where the run was interrupted; called a second time where it has to
 *   begin anew
 * @throws TransfuseError `too-many-unreadable`, and what training throws
 */
export async function trainWhileReading(
  loaders: Loaders,
  hooks: ReadingHooks,
  train: (hooks: FitHooks) => Promise<FitResult>,
): Promise<ReadAndTrained> {
  const reading = new Reading(loaders, hooks.onPrepare);
  const { onStep, save, onWarning } = hooks;
  let result: FitResult;
  try {
    result = await train({
      ...hooks,
      onStep: (progress) => {
        reading.start();
        reading.check();
        onStep?.(progress);
      },
      save: async (state) => {
        // What may have to be forgotten is not kept. At the end of an epoch little is left to be read.
        if (state.step > 0 && !reading.isDone) return;
        await reading.all();
        reading.check();
        await save?.(state);
      },
    });
  } catch (error) {
    if (hooks.signal?.aborted) throw error;
    // Where training failed for an image, or on account of others that are missing, reading says so.
    const unreadable = await reading.all();
    if (!reading.findsOtherwise()) throw error;
    for (const line of unreadable) onWarning?.(line);
    return { ...(await train(hooks)), unreadable };
  }
  if (!result.finished) return { ...result, unreadable: [] };
  const unreadable = await reading.all();
  for (const line of unreadable) onWarning?.(line);
  return { ...result, unreadable };
}

/** A training image cannot be read, so that the order of all others is another one. */
class TakenForReadable extends Error {}

class Reading {
  private done: Promise<readonly string[]> | undefined;
  private failure: unknown;
  private isWaitedFor = false;
  /** Whether everything has been read, and training may go on as it began. */
  isDone = false;

  constructor(
    private readonly loaders: Loaders,
    private readonly onPrepare?: (done: number) => void,
  ) {}

  /** Reads on beside whatever else happens. */
  start(): void {
    this.done ??= prepareAll(this.loaders, (done) => this.isWaitedFor && this.onPrepare?.(done));
    this.done.then(
      () => {
        this.isDone = !this.findsOtherwise();
      },
      (error) => {
        this.failure = error; // thrown by the next step, or whoever waits for it
      },
    );
  }

  /** Throws what has been found to be wrong by now. */
  check(): void {
    if (this.failure) throw this.failure;
    if (this.findsOtherwise()) throw new TakenForReadable();
  }

  /** Waits until everything has been read. @returns one line per image that cannot be */
  async all(): Promise<readonly string[]> {
    this.isWaitedFor = true;
    try {
      this.start();
      return await this.done!;
    } finally {
      this.isWaitedFor = false;
    }
  }

  /** Whether a training image is known not to be readable. */
  findsOtherwise(): boolean {
    return this.loaders.train.statistics().unreadable.length > 0;
  }
}
