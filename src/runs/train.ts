/** @file A whole training run: data and a network in, a run folder with adapter, metrics and report out. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { type Adapter, encodeAdapter } from '../adapter/adapter.js';
import { createPredictor } from '../adapter/predict.js';
import { createLoader, type Dataset, type Loader, readDataset, type Sample } from '../data/index.js';
import { TransfuseError } from '../errors.js';
import { writeFileAtomic } from '../files/atomic.js';
import { chooseThresholds, evaluatePredictions, type Metrics } from '../metrics/index.js';
import { type BaseModel, loadModel } from '../models/catalogue.js';
import { type Classifier, parametersOf } from '../models/classifier.js';
import { initialHead } from '../models/head.js';
import { parsePreprocessing } from '../models/preprocessing.js';
import { outputsOf } from '../task.js';
import { decodeCheckpoint, encodeCheckpoint } from '../training/checkpoint.js';
import type { EpochRecord, TrainingState } from '../training/state.js';
import { type FitHooks, fit } from '../training/trainer.js';
import { version } from '../version.js';
import { configRecord, fingerprintOf, settle } from './config.js';
import { createRunFolder, files, type RunConfig } from './folder.js';
import { parseSize, type TrainOptionsInput } from './options.js';
import { makePlan, type Plan, planPhases } from './plan.js';
import { predictSplit, type SplitPredictions, writePredictions, writeSplit } from './predictions.js';
import { writeReport } from './report.js';

export interface TrainHooks
  extends Pick<FitHooks, 'onPhase' | 'onStep' | 'onEpoch' | 'signal' | 'everySeconds'> {
  /** The data have been read. */
  readonly onData?: (dataset: Dataset) => void;
  /** Images are being decoded for the first time. */
  readonly onPrepare?: (done: number, total: number) => void;
  /** What will train. */
  readonly onPlan?: (plan: Plan, classifier: Classifier, folder: string) => void;
  /** The final predictions are being made. */
  readonly onPredict?: (split: string, done: number, total: number) => void;
  /** Something the user should know. */
  readonly onWarning?: (warning: string) => void;
  /** How the run was started, for the report. */
  readonly commandLine?: string;
}

export interface TrainResult {
  readonly folder: string;
  /** False where it was stopped by the signal; it can then be resumed. */
  readonly finished: boolean;
  readonly history: readonly EpochRecord[];
  /** Of the splits that have images; empty where it did not finish. */
  readonly metrics: { readonly validation?: Metrics; readonly test?: Metrics };
  readonly plan: Plan;
}

/**
 * Fine-tunes a network on a folder of class folders, or a CSV of paths and labels.
 * @param data path of the folder or CSV; when resuming it may be left out
 */
export async function train(
  data: string | undefined,
  input: TrainOptionsInput = {},
  hooks: TrainHooks = {},
): Promise<TrainResult> {
  const started = new Date();
  const { config, folder } = await settle(data, input);
  const base = await loadModel(config.model);
  const dataset = await readDataset(config.data, {
    validation: config.val,
    test: config.test,
    groupBy: config['group-by'],
    maxUnreadable: config['max-unreadable'],
    seed: config.seed,
  });
  hooks.onData?.(dataset);
  const classifier = makeClassifier(base, dataset, config);
  const phases = planPhases(config);
  const plan = makePlan(classifier, phases);
  const fingerprint = fingerprintOf(config, base.network.sha256, dataset);
  const resumed = config.resume ? await readCheckpoint(folder, fingerprint) : undefined;
  if (!config.resume) await createRunFolder(folder);
  await writeFileAtomic(path.join(folder, files.config), stringify(configRecord(config)));
  await writeSplit(path.join(folder, files.split), dataset);

  const loaders = openLoaders(dataset, classifier, config, hooks.signal);
  try {
    await prepare(Object.values(loaders), Object.values(dataset.splits).flat().length, hooks);
    hooks.onPlan?.(plan, classifier, folder);
    const { state, finished } = await fit(
      classifier,
      loaders,
      {
        phases,
        batch: config.batch,
        optimiser: { name: config.optimiser },
        schedule: { name: config.schedule },
        patience: config.patience,
        seed: config.seed,
        dropout: config.dropout,
        classWeights: config['class-weights'] ? balancedWeights(dataset) : undefined,
        threads: config.threads,
      },
      { ...hooks, save: (current) => saveState(folder, current, fingerprint) },
      resumed,
    );
    if (!finished) return { folder, finished, history: state.history, metrics: {}, plan };

    const splits = await finalPredictions(classifier, state, dataset, loaders, config, hooks);
    const thresholds = thresholdsFrom(classifier, splits);
    const metrics = Object.fromEntries(
      splits.map((split) => [
        split.name,
        evaluatePredictions({ ...classifier, ...split, threshold: thresholds }),
      ]),
    );
    const adapter = makeAdapter(classifier, state, base, config, thresholds);
    await writeFileAtomic(path.join(folder, files.adapter), encodeAdapter(adapter));
    for (const split of splits) {
      await writePredictions(path.join(folder, files.predictions(split.name)), classifier, split, thresholds);
    }
    await writeFileAtomic(path.join(folder, files.metrics), `${JSON.stringify(metrics, null, 2)}\n`);
    const unreadable = Object.values(loaders).flatMap((loader) => loader.statistics().unreadable);
    await writeReport(path.join(folder, files.report), {
      name: path.basename(folder),
      classifier,
      base,
      plan,
      config,
      configText: stringify(configRecord(config)),
      dataset,
      state,
      splits,
      metrics,
      started,
      commandLine: hooks.commandLine ?? 'library call',
      warnings: [...dataset.warnings, ...unreadable],
    });
    return { folder, finished, history: state.history, metrics, plan };
  } finally {
    await Promise.all(Object.values(loaders).map((loader) => loader.close()));
  }
}

function makeClassifier(base: BaseModel, dataset: Dataset, config: RunConfig): Classifier {
  const [height, width] = parseSize(config.size ?? String(base.size));
  const { network } = base;
  const { task, classes } = dataset;
  return {
    network,
    head: initialHead(network.features, outputsOf(task, classes), config.seed),
    preprocessing: parsePreprocessing(config.preprocess ?? base.preprocess),
    height,
    width,
    task,
    classes,
  };
}

async function readCheckpoint(folder: string, fingerprint: string): Promise<TrainingState | undefined> {
  const file = path.join(folder, files.checkpoint);
  // A run interrupted before its first checkpoint begins anew.
  if (!existsSync(file)) return undefined;
  return decodeCheckpoint(await readFile(file), file, fingerprint);
}

async function saveState(folder: string, state: TrainingState, fingerprint: string): Promise<void> {
  await writeFileAtomic(path.join(folder, files.checkpoint), encodeCheckpoint(state, fingerprint));
  const lines = state.history.map((record) => `${JSON.stringify(record)}\n`);
  await writeFileAtomic(path.join(folder, files.history), lines.join(''));
}

type Loaders = { train: Loader; validation: Loader; test?: Loader };

function openLoaders(
  { splits }: Dataset,
  { height, width }: Classifier,
  config: RunConfig,
  signal?: AbortSignal,
): Loaders {
  const open = (samples: Sample[], training: boolean): Loader =>
    createLoader(samples, {
      height,
      width,
      batch: config.batch,
      seed: config.seed,
      augment: training && config.augment ? {} : false,
      shuffle: training,
      maxUnreadable: config['max-unreadable'],
      signal,
    });
  return {
    train: open(splits.train, true),
    validation: open(splits.validation, false),
    ...(splits.test.length > 0 && { test: open(splits.test, false) }),
  };
}

/** Decodes everything once, so that what is unreadable is known before anything depends on it. */
async function prepare(
  loaders: readonly Loader[],
  images: number,
  { onPrepare, onWarning }: TrainHooks,
): Promise<void> {
  let before = 0;
  for (const loader of loaders) {
    let listed = 0;
    await loader.prepare((done, total) => {
      onPrepare?.(before + done, images);
      listed = total;
    });
    before += listed;
    for (const unreadable of loader.statistics().unreadable) onWarning?.(unreadable);
  }
}

/** n / (K · n_class), as scikit-learn's "balanced": every class then weighs the same in all. */
function balancedWeights({ task, classes, splits: { train } }: Dataset): number[] {
  if (task === 'multi-label') {
    throw new TransfuseError(
      'bad-option',
      '--class-weights needs one class per image; these data are multi-label',
    );
  }
  const counts = classes.map(() => 0);
  for (const { target } of train) counts[task === 'binary' ? target[0] : target.indexOf(1)]++;
  return counts.map((count) => (count === 0 ? 0 : train.length / (classes.length * count)));
}

async function finalPredictions(
  classifier: Classifier,
  state: TrainingState,
  dataset: Dataset,
  loaders: Loaders,
  { batch, threads }: RunConfig,
  { onPredict }: TrainHooks,
): Promise<SplitPredictions[]> {
  const predictor = await createPredictor({ classifier, weights: state.weights, batch, threads });
  try {
    const splits: SplitPredictions[] = [];
    for (const name of ['validation', 'test'] as const) {
      const loader = loaders[name];
      if (!loader || loader.size === 0) continue;
      const { size } = loader;
      splits.push(
        await predictSplit(name, dataset.splits[name], loader, classifier, predictor, (done) =>
          onPredict?.(name, done, size),
        ),
      );
    }
    return splits;
  } finally {
    await predictor.close();
  }
}

function thresholdsFrom(classifier: Classifier, splits: readonly SplitPredictions[]): number[] | null {
  const validation = splits.find(({ name }) => name === 'validation');
  return validation ? chooseThresholds({ ...classifier, ...validation }) : null;
}

function makeAdapter(
  classifier: Classifier,
  { weights }: TrainingState,
  base: BaseModel,
  { method }: RunConfig,
  thresholds: number[] | null,
): Adapter {
  const { task, classes, preprocessing, height, width, network } = classifier;
  // Batch norm is kept whole, trained or not, so that an adapter says all there is to say about normalisation.
  const kept = parametersOf(classifier).filter(
    ({ name, role }) => weights.has(name) || role.startsWith('bn-') || role.startsWith('head-'),
  );
  return {
    weights: new Map(kept.map(({ name, tensor }) => [name, weights.get(name) ?? tensor])),
    task,
    classes,
    preprocessing,
    height,
    width,
    thresholds,
    base: { name: network.name, sha256: network.sha256, source: base.source },
    method,
    version,
  };
}
