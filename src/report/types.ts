/** @file What a report is drawn from: plain data, so that a run's files are enough to draw it again. */
import type { Estimate, Metrics, Task } from '../metrics/types.js';

/** Everything that `renderReport` shows. */
export interface ReportData {
  /** Name of the run, e.g. its folder's. */
  name: string;
  task: Task;
  /** Binary: two, the second being the positive class. */
  classes: readonly string[];
  model: ReportModel;
  method: ReportMethod;
  dataset: ReportDataset;
  /** One per epoch, in order, over all phases. */
  history: readonly ReportEpoch[];
  /** Usually `validation` and `test`, in this order; the last is the one the headline is about. */
  splits: readonly ReportSplit[];
  /** The most confidently wrong images of the last split, worst first. */
  mostWrong: readonly WrongImage[];
  /** One per batch norm, in the network's order. */
  layers: readonly LayerMovement[];
  /** The effective configuration, as YAML. */
  config: string;
  environment: ReportEnvironment;
  /** Things the reader should know, one sentence each. */
  warnings: readonly string[];
}

/** The pre-trained network. */
export interface ReportModel {
  name: string;
  /** SHA-256 of the base's file, in hex. */
  hash: string;
  /** Height and width of the images as the network sees them. */
  inputSize: readonly [height: number, width: number];
}

/** What was trained. */
export interface ReportMethod {
  name: string;
  phases: readonly ReportPhase[];
  roles: readonly ReportRole[];
}

/** One row of the method's table of phases. */
export interface ReportPhase {
  name: string;
  /** Roles trained, e.g. `bn-scale`, `bn-centre`, `head-kernel`. */
  trains: readonly string[];
  /** Which statistics batch norm uses, e.g. `frozen`. */
  statistics: string;
  learningRate: number;
  /** Epochs allowed. */
  maxEpochs: number;
  /** Parameters trained in this phase. */
  parameters: number;
}

/** Parameters of one role: trained in any phase, or frozen throughout. */
export interface ReportRole {
  role: string;
  trained: number;
  frozen: number;
}

export interface ReportDataset {
  /** Where the images came from, as the user gave it. */
  source: string;
  /** What groups are, e.g. `patient`, where a split keeps groups apart. */
  groupedBy?: string;
  splits: readonly ReportDatasetSplit[];
}

export interface ReportDatasetSplit {
  name: string;
  images: number;
  groups?: number;
  /** Images per class, in the order of `classes` (multi-label: images that carry the label). */
  perClass: readonly number[];
}

/** One epoch. What was not measured is left out or NaN. */
export interface ReportEpoch {
  /** Name of the phase, as in `method.phases`. */
  phase: string;
  /** 1 for the first of all phases. */
  epoch: number;
  learningRate: number;
  trainLoss: number;
  validationLoss?: number;
  validationAuc?: number;
  seconds: number;
  imagesPerSecond?: number;
  /** Fraction of the time, 0 to 1, that steps waited for images. */
  waitedFraction?: number;
  /** The epoch whose weights were kept. */
  best?: boolean;
}

export interface ReportSplit {
  name: string;
  metrics: Metrics;
  /** [n × outputs], row-major, as in `Predictions`. */
  targets: Float32Array;
  probabilities: Float32Array;
}

export interface WrongImage {
  /** File name or other identity of the image. */
  id: string;
  /** Thumbnail as a `data:image/…;base64,` URL. */
  dataUrl: string;
  /** Name of the true class (multi-label: with the label in question, e.g. `Edema` or `no Edema`). */
  target: string;
  predicted: string;
  /** Probability of what was predicted. */
  probability: number;
}

/** How far training moved one batch norm: root mean square of the change over that of the original. */
export interface LayerMovement {
  layer: string;
  /** 0.05 means 5 %; null where the layer has no scale or it was frozen. */
  scaleChange: number | null;
  /** As `scaleChange`, relative to the scale's root mean square where the original centre is all zero. */
  centreChange: number | null;
}

export interface ReportEnvironment {
  commandLine: string;
  /** Version of Transfuse. */
  version: string;
  seed: number;
  /** Wall-clock seconds of the whole run. */
  seconds: number;
  threads: number;
  /** When the run started, ISO 8601. */
  started?: string;
  /** Further facts, e.g. `{ Node: 'v20', CPU: '…' }`, shown as given. */
  facts?: Readonly<Record<string, string>>;
}

/** One run of a comparison. */
export interface ComparisonRow {
  /** What distinguishes the run, usually its method. */
  name: string;
  /** One line about it. */
  description?: string;
  /** AUC on the test split. */
  auc: Estimate;
  validationAuc?: number;
  /** Accuracy on the test split, 0 to 1. */
  accuracy?: number;
  trainedParameters: number;
  totalParameters: number;
  epochs: number;
  seconds: number;
  history: readonly ReportEpoch[];
  /** Where this run's own report lies, relative to the comparison. */
  href?: string;
}

/** Everything that `renderComparison` shows. */
export interface ComparisonData {
  title: string;
  /** A sentence or two under the title: data, model, size. */
  summary: string;
  rows: readonly ComparisonRow[];
  /** Pairs tested by DeLong's test on the same test images. */
  differences?: readonly ComparisonDifference[];
  /** Sentences at the end. */
  notes?: readonly string[];
}

export interface ComparisonDifference {
  first: string;
  second: string;
  /** AUC of `first` minus AUC of `second`. */
  difference: Estimate;
  pValue: number | null;
}
