/** @file What `transfuse inspect` says of a model, an adapter or a run: plain data, and the same as text. */
import { sizeOf } from '../graph/tensor.js';
import type { Estimate, Metrics } from '../metrics/types.js';
import { type Adapter, type AdapterFacts, factsOf } from './adapter.js';
import type { ModelInspection } from './inspect-model.js';

export type Inspection = ModelInspection | AdapterInspection | RunInspection;

/** Everything an adapter holds but the weights themselves. */
export interface AdapterInspection extends AdapterFacts {
  readonly kind: 'adapter';
  /** Size of the file. */
  readonly bytes: number;
  readonly tensors: number;
  /** Numbers in all tensors. */
  readonly values: number;
}

export interface RunInspection {
  readonly kind: 'run';
  readonly folder: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** In all phases. */
  readonly epochs: number;
  readonly seconds: number;
  /** Per split; empty before the run has finished. */
  readonly metrics: Readonly<Record<string, MetricsHeadline>>;
  /** Absent before the run has finished. */
  readonly adapter?: AdapterInspection;
}

export type MetricsHeadline = Pick<
  Metrics,
  'n' | 'auc' | 'accuracy' | 'balancedAccuracy' | 'sensitivity' | 'specificity'
>;

/** @param bytes size of its file */
export function describeAdapter(adapter: Adapter, bytes: number): AdapterInspection {
  const shapes = [...adapter.weights.values()].map(({ shape }) => shape);
  const values = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  return { kind: 'adapter', ...factsOf(adapter), bytes, tensors: shapes.length, values };
}

/** What a run's folder holds, read. */
export interface RunContents {
  readonly folder: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** One per epoch. */
  readonly history: readonly { readonly seconds: number }[];
  /** By split. */
  readonly metrics?: Readonly<Record<string, Metrics>>;
  readonly adapter?: AdapterInspection;
}

export function describeRun({ folder, config, history, metrics = {}, adapter }: RunContents): RunInspection {
  const headlines = Object.entries(metrics).map(
    ([split, { n, auc, accuracy, balancedAccuracy, sensitivity, specificity }]) =>
      [split, { n, auc, accuracy, balancedAccuracy, sensitivity, specificity }] as const,
  );
  return {
    kind: 'run',
    folder,
    config,
    epochs: history.length,
    seconds: history.reduce((sum, { seconds }) => sum + seconds, 0),
    metrics: Object.fromEntries(headlines),
    ...(adapter && { adapter }),
  };
}

/** A label and what belongs to it; a label that begins with a space goes with the one above. */
type Line = readonly [label: string, text: string];

/** The inspection as lines of text, labels on the left. */
export function formatInspection(inspection: Inspection): string {
  const lines = linesOf(inspection);
  const width = Math.max(...lines.map(([label]) => label.length)) + 2;
  return lines.map(([label, text]) => `${label.padEnd(width)}${text}`.trimEnd()).join('\n');
}

function linesOf(inspection: Inspection): Line[] {
  if (inspection.kind === 'model') return modelLines(inspection);
  return inspection.kind === 'adapter' ? adapterLines(inspection) : runLines(inspection);
}

function modelLines({ name, sha256, file, exported, network, problem }: ModelInspection): Line[] {
  const lines: Line[] = [['Model', name]];
  if (file) {
    const { bytes, opset, producer, inputs, outputs } = file;
    const origin = producer ? `, written by ${producer}` : '';
    lines.push(['File', `${size(bytes)}, opset ${opset ?? 'none'}${origin}`]);
    for (const input of inputs) lines.push(['Input', input]);
    for (const output of outputs) lines.push(['Output', output]);
  }
  lines.push(['SHA-256', sha256]);
  if (exported) lines.push(...factsLines(exported));
  if (problem) return [...lines, ['Usable', `no: ${problem.message}`]];
  if (network) {
    const { features, minimumSize, batchNormLayers, parameters } = network;
    const smallest = minimumSize ? `, images from ${minimumSize}×${minimumSize}` : '';
    lines.push([
      'Usable',
      `yes: ${count(features)} features, ${count(batchNormLayers)} batch norms${smallest}`,
    ]);
    lines.push(['Parameters', count(parameters.reduce((sum, { values }) => sum + values, 0))]);
    for (const { role, values, tensors } of parameters) {
      lines.push([`  ${role}`, `${count(values)} in ${count(tensors)}`]);
    }
  }
  if (file) {
    const { name: preprocessing, reason } = file.suggestedPreprocessing;
    lines.push(['Preprocessing', `probably ${preprocessing} (${reason})`]);
  }
  return lines;
}

function adapterLines(adapter: AdapterInspection): Line[] {
  const { bytes, values, tensors } = adapter;
  const contents = `${size(bytes)}, ${count(values)} numbers in ${count(tensors)} tensors`;
  return [['Adapter', contents], ...factsLines(adapter)];
}

function factsLines({ base, method, task, classes, ...facts }: AdapterFacts): Line[] {
  const { height, width, thresholds, preprocessing, version } = facts;
  const channels = (numbers: readonly number[]) => numbers.map((x) => Number(x.toFixed(3))).join(', ');
  const { mean, std } = preprocessing;
  const drawn = base.drawn ? `, weights ${base.drawn.start} by seed ${base.drawn.seed}` : '';
  return [
    ['Base', `${base.name} (${base.source})${drawn}`],
    ['  SHA-256', base.sha256],
    ['Method', method],
    ['Task', `${task}: ${classes.join(', ')}`],
    ...(thresholds ? [['Thresholds', thresholds.map((t) => t.toFixed(4)).join(', ')] as const] : []),
    ['Image size', `${height}×${width}`],
    ['Preprocessing', `(pixel − mean) / std, mean ${channels(mean)}, std ${channels(std)}`],
    ['Trained by', `Transfuse ${version}`],
  ];
}

function runLines({ folder, config, epochs, seconds, metrics, adapter }: RunInspection): Line[] {
  const state = adapter ? 'finished' : 'not finished';
  return [
    ['Run', folder],
    ['State', `${state}, ${count(epochs)} epoch${epochs === 1 ? '' : 's'} in ${Math.round(seconds)} s`],
    ...Object.entries(metrics).flatMap(([split, headline]) => metricsLines(split, headline)),
    ['Config', ''],
    ...Object.entries(config).map(([key, value]): Line => [`  ${key}`, showValue(value)]),
    ...(adapter ? adapterLines(adapter) : []),
  ];
}

function metricsLines(split: string, headline: MetricsHeadline): Line[] {
  const rates = [
    ['accuracy', headline.accuracy],
    ['balanced accuracy', headline.balancedAccuracy],
    ['sensitivity', headline.sensitivity],
    ['specificity', headline.specificity],
  ] as const;
  return [
    [`On ${split}`, `${count(headline.n)} images, AUC ${showEstimate(headline.auc)}`],
    ...rates.map(([name, rate]): Line => [`  ${name}`, rate?.toFixed(4) ?? 'undefined']),
  ];
}

function showEstimate({ value, low, high }: Estimate): string {
  if (value === null) return 'undefined';
  const interval = low === null || high === null ? '' : ` (${low.toFixed(4)}–${high.toFixed(4)})`;
  return value.toFixed(4) + interval;
}

const showValue = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** 1234567 → `1,234,567`. */
const count = (n: number): string => n.toLocaleString('en-US');

/** 12345 → `12.3 kB`. */
const size = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
