/** @file The other side of stepper.ts: micro-batches, summed gradients, and the optimiser. */
import { internal } from '../errors.js';
import { float32, type Tensor } from '../graph/tensor.js';
import { dropoutMask } from '../models/head.js';
import { stochasticDepthMask } from '../models/stochastic-depth.js';
import { type Lanes, shareTensor, startLanes, unshareTensor } from '../runtime/lanes.js';
import { moving, serveThread } from '../runtime/thread.js';
import { createOptimiser, type Optimiser, type OptimiserState } from './optimisers.js';
import { type MovingStatistics, type Program, ports, type StepProgram } from './program.js';
import { proveDevice } from './prove-device.js';
import type { StepBatch, StepperOptions, StepperThread } from './stepper.js';

interface Loaded extends Omit<StepperOptions, 'steps' | 'evaluation'> {
  readonly steps: readonly Omit<StepProgram, 'model'>[];
  readonly evaluation: Omit<Program, 'model'>;
  /** The step programs, and behind them the evaluation. */
  readonly lanes: Lanes;
  readonly rule: Optimiser;
  /** In memory that the lanes share, and changed only while they rest. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly optimiserState: Map<string, OptimiserState>;
}

let loaded: Loaded | undefined;

serveThread<StepperThread>({
  async load(options) {
    const { steps, evaluation, optimiser, snapshot, threads, device = 'cpu' } = options;
    const rule = createOptimiser(optimiser);
    const parameters = new Map([...snapshot.parameters].map(([name, tensor]) => [name, shareTensor(tensor)]));
    const models = [...steps, evaluation].map(({ model }) => model);
    // Batch statistics need the whole batch at once: it is the operators that are split then.
    const most = steps[0]!.moving.length > 0 ? 1 : undefined;
    const lanes = await startLanes(models, { threads, most, device, shared: parameters });
    if (device !== 'cpu') await proveDevice(lanes, options);
    loaded = {
      ...options,
      steps: steps.map(withoutModel),
      evaluation: withoutModel(evaluation),
      rule,
      parameters,
      optimiserState: new Map(
        steps[0]!.trained.map((name) => [
          name,
          snapshot.optimiser.get(name) ?? rule.init(parameters.get(name)!.data.length),
        ]),
      ),
      lanes,
    };
  },

  async step(batch, rate, maskSeed) {
    const state = current();
    const { loss, logits, gradients, layers, statistics } = await differentiateBatch(state, batch, maskSeed);
    for (const [name, gradient] of gradients) {
      const parameter = state.parameters.get(name)!.data as Float32Array;
      state.rule.update(parameter, gradient, state.optimiserState.get(name)!, rate);
    }
    for (const layer of layers) {
      updateMovingStatistics(state, layer, statistics, { seen: batch.seen ?? 0, size: batch.size });
    }
    return moving({ loss, logits }, [logits.buffer as ArrayBuffer]);
  },

  async evaluate(images, size) {
    const { steps, evaluation, lanes, imageShape, outputs } = current();
    const [height, width] = imageShape;
    const n = evaluation.microBatch;
    const logits = new Float32Array(size * outputs);
    await Promise.all(
      parts(size, n).map(async ({ from, count }) => {
        const data = slice(images, from, count, n, height * width * 3);
        const result = await lanes.run(steps.length, {
          [ports.images]: { dtype: 'uint8', shape: [n, height, width, 3], data },
        });
        const rows = result[ports.logits]!.data as Float32Array;
        logits.set(rows.subarray(0, count * outputs), from * outputs);
      }),
    );
    return moving(logits, [logits.buffer as ArrayBuffer]);
  },

  async snapshot() {
    const { parameters, optimiserState } = current();
    const copies = [...parameters].map(([name, tensor]) => [name, unshareTensor(tensor)] as const);
    return { parameters: new Map(copies), optimiser: optimiserState };
  },
});

/** The lanes have loaded it, and it is as large as the network. */
function withoutModel<P extends Program>({ model: _, ...rest }: P): Omit<P, 'model'> {
  return rest;
}

function current(): Loaded {
  if (!loaded) throw internal('the stepper is used before it is loaded');
  return loaded;
}

/** Loss and gradients of a whole batch, as the sum over its micro-batches. */
async function differentiateBatch(state: Loaded, batch: StepBatch, maskSeed: readonly number[]) {
  const { steps, lanes, imageShape, outputs, features, dropout } = state;
  // With batch statistics a program fits one size of batch; with frozen ones the only program takes any.
  const program = Math.max(
    0,
    steps.findIndex(({ microBatch }) => microBatch === batch.size),
  );
  const step = steps[program]!;
  if (step.moving.length > 0 && step.microBatch !== batch.size) {
    throw internal(`no program for a batch of ${batch.size} images`);
  }
  const [height, width] = imageShape;
  const n = step.microBatch;
  const mask = dropoutMask(dropout > 0 ? batch.size * features : 0, dropout, maskSeed);
  const branches = step.dropRates.length;
  const keep = stochasticDepthMask(batch.size, step.dropRates, maskSeed);
  const gradients = new Map<string, Float32Array>();
  const logits = new Float32Array(batch.size * outputs);
  let statistics: Record<string, Tensor> = {};
  let loss = 0;

  const runs = parts(batch.size, n).map(({ from, count }) => {
    // A micro-batch that is not full ends in black images of weight zero, which add exactly nothing.
    const part = <Data extends Uint8Array | Float32Array>(data: Data, row: number) =>
      slice(data, from, count, n, row);
    const running = lanes.run(program, {
      [ports.images]: {
        dtype: 'uint8',
        shape: [n, height, width, 3],
        data: part(batch.images, height * width * 3),
      },
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
  for (const { from, count, running } of runs) {
    const result = await running;
    loss += result[ports.loss]!.data[0] as number;
    logits.set((result[ports.logits]!.data as Float32Array).subarray(0, count * outputs), from * outputs);
    for (const name of step.trained) {
      const gradient = result[ports.gradient(name)]!.data as Float32Array;
      const sum = gradients.get(name);
      if (sum) for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + gradient[i]!;
      else gradients.set(name, gradient);
    }
    statistics = result;
  }
  return { loss, logits, gradients, layers: step.moving, statistics };
}

/**
 * By Keras' rule moving ← moving · momentum + batch · (1 − momentum), or cumulatively, so that in the end they are the
 * mean and (population) variance of the whole epoch, merged batch by batch as Chan et al. 1979 do.
 */
function updateMovingStatistics(
  { parameters, momentum: told }: Loaded,
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
