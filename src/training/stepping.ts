/**
 * @file One training step and what it keeps: micro-batches, parameters, moving statistics. It knows
 * models only as something that runs, and so is the same in a thread of Node and in a browser tab.
 */
import { internal } from '../errors.js';
import { float32, sizeOf, type Tensor } from '../graph/tensor.js';
import { dropoutMask } from '../models/head.js';
import { stochasticDepthMask } from '../models/stochastic-depth.js';
import type { Device } from '../runtime/device.js';
import type { Momentum } from './methods.js';
import type { OptimiserConfig, OptimiserState } from './optimisers.js';
import {
  type ForwardProgram,
  type MovingStatistics,
  type Program,
  ports,
  type StepProgram,
} from './program.js';
import type { Updater, UpdaterOptions } from './updater.js';

/** What programs take for images: their pixels, or features where that is where a program begins. */
export type Images = Uint8Array | Float32Array;

export interface StepBatch {
  /** [n,…], of the step programs' input */
  readonly images: Images;
  /** [n,K] */
  readonly targets: Float32Array;
  /** [n]: how much each sample counts; the loss is Σ weightᵢ lossᵢ. */
  readonly weights: Float32Array;
  readonly size: number;
  /** Images of this epoch before it, which cumulative averages weigh it against; 0 by default. */
  readonly seen?: number;
}

/** Everything a phase has changed so far: enough to go on to the same bits. */
export interface Snapshot {
  /** Current values of the trained parameters and of moving statistics. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly optimiser: ReadonlyMap<string, OptimiserState>;
}

export interface StepperOptions {
  /** One for frozen statistics; with batch statistics one per size of batch that occurs. */
  readonly steps: readonly StepProgram[];
  readonly evaluation: ForwardProgram;
  /** What makes features of pixels, where other programs begin with them. */
  readonly prefix?: ForwardProgram;
  /** Logits of what the steps take, without dropout; the evaluation by default. */
  readonly screening?: ForwardProgram;
  readonly optimiser: OptimiserConfig;
  /** Of the moving statistics; default: what the network says. */
  readonly momentum?: Momentum;
  /** Values to start from: all of the evaluation's and the step's fed parameters. */
  readonly snapshot: Snapshot;
  readonly dropout: number;
  readonly features: number;
  readonly outputs: number;
  /** ONNX Runtime's threads; 0 means one per core. */
  readonly threads: number;
  /** `cpu` by default. The programs must be written for it. */
  readonly device?: Device;
}

export interface StepResult {
  readonly loss: number;
  /** [n,K] */
  readonly logits: Float32Array;
}

/** A phase's programs, loaded, in the order of `programsOf`; any number of runs may be asked for at once. */
export interface Runner {
  run(program: number, feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  /** To be told when the parameters have changed, where it keeps anything made of them. */
  changed?(): void;
}

/** All programs of a phase, in the order in which a runner has them. */
export function programsOf<P>({ steps, evaluation, prefix, screening }: Programs<P>): P[] {
  return [...steps, evaluation, ...(prefix ? [prefix] : []), ...(screening ? [screening] : [])];
}

/** A program's models. */
export function bytesOf({ model, constants }: Program): Uint8Array[] {
  return [model, ...constants];
}

interface Programs<P> {
  readonly steps: readonly P[];
  readonly evaluation: P;
  readonly prefix?: P;
  readonly screening?: P;
}

/** What trains a phase, wherever it computes. */
export interface Stepper {
  /** One update of the parameters. `maskSeed` says which dropout mask. */
  step(batch: StepBatch, rate: number, maskSeed: readonly number[]): Promise<StepResult>;
  /** Logits [n,K] of images [n,…], with the current parameters. */
  evaluate(images: Images, size: number): Promise<Float32Array>;
  /** The same for images as the steps take them. */
  screen(images: Images, size: number): Promise<Float32Array>;
  /** Features [n,…] of images uint8 [n,H,W,3]; on a CPU an image's are the same bits whatever the others are. */
  features(images: Images, size: number): Promise<Float32Array>;
  snapshot(): Promise<Snapshot>;
}

/** One that holds threads. */
export interface RunningStepper extends Stepper {
  close(): Promise<void>;
}

/** What is kept of the options once the programs are loaded: their bytes are as large as the network. */
export interface LoadedOptions
  extends Omit<StepperOptions, 'steps' | 'evaluation' | 'prefix' | 'screening' | 'snapshot'> {
  readonly steps: readonly Omit<StepProgram, 'model'>[];
  readonly evaluation: Omit<ForwardProgram, 'model'>;
  readonly prefix?: Omit<ForwardProgram, 'model'>;
  readonly screening?: Omit<ForwardProgram, 'model'>;
  /** What the runner is fed with; changed in place, and only between runs. */
  readonly parameters: ReadonlyMap<string, Tensor>;
}

/** The options without the programs' bytes. */
export function withoutModels(
  options: StepperOptions,
  parameters: LoadedOptions['parameters'],
): LoadedOptions {
  const { steps, evaluation, prefix, screening, snapshot: _, ...rest } = options;
  const withoutModel = <P extends Program>({ model: _, ...program }: P): Omit<P, 'model'> => ({
    ...program,
    constants: [],
  });
  return {
    ...rest,
    steps: steps.map(withoutModel),
    evaluation: withoutModel(evaluation),
    prefix: prefix && withoutModel(prefix),
    screening: screening && withoutModel(screening),
    parameters,
  };
}

/** What an updater needs for a phase. */
export function updaterOptions(
  { steps, optimiser, snapshot }: StepperOptions,
  parameters: LoadedOptions['parameters'],
): UpdaterOptions {
  return { optimiser, parameters, trained: steps[0]!.trained, before: snapshot.optimiser };
}

/**
 * @param runner has the same programs
 * @param updater works on the same parameters
 */
export function createStepping(options: LoadedOptions, runner: Runner, updater: Updater): Stepper {
  const { evaluation, prefix, screening = evaluation, parameters } = options;
  const programs = programsOf<Omit<Program, 'model'>>(options);
  const run = (program: Omit<ForwardProgram, 'model'>, images: Images, size: number) =>
    forward(runner, programs.indexOf(program), program, images, size);
  return {
    async step(batch, rate, maskSeed) {
      const found = await differentiateBatch(options, runner, updater, batch, maskSeed);
      const { loss, logits, layers, statistics } = found;
      await updater.update(rate);
      for (const layer of layers) {
        updateMovingStatistics(options, layer, statistics, { seen: batch.seen ?? 0, size: batch.size });
      }
      runner.changed?.();
      return { loss, logits };
    },

    evaluate: (images, size) => run(evaluation, images, size),

    screen: (images, size) => run(screening, images, size),

    async features(images, size) {
      if (!prefix) throw internal('no program makes features');
      return run(prefix, images, size);
    },

    async snapshot() {
      const copies = [...parameters].map(
        ([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() }] as const,
      );
      return { parameters: new Map(copies), optimiser: await updater.states() };
    },
  };
}

/** What a program without a loss gives for each image, [n,…]. */
async function forward(
  runner: Runner,
  program: number,
  { microBatch: n, input, output }: Omit<ForwardProgram, 'model'>,
  images: Images,
  size: number,
): Promise<Float32Array> {
  const row = sizeOf(output.shape);
  const results = new Float32Array(size * row);
  await Promise.all(
    parts(size, n).map(async ({ from, count }) => {
      const result = await runner.run(
        program,
        feedOf(input, slice(images, from, count, n, sizeOf(input.shape))),
      );
      const rows = result[output.name]!.data as Float32Array;
      results.set(rows.subarray(0, count * row), from * row);
    }),
  );
  return results;
}

/** @param images a micro-batch */
function feedOf({ name, dtype, shape }: Program['input'], images: Images): Record<string, Tensor> {
  return { [name]: { dtype, shape: [images.length / sizeOf(shape), ...shape], data: images } };
}

/** Loss of a whole batch, as the sum over its micro-batches; gradients likewise, which the updater adds up. */
async function differentiateBatch(
  { steps, outputs, features, dropout }: LoadedOptions,
  runner: Runner,
  updater: Updater,
  batch: StepBatch,
  maskSeed: readonly number[],
) {
  // With batch statistics a program fits one size of batch; with frozen ones the only program takes any.
  const program = Math.max(
    0,
    steps.findIndex(({ microBatch }) => microBatch === batch.size),
  );
  const step = steps[program]!;
  if (step.moving.length > 0 && step.microBatch !== batch.size) {
    throw internal(`no program for a batch of ${batch.size} images`);
  }
  const n = step.microBatch;
  const mask = dropoutMask(dropout > 0 ? batch.size * features : 0, dropout, maskSeed);
  const branches = step.dropRates.length;
  const keep = stochasticDepthMask(batch.size, step.dropRates, maskSeed);
  const logits = new Float32Array(batch.size * outputs);
  let statistics: Record<string, Tensor> = {};
  let loss = 0;

  const runs = parts(batch.size, n).map(({ from, count }) => {
    // A micro-batch that is not full ends in black images of weight zero, which add exactly nothing.
    const part = <Data extends Uint8Array | Float32Array>(data: Data, row: number) =>
      slice(data, from, count, n, row);
    const running = runner.run(program, {
      ...feedOf(step.input, part(batch.images, sizeOf(step.input.shape))),
      ...(step.takesTargets && {
        [ports.targets]: float32(part(batch.targets, outputs), [n, outputs]),
      }),
      [ports.weights]: float32(part(batch.weights, 1), [n]),
      ...(dropout > 0 && { [ports.mask]: float32(part(mask, features), [n, features]) }),
      ...(branches > 0 && { [ports.keep]: float32(part(keep, branches), [n, branches]) }),
    });
    running.catch(() => undefined); // Awaited below, but perhaps only after another one has failed.
    return { from, count, running };
  });
  // Always in this order, whichever lane was first: floating-point sums depend on it.
  const adding: Promise<void>[] = [];
  for (const { from, count, running } of runs) {
    const result = await running;
    loss += result[ports.loss]!.data[0] as number;
    logits.set((result[ports.logits]!.data as Float32Array).subarray(0, count * outputs), from * outputs);
    const gradients = step.trained.map(
      (name) => [name, result[ports.gradient(name)]!.data as Float32Array] as const,
    );
    const added = updater.add(new Map(gradients), from === 0);
    added.catch(() => undefined); // Likewise.
    adding.push(added);
    statistics = result;
  }
  await Promise.all(adding);
  return { loss, logits, layers: step.moving, statistics };
}

/**
 * By Keras' rule moving ← moving · momentum + batch · (1 − momentum), or cumulatively, so that in the end they are the
 * mean and (population) variance of the whole epoch, merged batch by batch as Chan et al. 1979 do.
 */
function updateMovingStatistics(
  { parameters, momentum: told }: LoadedOptions,
  layer: MovingStatistics,
  results: Record<string, Tensor>,
  { seen, size }: { readonly seen: number; readonly size: number },
): void {
  const [mean, variance] = [layer.mean, layer.variance].map(
    (name) => parameters.get(name)!.data as Float32Array,
  ) as [Float32Array, Float32Array];
  const [batchMean, batchVariance] = [layer.mean, layer.variance].map(
    (name) => results[ports.batchStatistic(name)]!.data as Float32Array,
  ) as [Float32Array, Float32Array];
  const momentum = told ?? layer.momentum;
  const old = momentum === 'cumulative' ? seen / (seen + size) : momentum;
  for (let i = 0; i < mean.length; i++) {
    const between = momentum === 'cumulative' ? old * (1 - old) * (batchMean[i]! - mean[i]!) ** 2 : 0;
    const correction = momentum === 'cumulative' ? 1 : layer.correction;
    mean[i] = mean[i]! * old + batchMean[i]! * (1 - old);
    variance[i] = variance[i]! * old + batchVariance[i]! * correction * (1 - old) + between;
  }
}

function parts(size: number, most: number): { from: number; count: number }[] {
  return Array.from({ length: Math.ceil(size / most) }, (_, i) => ({
    from: i * most,
    count: Math.min(most, size - i * most),
  }));
}

/** A copy of rows `from` to `from + count` of a batch, filled up with zeros to `n` rows. */
function slice<Data extends Uint8Array | Float32Array>(
  data: Data,
  from: number,
  count: number,
  n: number,
  row: number,
): Data {
  const full = new (data.constructor as new (size: number) => Data)(n * row);
  full.set(data.subarray(from * row, (from + count) * row) as Data);
  return full;
}
