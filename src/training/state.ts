/** @file Where a training stands, completely: what a checkpoint holds, and what resuming starts from. */
import type { Tensor } from '../graph/tensor.js';
import type { Weights } from '../models/classifier.js';
import type { OptimiserState } from './optimisers.js';
import type { EarlyStoppingState, ScheduleState } from './schedules.js';

/** One line of history.jsonl. */
export interface EpochRecord {
  readonly phase: string;
  /** Counted from 1 within its phase. */
  readonly epoch: number;
  /** Of the last step. */
  readonly learningRate: number;
  readonly trainLoss: number;
  readonly validationLoss: number;
  readonly validationAuc: number | null;
  readonly validationAccuracy: number | null;
  /** Whether this is the phase's best epoch so far, by validation loss. */
  readonly best: boolean;
  /** Where easy samples are skipped: the fraction that got no backward pass. */
  readonly skippedFraction?: number;
  /** Training and validation together. */
  readonly seconds: number;
  /** Training only. */
  readonly imagesPerSecond: number;
  /** Fraction of the training time that the step waited for images. */
  readonly waitedFraction: number;
}

export interface TrainingState {
  /** Index of the current phase; the number of phases once all are done. */
  phase: number;
  /** Epochs finished in this phase. */
  epoch: number;
  /** Steps finished in this epoch. */
  step: number;
  /** Epochs finished in all phases. */
  epochs: number;
  /** Σ over the samples seen in this epoch of their loss. */
  lossSum: number;
  /** Samples seen in this epoch. */
  seen: number;
  /** Of these, how many were too easy to learn from. */
  skipped: number;
  /** Seconds of training in this epoch, up to its last step. */
  seconds: number;
  /** Of these, how many the steps waited for images. */
  waitedSeconds: number;
  schedule: ScheduleState | null;
  stopping: EarlyStoppingState;
  history: EpochRecord[];
  /** Every parameter changed so far, as it is now. */
  weights: Weights;
  /** The phase's best epoch's values; undefined before its first epoch has ended. */
  best: Weights | undefined;
  /** Of the current phase. */
  optimiser: ReadonlyMap<string, OptimiserState>;
}

export function initialState(weights: ReadonlyMap<string, Tensor>): TrainingState {
  return {
    phase: 0,
    epoch: 0,
    step: 0,
    epochs: 0,
    lossSum: 0,
    seen: 0,
    skipped: 0,
    seconds: 0,
    waitedSeconds: 0,
    schedule: null,
    stopping: { best: null, bestEpoch: 0, wait: 0 },
    history: [],
    weights,
    best: undefined,
    optimiser: new Map(),
  };
}

/** The state at the start of the next phase, which goes on from the best epoch of this one. */
export function nextPhase(state: TrainingState): TrainingState {
  const weights = new Map([...state.weights, ...(state.best ?? [])]);
  return {
    ...initialState(weights),
    phase: state.phase + 1,
    epochs: state.epochs,
    history: state.history,
  };
}
