/**
 * @file What page and server say to each other, as types only: the page is bundled for browsers and may import nothing
 * that runs.
 */
import type { PredictionComparison } from '../metrics/comparison.js';
import type { Estimate, Metrics, Task } from '../metrics/types.js';
import type { LayerMovement, ReportRole } from '../report/types.js';
import type { EpochRecord } from '../training/state.js';

export type { EpochRecord, Estimate, LayerMovement, Metrics, Task };

/** One row of the options' table, as a form shows it. */
export interface OptionRow {
  readonly name: string;
  readonly group: string;
  readonly description: string;
  readonly kind: 'switch' | 'choice' | 'text';
  /** What its value looks like, such as `N`; a switch has none. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly default?: string | boolean;
}

/** What a form says about a run's options: only those that were changed. */
export type Said = Readonly<Record<string, string | boolean>>;

/** Everything that stays as it is while the page is open. */
export interface Welcome {
  readonly version: string;
  /** Where choosing a folder starts. */
  readonly folder: string;
  readonly home: string;
  /** The folder in which runs are kept. */
  readonly runs: string;
  readonly options: readonly OptionRow[];
  readonly methods: readonly { readonly name: string; readonly summary: string }[];
  /** Names of networks that `model` takes besides files. */
  readonly networks: readonly string[];
}

export interface FolderListing {
  readonly path: string;
  /** Null at the top. */
  readonly parent: string | null;
  readonly folders: readonly { readonly name: string; readonly path: string }[];
  /** Tables, arrays, networks: files that can be chosen. */
  readonly files: readonly { readonly name: string; readonly path: string }[];
  /** Images that lie directly in it. */
  readonly images: number;
  /** How many entries were left out because there are too many to show. */
  readonly leftOut: number;
}

export interface SplitSummary {
  readonly name: string;
  readonly images: number;
  /** Images per class, in the order of the classes. */
  readonly perClass: readonly number[];
  /** How many groups, where images are grouped. */
  readonly groups: number | null;
}

/** An image that can be asked for: `/api/data/image?key=…&index=…`. */
export interface SampleView {
  readonly index: number;
  readonly id: string;
  readonly split: string;
  readonly labels: readonly string[];
}

/** What is in a folder, by names alone. */
export interface DataSummary {
  /** Under which further questions about it are asked. */
  readonly key: string;
  readonly path: string;
  /** The data set that it is known as. */
  readonly name: string | null;
  readonly task: Task;
  readonly classes: readonly string[];
  readonly splits: readonly SplitSummary[];
  readonly warnings: readonly string[];
  /** Ways of telling patients apart that fit many of the names. */
  readonly suggestions: readonly {
    readonly pattern: string;
    readonly groups: number;
    readonly example: string;
  }[];
  /** A few of every class. */
  readonly samples: readonly SampleView[];
}

/** What only looking into the files tells. */
export interface DataDetails {
  /** Images whose size was read; at most so many are, evenly spread. */
  readonly measured: number;
  /** The most frequent sizes first. */
  readonly sizes: readonly { readonly width: number; readonly height: number; readonly images: number }[];
  readonly differentSizes: number;
  /** Of the files, in bytes. */
  readonly bytes: number;
  /** One line per file that could not be read. */
  readonly unreadable: readonly string[];
  /** Files that are the same, byte for byte; null where images do not lie in files of their own. */
  readonly duplicates: readonly Duplicate[] | null;
}

export interface Duplicate {
  readonly ids: readonly string[];
  /** What makes it more than a waste. */
  readonly conflict: 'classes' | 'splits' | null;
}

export type RunState = 'starting' | 'running' | 'stopping' | 'stopped' | 'finished' | 'failed';

/** A run in the list of runs. */
export interface RunSummary {
  /** Its folder, absolute. */
  readonly id: string;
  readonly name: string;
  readonly state: RunState;
  readonly data: string;
  readonly method: string;
  readonly model: string;
  readonly epochs: number;
  readonly validationAuc: number | null;
  readonly testAuc: Estimate | null;
  /** When something of it last changed, in milliseconds since 1970. */
  readonly changed: number;
}

export interface PhaseView {
  readonly name: string;
  readonly trains: readonly string[];
  readonly learningRate: number;
  readonly epochs: number;
  readonly statistics: string;
  /** Known once the network has been read. */
  readonly parameters: number | null;
}

/** What is being done, and how far it is. */
export interface Stage {
  readonly title: string;
  readonly done: number;
  readonly total: number;
  readonly secondsLeft: number | null;
}

/** The latest step. */
export interface StepView {
  readonly phase: string;
  readonly epoch: number;
  readonly loss: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  /** If every epoch that the phases allow is used; early stopping usually ends it before. */
  readonly mostSecondsLeft: number | null;
}

/** Everything about one run. Live ones are sent once whole, and then only what has changed. */
export interface RunView {
  readonly id: string;
  readonly name: string;
  readonly state: RunState;
  readonly data: string;
  /** The options as they took effect. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly splits: readonly SplitSummary[];
  readonly classes: readonly string[];
  readonly phases: readonly PhaseView[];
  readonly roles: readonly ReportRole[];
  readonly stage: Stage | null;
  readonly step: StepView | null;
  /** Mean loss of the epoch so far, against epochs done in all phases (fractions included). */
  readonly trace: readonly (readonly [epochs: number, loss: number])[];
  readonly history: readonly EpochRecord[];
  /** How far each batch norm has moved, in the network's order. */
  readonly movement: readonly LayerMovement[];
  readonly warnings: readonly string[];
  /** Why it failed, in one line. */
  readonly failure: string | null;
  /** By split; empty until it has finished. */
  readonly metrics: Readonly<Record<string, Metrics>>;
}

/** What a training tells while it works. */
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

/** An ROC curve of one class against the rest. */
export interface RocView {
  readonly name: string;
  readonly points: readonly (readonly [falsePositiveRate: number, truePositiveRate: number])[];
  readonly auc: number | null;
}

export type ImageOrder = 'wrong' | 'uncertain';

/** A predicted image of a finished run: `/api/runs/image?run=…&id=…`. */
export interface JudgedImage {
  readonly id: string;
  readonly labels: readonly string[];
  readonly predicted: readonly string[];
  /** One per class. */
  readonly probabilities: readonly number[];
  /** Whether it is to be found among the data still. */
  readonly present: boolean;
}

export interface JudgedImages {
  readonly classes: readonly string[];
  /** How many there are in this order; a page of them is given. */
  readonly total: number;
  readonly images: readonly JudgedImage[];
}

export interface PredictionView {
  readonly name: string;
  readonly labels: readonly string[];
  readonly probabilities: readonly number[];
  /** Why it could not be read; labels and probabilities are then empty. */
  readonly problem: string | null;
}

export interface PredictionsView {
  readonly classes: readonly string[];
  readonly predictions: readonly PredictionView[];
}

export interface ComparedRun {
  readonly id: string;
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly history: readonly EpochRecord[];
  readonly metrics: Readonly<Record<string, Metrics>>;
  /** Of the test, or of the validation where there is no test; binary: one, else one per class. */
  readonly roc: readonly RocView[];
}

export interface Comparison {
  readonly split: string;
  readonly runs: readonly ComparedRun[];
  /** Options in which the runs differ. */
  readonly differing: readonly string[];
}

/** Two runs tested on the images that both predicted. */
export interface PairedTests extends PredictionComparison {
  /** What should be known of it, one line each. */
  readonly notes: readonly string[];
}

/** What an answer other than 2xx says: RFC 9457. */
export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code?: string;
  /** Which options are wrong, and why. */
  readonly fields?: Readonly<Record<string, string>>;
}
