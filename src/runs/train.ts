/** @file A whole training run: data and a network in, a run folder with adapter, metrics and report out. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { type Dataset, defaultCacheBytes, readDataset, withFewer } from '../data/index.js';
import { TransfuseError } from '../errors.js';
import { removeAbandoned, writeFileAtomic } from '../files/atomic.js';
import type { Metrics } from '../metrics/index.js';
import type { BaseModel } from '../models/catalogue.js';
import type { Classifier } from '../models/classifier.js';
import { initialHead } from '../models/head.js';
import { parsePreprocessing } from '../models/preprocessing.js';
import { loadBase } from '../models/start.js';
import type { About } from '../report/card.js';
import { chooseDevice } from '../runtime/choose-device.js';
import type { DeviceChoice } from '../runtime/device.js';
import { outputsOf } from '../task.js';
import { decodeCheckpoint, encodeCheckpoint } from '../training/checkpoint.js';
import type { EarlySize } from '../training/growing.js';
import type { FitHooks } from '../training/loop.js';
import type { EpochRecord, TrainingState } from '../training/state.js';
import { fit } from '../training/trainer.js';
import type { DownloadProgress } from '../weights/download.js';
import { balancedWeights } from './class-weights.js';
import { configRecord, fingerprintOf, type Settled, settle } from './config.js';
import { abandonRun, createRunFolder, files, type RunConfig, refuseTaken } from './folder.js';
import { closeAll, dicomOf, openLoaders } from './loaders.js';
import { RunLock } from './lock.js';
import { parseEarlySizes, parseSize, type TrainOptionsInput } from './options.js';
import { drawnFor, makePlan, type Plan, planPhases, refuseUnfit } from './plan.js';
import { writeSplit } from './predictions.js';
import { trainWhileReading } from './read-while-training.js';
import { type PhaseStore, SharedPhases } from './shared-phases.js';
import { subgroupColumns, subgroupRequest } from './subgroup-columns.js';

export interface TrainHooks extends Pick<FitHooks, 'onPhase' | 'onStep' | 'onEpoch' | 'signal'> {
  /** The network's official weights are being downloaded. */
  readonly onDownload?: (progress: DownloadProgress) => void;
  /** A compressed file is being unpacked into the cache folder, which may take minutes. */
  readonly onUnpack?: (file: string, to: string) => void;
  /** The data have been read. */
  readonly onData?: (dataset: Dataset) => void;
  /** Images are being decoded for the first time. */
  readonly onPrepare?: (done: number, total: number) => void;
  /** What will train. */
  readonly onPlan?: (plan: Plan, classifier: Classifier, folder: string) => void;
  /** What computes, and why. */
  readonly onDevice?: (choice: DeviceChoice) => void;
  /** The final predictions are being made. */
  readonly onPredict?: (split: string, done: number, total: number) => void;
  /** Something the user should know. */
  readonly onWarning?: (warning: string) => void;
  /** How the run was started, for the report. */
  readonly commandLine?: string;
  /** What people say of the model, for its card. */
  readonly about?: About;
  /** Whether the caller has seen to it that no other process works in the run's folder. */
  readonly isHeld?: boolean;
  /** Where a new run finds phases that others have trained already, and leaves its own. */
  readonly phases?: PhaseStore;
}

export interface TrainResult {
  readonly folder: string;
  /** False where it was stopped by the signal; it can then be resumed. */
  readonly finished: boolean;
  readonly history: readonly EpochRecord[];
  /** Of the splits that have images; empty where it did not finish. */
  readonly metrics: { readonly validation?: Metrics; readonly test?: Metrics };
  readonly plan: Plan;
  /** Epochs taken over from other runs, the first of the history. */
  readonly reusedEpochs: number;
}

/**
 * Fine-tunes a network on a folder of class folders, or a CSV of paths and labels. Whatever can be refused is refused
 * before anything is written; a run that fails before its first checkpoint leaves nothing behind.
 * @param data path of the folder or CSV; when resuming it may be left out
 */
export async function train(
  data: string | undefined,
  input: TrainOptionsInput = {},
  hooks: TrainHooks = {},
): Promise<TrainResult> {
  const started = new Date();
  const settled = await settle(data, input);
  const lock = new RunLock(settled.folder, hooks.isHeld);
  // Before anything is read of it that another process may be changing.
  if (settled.resuming) await lock.take();
  try {
    return await trainSettled(settled, lock, started, hooks);
  } finally {
    await lock.release();
  }
}

async function trainSettled(
  { config, folder, resuming }: Settled,
  lock: RunLock,
  started: Date,
  hooks: TrainHooks,
): Promise<TrainResult> {
  const choosingDevice = chooseDevice(config.device);
  choosingDevice.catch(() => undefined); // Awaited below, but perhaps only after something else has failed.
  const base = await loadBase(config.model, drawnFor(config), {
    architecture: config.architecture,
    download: { onProgress: hooks.onDownload, signal: hooks.signal },
  });
  const dataset = await readData(config, hooks);
  await refuseSubgroups(config, dataset);
  hooks.onData?.(dataset);
  const classifier = makeClassifier(base, dataset, config);
  refuseUnfit(classifier);
  const earlySizes = earlySizesFor(classifier, config);
  const phases = planPhases(config);
  const plan = { ...makePlan(classifier, phases), drawn: drawnFor(config) };
  const classWeights = config['class-weights'] ? balancedWeights(dataset) : undefined;
  const fingerprint = fingerprintOf(config, base.network.sha256, dataset);
  const shared = hooks.phases && new SharedPhases(hooks.phases, config, base.network.sha256, dataset, phases);
  const begun = resuming ? await readCheckpoint(folder, fingerprint) : undefined;
  const taken = begun ? undefined : await shared?.begin();
  const reusedEpochs = taken?.history.length ?? 0;
  const checkpoint = begun ?? taken;
  const device = await choosingDevice;

  if (resuming) await removeAbandoned(folder);
  else await createRunFolder(folder);
  await lock.take();
  if (!resuming) await refuseTaken(folder); // by one that was begun, and has ended, since it was looked at first
  let hasCheckpoint = resuming;
  const save = async (state: TrainingState): Promise<void> => {
    await lock.check();
    await writeFileAtomic(path.join(folder, files.checkpoint), encodeCheckpoint(state, fingerprint));
    hasCheckpoint = true;
    await writeHistory(folder, state);
    await shared?.offer(state);
  };
  try {
    await writeFileAtomic(path.join(folder, files.config), stringify(configRecord(config)));
    await writeSplit(path.join(folder, files.split), dataset);
    if (hooks.about) await writeFileAtomic(path.join(folder, files.about), stringify(hooks.about));
    // An interruption may have come between a checkpoint and its history.
    if (checkpoint) await writeHistory(folder, checkpoint);

    const loaders = openLoaders(dataset, classifier, config, hooks.signal);
    try {
      const images = Object.values(dataset.splits).flat().length;
      hooks.onPlan?.(plan, classifier, folder);
      hooks.onDevice?.(device);
      const options = {
        phases,
        batch: config.batch,
        optimiser: { name: config.optimiser },
        schedule: { name: config.schedule },
        patience: config.patience,
        seed: config.seed,
        dropout: config.dropout,
        classWeights,
        threads: config.threads,
        device,
        earlySizes,
        skipEasy: config['skip-easy'],
        featureBytes: defaultCacheBytes(),
      };
      const fitHooks = {
        ...hooks,
        everySeconds: config['checkpoint-every'],
        save,
        onPrepare: (done: number) => hooks.onPrepare?.(done, images),
      };
      loaders.train.prefetch(checkpoint?.epochs ?? 0, checkpoint?.step);
      const { state, finished, unreadable } = await trainWhileReading(loaders, fitHooks, (hooks) =>
        fit(classifier, loaders, options, hooks, structuredClone(checkpoint)),
      );
      if (!finished) return { folder, finished, history: state.history, metrics: {}, plan, reusedEpochs };

      await lock.check();
      const { commandLine = 'library call' } = hooks;
      const run = {
        folder,
        config,
        base,
        dataset,
        classifier,
        plan,
        state,
        loaders,
        unreadable,
        started,
        device,
      };
      const { finishRun } = await import('./finish.js');
      const metrics = await finishRun({ ...run, commandLine }, hooks.onPredict);
      return { folder, finished, history: state.history, metrics, plan, reusedEpochs };
    } finally {
      await closeAll(loaders);
    }
  } catch (error) {
    if (hooks.signal?.aborted && error === hooks.signal.reason) {
      return { folder, finished: false, history: checkpoint?.history ?? [], metrics: {}, plan, reusedEpochs };
    }
    if (!hasCheckpoint && (await lock.holds())) await abandonRun(folder);
    throw error;
  }
}

/** @throws TransfuseError `too-few-images` where no image is left to learn from, or to stop by */
export async function readData(config: RunConfig, { onUnpack }: TrainHooks): Promise<Dataset> {
  const dataset = await readDataset(config.data, {
    dataset: config.dataset,
    uncertain: config.uncertain,
    hospitals: config.hospitals,
    validationLeak: config['validation-leak'],
    onUnpack,
    validation: config.val,
    test: config.test,
    groupBy: config['group-by'],
    dicom: dicomOf(config),
    maxUnreadable: config['max-unreadable'],
    seed: config.seed,
  });
  const { splits } = dataset;
  const images = config['train-images'];
  for (const split of ['train', 'validation'] as const) {
    if (splits[split].length > 0) continue;
    const sizes = Object.entries(splits).map(([name, samples]) => `${name} ${samples.length}`);
    throw new TransfuseError(
      'too-few-images',
      `${config.data} leaves no image for ${split} (${sizes.join(', ')}); add images, or choose other fractions with --val and --test`,
    );
  }
  return images === undefined ? dataset : withFewer(dataset, 'train', images, config.seed);
}

/** Before hours of training, whether the subgroups that are to be measured after it are there. */
async function refuseSubgroups(config: RunConfig, { splits, columns }: Dataset): Promise<void> {
  const asked = subgroupRequest(config);
  const measured = splits.test.length > 0 ? splits.test : splits.validation;
  if (asked) await subgroupColumns(measured, columns, asked);
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

/** @throws TransfuseError `bad-option` where one is larger than the classifier's, or too small for the network */
function earlySizesFor(classifier: Classifier, config: RunConfig): EarlySize[] {
  const sizes = parseEarlySizes(config['grow-size'] ?? '') ?? [];
  for (const { height, width } of sizes) {
    if (height > classifier.height || width > classifier.width) {
      throw new TransfuseError(
        'bad-option',
        `--grow-size has ${height}×${width}, which is larger than --size, ${classifier.height}×${classifier.width}; sizes grow up to that one`,
      );
    }
    refuseUnfit({ ...classifier, height, width }, '--grow-size');
  }
  return sizes;
}

async function readCheckpoint(folder: string, fingerprint: string): Promise<TrainingState | undefined> {
  const file = path.join(folder, files.checkpoint);
  // A run interrupted before its first checkpoint begins anew.
  if (!existsSync(file)) return undefined;
  return decodeCheckpoint(await readFile(file), file, fingerprint);
}

async function writeHistory(folder: string, { history }: TrainingState): Promise<void> {
  const lines = history.map((record) => `${JSON.stringify(record)}\n`);
  await writeFileAtomic(path.join(folder, files.history), lines.join(''));
}
