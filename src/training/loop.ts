/** @file The training loop: phases, epochs, steps, validation, early stopping; resumable after any step. */
import { TransfuseError } from '../errors.js';
import { sizeOf, type Tensor } from '../graph/tensor.js';
import { evaluatePredictions } from '../metrics/index.js';
import { blocksOf } from '../models/blocks.js';
import { type Classifier, parametersOf } from '../models/classifier.js';
import { type Device, type DeviceChoice, onDevice } from '../runtime/device.js';
import { outputsOf } from '../task.js';
import type { BatchSource, TrainingBatch } from './batches.js';
import { canSkip, hardRows, rowsOf } from './easy.js';
import { featureSource } from './feature-source.js';
import { type EarlySize, isSameSize, type Size, sizeIn } from './growing.js';
import type { Phase } from './methods.js';
import type { OptimiserConfig } from './optimisers.js';
import { meanLoss, probabilitiesFrom, sampleLosses } from './outcome.js';
import { phasePrograms } from './phase-programs.js';
import { type Program, ports } from './program.js';
import { createSchedule, earlyStopping, type Schedule, type ScheduleConfig } from './schedules.js';
import { type EpochRecord, initialState, nextPhase, type TrainingState } from './state.js';
import type { Images, RunningStepper, StepBatch, StepperOptions } from './stepping.js';

export type { BatchSource, TrainingBatch };

export interface FitData {
  readonly train: BatchSource;
  readonly validation?: BatchSource;
}

export interface FitOptions {
  readonly phases: readonly Phase[];
  readonly batch: number;
  readonly optimiser: OptimiserConfig;
  readonly schedule: ScheduleConfig;
  /** Epochs without a better validation loss before a phase ends. */
  readonly patience: number;
  readonly seed: number;
  /** Fraction of the features dropped in training, 0 to below 1. */
  readonly dropout: number;
  /** How much a sample of each class counts; absent, all count 1. */
  readonly classWeights?: readonly number[];
  /** Sizes of the images in the first epochs of every phase; afterwards, and in evaluation, the classifier's. */
  readonly earlySizes?: readonly EarlySize[];
  /**
   * In nats: a sample whose loss is below it gets no backward pass, where a phase can do without (see easy.ts). Absent,
   * all learn.
   */
  readonly skipEasy?: number;
  /**
   * Bytes for what frozen layers make of images that look the same in every epoch, so that it is computed but once.
   * However many, the bits are the same; absent, each epoch begins at the pixels.
   */
  readonly featureBytes?: number;
  /** ONNX Runtime's threads; 0 means one per core. */
  readonly threads: number;
  /** The CPU by default. It also takes the place of a GPU that was not asked for and cannot run a phase. */
  readonly device?: Pick<DeviceChoice, 'device' | 'asked'>;
}

export interface StepProgress {
  readonly phase: Phase;
  /** Counted from 1. */
  readonly epoch: number;
  readonly step: number;
  readonly steps: number;
  /** Mean over the samples seen in this epoch. */
  readonly loss: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
}

export interface FitHooks {
  readonly onPhase?: (phase: Phase, state: TrainingState) => void;
  readonly onStep?: (progress: StepProgress) => void;
  readonly onEpoch?: (record: EpochRecord) => void;
  /** Something the user should know. */
  readonly onWarning?: (warning: string) => void;
  /** Keeps a state from which `fit` continues to the same bits; called after each epoch and every `everySeconds`. */
  readonly save?: (state: TrainingState) => Promise<void>;
  readonly everySeconds?: number;
  /** Aborting stops after the current step, with a last `save`. Batches may then reject with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface FitResult {
  readonly state: TrainingState;
  /** False where the signal stopped it before the end. */
  readonly finished: boolean;
}

/** Loads a phase's programs where they are to run. */
export type CreateStepper = (options: StepperOptions) => Promise<RunningStepper>;

/** What runs the steps. */
export interface StepRuntime {
  readonly createStepper: CreateStepper;
  /** Channels in a block of its CPU's convolutions; 1 stands for none. */
  readonly block: number;
}

/** What `fit` does, on whatever runs the steps. */
export async function fitOn(
  runtime: StepRuntime,
  classifier: Classifier,
  data: FitData,
  options: FitOptions,
  hooks: FitHooks = {},
  resume?: TrainingState,
): Promise<FitResult> {
  let state = resume ?? initialState(new Map());
  while (state.phase < options.phases.length) {
    const run = new PhaseRun(runtime, classifier, data, options, hooks, state);
    if (!(await run.finish())) return { state, finished: false };
    state = nextPhase(state);
    await hooks.save?.(state);
  }
  return { state, finished: true };
}

/** The names that a phase trains, in the network's order. */
export function trainedIn({ trains, lastBlocks }: Phase, classifier: Classifier): string[] {
  const ofRoles = parametersOf(classifier).filter(({ role }) => trains.includes(role));
  if (lastBlocks === undefined) return ofRoles.map(({ name }) => name);
  const blocks = blocksOf(classifier.network, classifier);
  const isLast = (name: string): boolean =>
    (blocks.of.get(name) ?? blocks.count) >= blocks.count - lastBlocks;
  return ofRoles.map(({ name }) => name).filter(isLast);
}

/** How often a long epoch is saved in between, unless told otherwise. */
const SAVE_EVERY_SECONDS = 60;

class PhaseRun {
  private readonly phase: Phase;
  private readonly schedule: Schedule;
  private stepper!: RunningStepper;
  /** The images, or their features where the programs begin with those. */
  private source!: { readonly train: BatchSource<Images>; readonly validation?: BatchSource<Images> };
  /** Of the images that the stepper trains on. */
  private size!: Size;
  /** The loss below which samples are skipped, in nats; undefined where none are. */
  private readonly skipsBelow: number | undefined;
  private savedAt = performance.now();

  constructor(
    private readonly runtime: StepRuntime,
    private readonly classifier: Classifier,
    private readonly data: FitData,
    private readonly options: FitOptions,
    private readonly hooks: FitHooks,
    private readonly state: TrainingState,
  ) {
    this.phase = options.phases[state.phase];
    this.skipsBelow = canSkip(this.phase) ? options.skipEasy : undefined;
    this.schedule = createSchedule(options.schedule);
    state.schedule ??= this.schedule.init(this.phase.learningRate);
  }

  /** Runs what is left of the phase. Returns false when it was stopped by the signal. */
  async finish(): Promise<boolean> {
    const { state, phase, hooks, options } = this;
    if (hooks.signal?.aborted) return false;
    this.stepper = await this.startStepper();
    try {
      hooks.onPhase?.(phase, state);
      while (state.epoch < phase.epochs && state.stopping.wait < options.patience) {
        if (!isSameSize(this.size, this.sizeNow())) {
          await this.stepper.close();
          this.stepper = await this.startStepper();
        }
        if (!(await this.epoch())) return false;
      }
      return true;
    } catch (error) {
      // The same signal stops whatever batches are waited for, between steps or while validating.
      if (!hooks.signal?.aborted || error !== hooks.signal.reason) throw error;
      await this.save();
      return false;
    } finally {
      await this.stepper.close();
    }
  }

  private sizeNow(): Size {
    return sizeIn(this.state.epoch, this.options.earlySizes ?? [], this.classifier);
  }

  private startStepper(): Promise<RunningStepper> {
    this.size = this.sizeNow();
    return onDevice(
      this.options.device,
      (device) => this.startStepperOn(device),
      (why) => this.hooks.onWarning?.(`the CPU trains phase ${this.phase.name}, as ${why}`),
    );
  }

  private async startStepperOn(device: Device): Promise<RunningStepper> {
    const { classifier, options, phase, state, data } = this;
    const { dropout, batch, featureBytes } = options;
    const { statistics, objective, momentum } = phase;
    const { fed, ...programs } = phasePrograms(classifier, {
      trained: trainedIn(phase, classifier),
      statistics,
      objective,
      dropout,
      batch,
      images: data.train.size,
      size: this.size,
      screen: this.skipsBelow !== undefined,
      weights: state.weights,
      device,
      block: this.runtime.block,
      reuse: featureBytes === undefined ? 'none' : data.train.fixed ? 'all' : 'evaluation',
    });
    const stepper = await this.runtime.createStepper({
      ...programs,
      optimiser: options.optimiser,
      momentum,
      snapshot: { parameters: this.valuesOf(fed), optimiser: state.optimiser },
      dropout,
      features: classifier.network.features,
      outputs: outputsOf(classifier.task, classifier.classes),
      threads: options.threads,
      device,
    });
    const room = { bytes: featureBytes ?? 0 };
    const suited = (source: BatchSource, { input }: Pick<Program, 'input'>): BatchSource<Images> =>
      input.name === ports.features
        ? featureSource(source, { row: sizeOf(input.shape), room, features: stepper.features })
        : source;
    this.source = {
      train: suited(data.train, programs.steps[0]!),
      validation: data.validation && suited(data.validation, programs.evaluation),
    };
    return stepper;
  }

  private valuesOf(names: readonly string[]): Map<string, Tensor> {
    const original = new Map(parametersOf(this.classifier).map(({ name, tensor }) => [name, tensor]));
    return new Map(names.map((name) => [name, this.state.weights.get(name) ?? original.get(name)!]));
  }

  private async epoch(): Promise<boolean> {
    const { state, hooks, options } = this;
    const { train } = this.source;
    const started = performance.now() - state.seconds * 1000;
    const waitedBefore = train.statistics().waitedSeconds - state.waitedSeconds;

    const size = isSameSize(this.size, this.classifier) ? undefined : this.size;
    for await (const batch of train.epoch(state.epochs, { fromBatch: state.step, size })) {
      await this.step(batch, started);
      state.waitedSeconds = train.statistics().waitedSeconds - waitedBefore;
      if (hooks.signal?.aborted) {
        await this.save();
        return false;
      }
      const everySeconds = hooks.everySeconds ?? SAVE_EVERY_SECONDS;
      if (performance.now() - this.savedAt > everySeconds * 1000) await this.save();
    }
    const validation = await this.validate();

    const { isBest } = earlyStopping(state.stopping, state.epoch + 1, validation.loss, options.patience);
    const learningRate = this.rate();
    this.schedule.epochEnd(state.schedule!, validation.loss);
    const { parameters } = await this.takeSnapshot();
    if (isBest) state.best = parameters;
    const record: EpochRecord = {
      phase: this.phase.name,
      epoch: state.epoch + 1,
      learningRate,
      trainLoss: state.lossSum / state.seen,
      validationLoss: validation.loss,
      validationAuc: validation.auc,
      validationAccuracy: validation.accuracy,
      best: isBest,
      ...(this.skipsBelow !== undefined && { skippedFraction: state.skipped / state.seen }),
      seconds: (performance.now() - started) / 1000,
      imagesPerSecond: state.seen / state.seconds,
      waitedFraction: state.waitedSeconds / state.seconds,
    };
    state.history = [...state.history, record];
    state.epoch++;
    state.epochs++;
    state.step = 0;
    state.lossSum = 0;
    state.seen = 0;
    state.skipped = 0;
    state.seconds = 0;
    state.waitedSeconds = 0;
    await hooks.save?.(state);
    this.savedAt = performance.now();
    hooks.onEpoch?.(record);
    return true;
  }

  private async step(batch: TrainingBatch<Images>, started: number): Promise<void> {
    const { state, phase, data } = this;
    const learningRate = this.rate();
    const lossSum = await this.learn(
      { ...batch, weights: this.sampleWeights(batch), seen: state.seen },
      learningRate,
    );
    if (!Number.isFinite(lossSum)) {
      throw new TransfuseError(
        'loss-not-finite',
        `the loss became ${lossSum} in phase ${phase.name}, epoch ${state.epoch + 1}, step ${state.step + 1}, at learning rate ${learningRate}; a smaller --lr usually helps`,
      );
    }
    state.lossSum += lossSum;
    state.seen += batch.size;
    state.step++;
    state.seconds = (performance.now() - started) / 1000;
    this.hooks.onStep?.({
      phase,
      epoch: state.epoch + 1,
      step: state.step,
      steps: data.train.batches,
      loss: state.lossSum / state.seen,
      learningRate,
      imagesPerSecond: state.seen / state.seconds,
    });
  }

  /** Learns from a batch, or from those of its samples that are not too easy. Returns Σ lossᵢ over all. */
  private async learn(batch: StepBatch, learningRate: number): Promise<number> {
    const { skipsBelow: threshold, state } = this;
    if (threshold === undefined) return this.update(batch, learningRate);
    const { task, classes } = this.classifier;
    const logits = await this.stepper.screen(batch.images, batch.size);
    const losses = sampleLosses(task, classes, logits, batch.targets);
    const rows = hardRows(losses, threshold);
    state.skipped += batch.size - rows.length;
    const ofEasy = losses.reduce((sum, loss) => (loss < threshold ? sum + loss : sum), 0);
    return rows.length > 0 ? ofEasy + (await this.update(rowsOf(batch, rows), learningRate)) : ofEasy;
  }

  /** One update of the parameters. Returns Σ lossᵢ. */
  private async update(batch: StepBatch, learningRate: number): Promise<number> {
    const { state, options, phase } = this;
    const { task, classes } = this.classifier;
    const maskSeed = [options.seed, state.epochs, state.step];
    const { loss, logits } = await this.stepper.step(batch, learningRate, maskSeed);
    // What is minimised may be weighted; but that it is no number is seen there first.
    if (!Number.isFinite(loss)) return loss;
    const mean = phase.objective === 'entropy' ? loss : meanLoss(task, classes, logits, batch.targets);
    return mean * batch.size;
  }

  private rate(): number {
    const { state, data, phase } = this;
    const step = state.epoch * data.train.batches + state.step;
    return this.schedule.rate(state.schedule!, { step, steps: phase.epochs * data.train.batches });
  }

  /** Each sample's share of the batch's mean loss, times the weight of its class. */
  private sampleWeights({ targets, size }: TrainingBatch<Images>): Float32Array {
    const { classWeights } = this.options;
    const { task, classes } = this.classifier;
    const outputs = outputsOf(task, classes);
    const weights = new Float32Array(size).fill(1 / size);
    if (!classWeights) return weights;
    return weights.map((share, i) => {
      const row = targets.subarray(i * outputs, (i + 1) * outputs);
      return share * classWeights[task === 'binary' ? row[0] : row.indexOf(1)];
    });
  }

  private async validate(): Promise<{ loss: number; auc: number | null; accuracy: number | null }> {
    const { task, classes } = this.classifier;
    const { validation } = this.source;
    if (!validation) return { loss: this.state.lossSum / this.state.seen, auc: null, accuracy: null };
    const outputs = outputsOf(task, classes);
    const { predicted: logits, targets } = await predictAll(validation, outputs, (images, size) =>
      this.stepper.evaluate(images, size),
    );
    const probabilities = probabilitiesFrom(task, logits, outputs);
    const { auc, accuracy } = evaluatePredictions({ task, classes, targets, probabilities });
    return { loss: meanLoss(task, classes, logits, targets), auc: auc.value, accuracy };
  }

  private async takeSnapshot() {
    const snapshot = await this.stepper.snapshot();
    this.state.weights = new Map([...this.state.weights, ...snapshot.parameters]);
    this.state.optimiser = snapshot.optimiser;
    return snapshot;
  }

  private async save(): Promise<void> {
    await this.takeSnapshot();
    await this.hooks.save?.(this.state);
    this.savedAt = performance.now();
  }
}

/** The outputs [n,K] and targets [n,K] of everything a source has, and which samples they belong to. */
export async function predictAll<Pixels>(
  source: BatchSource<Pixels>,
  outputs: number,
  evaluate: (images: Pixels, size: number) => Promise<Float32Array>,
  onBatch?: (done: number) => void,
): Promise<{ predicted: Float32Array; targets: Float32Array; indices: Int32Array }> {
  const room = (n: number) => ({
    predicted: new Float32Array(n * outputs),
    targets: new Float32Array(n * outputs),
    indices: new Int32Array(n),
  });
  let { predicted, targets, indices } = room(0);
  let done = 0;
  for await (const batch of source.epoch(0)) {
    // Only a source that has begun is sure to know how much it has.
    if (done === 0) ({ predicted, targets, indices } = room(source.size));
    predicted.set(await evaluate(batch.images, batch.size), done * outputs);
    targets.set(batch.targets, done * outputs);
    indices.set(batch.indices, done);
    done += batch.size;
    onBatch?.(done);
  }
  return { predicted, targets, indices };
}
