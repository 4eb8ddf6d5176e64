/** @file What the page and its engine, a worker, say to each other. */
import type {
  Metrics,
  PredictionsView,
  RocView,
  Said,
  SplitSummary,
  Task,
  TrainingEvent,
} from '../../ui/api.js';
import type { GivenFile } from './folder.js';

/** What is in the folder that was opened. */
export interface OpenedFolder {
  readonly name: string;
  readonly task: Task;
  readonly classes: readonly string[];
  readonly splits: readonly SplitSummary[];
  readonly warnings: readonly string[];
}

/** A trained classifier, or one from an adapter file. */
export interface ReadyModel {
  readonly task: Task;
  readonly classes: readonly string[];
  /** Height and width in pixels. */
  readonly size: readonly [number, number];
  readonly method: string;
}

export interface TrainedView extends ReadyModel {
  readonly metrics: Readonly<Record<string, Metrics>>;
  readonly rocs: Readonly<Record<string, readonly RocView[]>>;
}

export type EngineApi = {
  /** @param options those that were changed, as `train` takes them */
  open(files: readonly GivenFile[], options: Said): Promise<OpenedFolder>;
  /** @returns null where it was stopped */
  train(options: Said): Promise<TrainedView | null>;
  /** Ends the training after its current step. */
  stop(): Promise<void>;
  /** The bytes of `adapter.safetensors`. */
  adapter(): Promise<Uint8Array<ArrayBuffer>>;
  /** The bytes of an ONNX model, as `transfuse export` writes it. */
  model(): Promise<Uint8Array<ArrayBuffer>>;
  useAdapter(file: File): Promise<ReadyModel>;
  predict(files: readonly File[]): Promise<PredictionsView>;
};

/** What the engine tells unasked. */
export type EngineEvent = TrainingEvent | { readonly kind: 'device'; readonly line: string };
