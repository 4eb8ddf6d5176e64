/** @file A whole fine-tuning in the tab: from the files of a data set to the adapter and what it is worth. */
import type { Adapter } from '../../adapter/adapter.js';
import { forwardModel } from '../../adapter/forward.js';
import { predictOn } from '../../adapter/predict-on.js';
import type { Dataset, Sample, SplitName } from '../../data/types.js';
import { TransfuseError } from '../../errors.js';
import type { Network } from '../../graph/network.js';
import { type Metrics, measure } from '../../metrics/index.js';
import type { Classifier, Weights } from '../../models/classifier.js';
import { initialHead } from '../../models/head.js';
import { BUILTIN_SIZE, builtinPreprocessing } from '../../models/petri.js';
import { encodeOnnx } from '../../onnx/encode.js';
import { type Chosen, chooseBy, makeAdapter } from '../../runs/chosen.js';
import { balancedWeights } from '../../runs/class-weights.js';
import { layerMovement } from '../../runs/movement.js';
import { parseSize, type TrainOptions } from '../../runs/options.js';
import { makePlan, planPhases, refuseUnfit } from '../../runs/plan.js';
import { outputsOf } from '../../task.js';
import { type BatchSource, fitOn, predictAll } from '../../training/loop.js';
import type { TrainingEvent } from '../../ui/api.js';
import { chooseBrowserDevice } from './device.js';
import { type Lanes, startLanes } from './lanes.js';
import { batchesOf, readPixels, refuseTooMany } from './pixels.js';
import { createBrowserStepper } from './stepper.js';

export interface Trained {
  readonly adapter: Adapter;
  readonly classifier: Classifier;
  readonly weights: Weights;
  readonly metrics: Readonly<Record<string, Metrics>>;
  /** What the curves are drawn from. */
  readonly predictions: readonly SplitOutcome[];
}

export interface SplitOutcome {
  readonly name: string;
  /** [n,K] */
  readonly targets: Float32Array;
  /** [n,K] */
  readonly probabilities: Float32Array;
}

export interface FineTuning {
  readonly network: Network;
  readonly dataset: Dataset;
  readonly fileOf: (sample: Sample) => File;
  readonly options: TrainOptions;
  readonly version: string;
}

/** What is kept of what frozen layers make of images. */
const FEATURE_BYTES = 3e8;

/** Between two messages about steps. */
const STEP_EVERY_MS = 100;

/**
 * @returns undefined where the signal stopped it before its end
 * @throws TransfuseError what is wrong with the data, the options or the device
 */
export async function fineTune(
  { network, dataset, fileOf, options, version }: FineTuning,
  tell: (event: TrainingEvent) => void,
  onDevice: (line: string) => void,
  signal: AbortSignal,
): Promise<Trained | undefined> {
  const { batch, seed, dropout, optimiser, schedule, patience, method } = options;
  const [height, width] = parseSize(options.size ?? String(BUILTIN_SIZE));
  const { task, classes, splits } = dataset;
  const head = initialHead(network.features, outputsOf(task, classes), seed);
  const classifier: Classifier = {
    network,
    head,
    preprocessing: builtinPreprocessing,
    height,
    width,
    task,
    classes,
  };
  refuseUnfit(classifier);
  const phases = planPhases(options);
  const { roles, phases: planned } = makePlan(classifier, phases);
  refuseTooMany(Object.values(splits).flat().length, classifier);
  const device = await chooseBrowserDevice(options.device);

  const sources = await readSplits(dataset, fileOf, classifier, options, tell, signal);
  tell({ kind: 'plan', phases: planned, roles });
  onDevice(device.line);
  const warn = (text: string) => tell({ kind: 'warning', text });
  let toldAt = 0;
  const { state, finished } = await fitOn(
    { createStepper: createBrowserStepper, block: 1 },
    classifier,
    sources,
    {
      phases,
      batch,
      optimiser: { name: optimiser },
      schedule: { name: schedule },
      patience,
      seed,
      dropout,
      classWeights: options['class-weights'] ? balancedWeights(dataset) : undefined,
      featureBytes: FEATURE_BYTES,
      threads: 1,
      device,
    },
    {
      signal,
      onWarning: (text) => {
        onDevice(`WebAssembly, as ${text}`);
        warn(text);
      },
      onStep: ({ phase, ...step }) => {
        if (step.step < step.steps && performance.now() - toldAt < STEP_EVERY_MS) return;
        toldAt = performance.now();
        tell({ kind: 'step', phase: phase.name, ...step });
      },
      onEpoch: (record) => tell({ kind: 'epoch', record }),
      save: async ({ weights }) => tell({ kind: 'movement', layers: layerMovement(classifier, weights) }),
    },
  );
  if (!finished) return undefined;

  const { weights } = state;
  const model = encodeOnnx(forwardModel(classifier, weights, { input: 'uint8', size: 'own' }));
  const lanes = await startLanes([model]);
  try {
    const predictions = await predictSplits(sources, dataset, classifier, lanes, tell);
    tell({ kind: 'stage', title: 'Measuring, with intervals', done: 0, total: 0 });
    const { metrics, chosen } = measureSplits(classifier, predictions);
    const adapter = makeAdapter(classifier, weights, chosen, {
      base: { source: 'builtin' },
      method,
      version,
    });
    return { adapter, classifier, weights, metrics, predictions };
  } finally {
    lanes.close();
  }
}

interface Sources {
  readonly train: BatchSource;
  readonly validation: BatchSource;
  readonly test?: BatchSource;
}

/** @throws TransfuseError `too-few-images` where nothing can be read to learn from, or to stop by */
async function readSplits(
  { splits }: Dataset,
  fileOf: (sample: Sample) => File,
  { height, width }: Classifier,
  { batch, seed, augment }: TrainOptions,
  tell: (event: TrainingEvent) => void,
  signal: AbortSignal,
): Promise<Sources> {
  const total = Object.values(splits).flat().length;
  let done = 0;
  const open = async (split: SplitName): Promise<BatchSource> => {
    const samples = splits[split];
    const files = samples.map((sample) => ({ name: sample.id, file: fileOf(sample) }));
    const pixels = await readPixels(
      files,
      { height, width },
      {
        onRead: () => tell({ kind: 'stage', title: 'Reading images', done: ++done, total }),
        onProblem: (text) => tell({ kind: 'warning', text }),
        signal,
      },
    );
    const training = split === 'train';
    return batchesOf(samples, pixels, { height, width, batch, seed, training, augment });
  };
  const sources = {
    train: await open('train'),
    validation: await open('validation'),
    test: await open('test'),
  };
  for (const split of ['train', 'validation'] as const) {
    if (sources[split].size > 0) continue;
    throw new TransfuseError(
      'too-few-images',
      `no image is left for ${split}; add images, or choose other fractions for val and test`,
    );
  }
  const { test, ...others } = sources;
  return test.size > 0 ? sources : others;
}

interface SplitPredictions extends SplitOutcome {
  readonly groups: readonly (string | undefined)[];
}

async function predictSplits(
  sources: Sources,
  dataset: Dataset,
  classifier: Classifier,
  lanes: Lanes,
  tell: (event: TrainingEvent) => void,
): Promise<SplitPredictions[]> {
  const predictor = predictOn(lanes, classifier);
  const outputs = outputsOf(classifier.task, classifier.classes);
  const predictions: SplitPredictions[] = [];
  for (const name of ['validation', 'test'] as const) {
    const source = sources[name];
    if (!source) continue;
    const { predicted, targets, indices } = await predictAll(
      source,
      outputs,
      (images, size) => predictor.predict(images, size),
      (done) => tell({ kind: 'stage', title: `Predicting ${name}`, done, total: source.size }),
    );
    const groups = [...indices].map((index) => dataset.splits[name][index]!.group);
    predictions.push({ name, targets, probabilities: predicted, groups });
  }
  return predictions;
}

/** What is chosen on validation is only applied to the test. */
function measureSplits(
  { task, classes }: Classifier,
  splits: readonly SplitPredictions[],
): { metrics: Record<string, Metrics>; chosen: Chosen } {
  const chosen = chooseBy({ task, classes, ...splits[0]! });
  const metrics = splits.map(({ name, groups, targets, probabilities }) => [
    name,
    measure({ task, classes, targets, probabilities }, { ...chosen, groups }),
  ]);
  return { metrics: Object.fromEntries(metrics), chosen };
}
