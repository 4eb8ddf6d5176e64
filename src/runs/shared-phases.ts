/**
 * @file States at the ends of phases, kept so that runs which begin alike train once what they share: the head of `fc`
 * is also the first phase of `fc-then-full`. A state goes by a key of everything that it depends on, so a run that takes
 * it over ends in the same bits as one that trained it itself.
 */
import os from 'node:os';
import type { Dataset } from '../data/index.js';
import { decodeCheckpoint, encodeCheckpoint } from '../training/checkpoint.js';
import type { Phase } from '../training/methods.js';
import { resolveMethod } from '../training/methods.js';
import type { TrainingState } from '../training/state.js';
import { fingerprintOf } from './config.js';
import type { RunConfig } from './folder.js';

/** Where states are kept, as the bytes of checkpoints. */
export interface PhaseStore {
  /** Whether another run might begin with these phases; others are not kept. */
  wants(phases: readonly Phase[]): boolean;
  read(key: string): Promise<Uint8Array | undefined>;
  write(key: string, checkpoint: Uint8Array): Promise<void>;
}

export class SharedPhases {
  constructor(
    private readonly store: PhaseStore,
    private readonly config: RunConfig,
    private readonly baseHash: string,
    private readonly dataset: Dataset,
    private readonly phases: readonly Phase[],
  ) {}

  /** The state after as many phases as another run has trained already. */
  async begin(): Promise<TrainingState | undefined> {
    for (let count = this.phases.length; count > 0; count--) {
      if (!this.store.wants(this.phases.slice(0, count))) continue;
      const key = this.key(count);
      const checkpoint = await this.store.read(key);
      if (checkpoint) return decodeCheckpoint(checkpoint, `the state of ${count} phases`, key);
    }
    return undefined;
  }

  /** Keeps a state for others, where it stands between two phases. */
  async offer(state: TrainingState): Promise<void> {
    if (state.phase === 0 || state.epoch > 0 || state.step > 0) return;
    if (!this.store.wants(this.phases.slice(0, state.phase))) return;
    const key = this.key(state.phase);
    await this.store.write(key, encodeCheckpoint(state, key));
  }

  /** What the state after the first phases depends on: all that the run does, but for the phases to come. */
  private key(count: number): string {
    const { method, data, epochs: _, lr: __, ...options } = this.config;
    const { summary: ___, phases: ____, ...further } = resolveMethod(method);
    // Other images may go by the same names, so here, unlike when resuming, it matters where they lie. With another
    // number of threads sums are rounded otherwise.
    const threads = options.threads || os.availableParallelism();
    const own = [data, threads, further, this.phases.slice(0, count)];
    return fingerprintOf(options, this.baseHash, this.dataset, own);
  }
}
