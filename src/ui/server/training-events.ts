/** @file What a training process tells while it works. */
import type { ReportRole } from '../../report/types.js';
import type { EpochRecord, LayerMovement, PhaseView, SplitSummary, Task } from '../api.js';

export type TrainingEvent =
  | { readonly kind: 'stage'; readonly title: string; readonly done: number; readonly total: number }
  | {
      readonly kind: 'data';
      readonly task: Task;
      readonly classes: readonly string[];
      readonly splits: readonly SplitSummary[];
    }
  | { readonly kind: 'plan'; readonly phases: readonly PhaseView[]; readonly roles: readonly ReportRole[] }
  | {
      readonly kind: 'step';
      readonly phase: string;
      readonly epoch: number;
      readonly step: number;
      readonly steps: number;
      readonly loss: number;
      readonly learningRate: number;
      readonly imagesPerSecond: number;
    }
  | { readonly kind: 'epoch'; readonly record: EpochRecord }
  | { readonly kind: 'movement'; readonly layers: readonly LayerMovement[] }
  | { readonly kind: 'warning'; readonly text: string };

/** What the process does when asked. */
export type TrainingApi = {
  /**
   * Trains to the end, or until it is stopped.
   * @param options checked already
   * @returns whether it came to the end
   */
  train(data: string | undefined, options: Record<string, unknown>): Promise<boolean>;
  /** Ends the training after its current step, with a checkpoint. */
  stop(): Promise<void>;
};
