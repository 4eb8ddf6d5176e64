/** @file One process at a time in a run folder: whether started in a terminal, from the page, or on another machine. */
import { rmdir } from 'node:fs/promises';
import { TransfuseError } from '../errors.js';
import { type Claim, type ClaimOptions, claim, claimant, claimDefaults } from '../files/claims.js';
import { thisProcess } from '../files/host.js';

const LOCK = '.lock';

/** A run folder, which this process can have for itself. */
export class RunLock {
  private held: Claim | undefined;

  /** @param isHeldAnyway whether the caller has seen to it otherwise, so that there is nothing to take */
  constructor(
    private readonly folder: string,
    private readonly isHeldAnyway = false,
    private readonly options: ClaimOptions = claimDefaults,
  ) {}

  /**
   * Takes the folder, which must exist, if that has not been done yet. What a process that has ended left behind does
   * not count, nor one that has been silent for a minute.
   * @throws TransfuseError `run-busy`, saying who has it; `cannot-write`
   */
  async take(): Promise<void> {
    if (this.isHeldAnyway || this.held) return;
    const held = await claim(this.folder, LOCK, this.options);
    if (held === 'busy') throw await this.busy('is being trained by');
    this.held = held;
  }

  /** @throws TransfuseError `run-busy` where another process has taken over, because this one was silent for too long */
  async check(): Promise<void> {
    if (!(await this.holds()))
      throw await this.busy('was taken over, after this process had stood still, by');
  }

  /** Whether nobody else has taken over. */
  async holds(): Promise<boolean> {
    return this.held === undefined || isLast(this.held);
  }

  /** Gives the folder back; where the run was abandoned and has left nothing, it goes too. */
  async release(): Promise<void> {
    const { held } = this;
    if (!held) return;
    this.held = undefined;
    // What another has claimed by now must stay.
    await ((await isLast(held)) ? held.end() : held.release()).catch(() => {});
    await rmdir(this.folder).catch(() => {});
  }

  private async busy(what: string): Promise<TransfuseError> {
    const owner = await claimant(this.folder, LOCK).catch(() => undefined);
    const isHere = owner?.host === thisProcess().host;
    const who = owner
      ? `process ${owner.pid} on ${isHere ? 'this machine' : owner.host.split('/')[0]}`
      : 'another process';
    const { stale } = this.options;
    return new TransfuseError(
      'run-busy',
      `${this.folder} ${what} ${who}; stop it there or let it end (if it is dead, it counts as such after ${stale} s)`,
    );
  }
}

/** False also where the folder has gone. */
function isLast(held: Claim): Promise<boolean> {
  return held.holds().catch(() => false);
}
