/**
 * @file What the built-in network's pre-training is worth: fine-tunes it on a folder of images, from its pre-trained
 * weights or from random ones, method by method, and prints the test AUC of each.
 *
 *     node --import ./scripts/register-typescript.mjs bench/transfer.ts DATA [--size 96] [--methods fc,fc-then-bn] [--start builtin,random] [--epochs 5] …
 */
import { parseArgs } from 'node:util';
import { createPredictor } from '../src/adapter/predict.js';
import { createLoader, type Dataset, readDataset, type Sample } from '../src/data/index.js';
import type { Network } from '../src/graph/network.js';
import { evaluatePredictions } from '../src/metrics/index.js';
import { loadBuiltin } from '../src/models/builtin.js';
import type { Classifier } from '../src/models/classifier.js';
import { initialHead } from '../src/models/head.js';
import { builtinPreprocessing, initialBuiltin } from '../src/models/petri.js';
import { outputsOf } from '../src/task.js';
import { predictAll } from '../src/training/loop.js';
import { resolveMethod } from '../src/training/methods.js';
import type { ScheduleConfig } from '../src/training/schedules.js';
import { fit } from '../src/training/trainer.js';

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '64' },
    methods: { type: 'string', default: 'fc,fc-then-bn,fc-then-full' },
    start: { type: 'string', default: 'builtin,random' },
    epochs: { type: 'string', default: '5' },
    lr: { type: 'string' },
    batch: { type: 'string', default: '32' },
    dropout: { type: 'string', default: '0.5' },
    schedule: { type: 'string', default: 'plateau' },
    val: { type: 'string' },
    seed: { type: 'string', default: '0' },
    /** Use only every n-th training image. */
    every: { type: 'string', default: '1' },
    threads: { type: 'string', default: '0' },
  },
});

const [folder] = positionals;
const [size, epochs, batch, seed] = [given.size, given.epochs, given.batch, given.seed].map(Number);
const threads = Number(given.threads);
const starts: Record<string, () => Promise<Network>> = {
  builtin: loadBuiltin,
  random: async () => initialBuiltin(seed),
};

const dataset = await readDataset(folder, {
  seed,
  validation: given.val ? Number(given.val) : undefined,
});
const every = Number(given.every);
const samples: Dataset['splits'] = {
  ...dataset.splits,
  train: dataset.splits.train.filter((_, i) => i % every === 0),
};
const open = (split: Sample[], training: boolean) =>
  createLoader(split, {
    height: size,
    width: size,
    batch,
    seed,
    augment: training ? {} : false,
    shuffle: training,
    threads: 2,
  });
const train = open(samples.train, true);
const validation = open(samples.validation, false);
const test = open(samples.test, false);
for (const loader of [train, validation, test]) await loader.prepare();
console.log(
  `${train.size} training, ${validation.size} validation, ${test.size} test images at ${size}×${size}`,
);

for (const start of given.start.split(',')) {
  for (const method of given.methods.split(',')) await run(start, method);
}
await Promise.all([train, validation, test].map((loader) => loader.close()));

async function run(start: string, method: string): Promise<void> {
  const { task, classes } = dataset;
  const network = await starts[start]();
  const classifier: Classifier = {
    network,
    head: initialHead(network.features, outputsOf(task, classes), seed),
    preprocessing: builtinPreprocessing,
    height: size,
    width: size,
    task,
    classes,
  };
  const phases = resolveMethod(method).phases.map((phase, i, all) => ({
    ...phase,
    epochs: Math.min(phase.epochs, epochs),
    learningRate: given.lr && i === all.length - 1 ? Number(given.lr) : phase.learningRate,
  }));
  const began = performance.now();
  const { state } = await fit(
    classifier,
    { train, validation },
    {
      phases,
      batch,
      optimiser: { name: 'adam' },
      schedule: { name: given.schedule as ScheduleConfig['name'] },
      patience: 6,
      seed,
      dropout: Number(given.dropout),
      threads,
    },
    {
      onEpoch: ({ phase, epoch, trainLoss, validationLoss, validationAuc, seconds, imagesPerSecond }) =>
        console.log(
          `  ${start} ${method}: ${phase} ${epoch}: loss ${trainLoss.toFixed(4)}, validation ${validationLoss.toFixed(4)}, ` +
            `AUC ${validationAuc?.toFixed(4)}, ${seconds.toFixed(1)} s, ${imagesPerSecond.toFixed(0)} images/s`,
        ),
    },
  );
  const seconds = (performance.now() - began) / 1000;
  const predictor = await createPredictor({ classifier, weights: state.weights, threads });
  const aucOf = async (loader: typeof test) => {
    const outputs = outputsOf(task, classes);
    const predict = (images: Uint8Array, n: number) => predictor.predict(images, n);
    const { predicted, targets } = await predictAll(loader, outputs, predict);
    const { auc } = evaluatePredictions({ task, classes, targets, probabilities: predicted });
    return `${auc.value?.toFixed(4)} [${auc.low?.toFixed(4)}, ${auc.high?.toFixed(4)}]`;
  };
  console.log(
    `${start} ${method}: test AUC ${await aucOf(test)}, validation AUC ${await aucOf(validation)}, ${seconds.toFixed(1)} s`,
  );
  await predictor.close();
}
