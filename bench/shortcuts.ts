/**
 * @file What the shortcuts of training cost and save: trains on a folder of images with each of them and without, by
 * turns, and prints AUC, arithmetic, processor time and seconds. Start-up and final predictions are not counted.
 *
 *     node --import ./scripts/register-typescript.mjs bench/shortcuts.ts DATA --model FILE --cases plain,grow,skip
 */
import { parseArgs } from 'node:util';
import { createPredictor } from '../src/adapter/predict.js';
import { table } from '../src/cli/table.js';
import { createLoader, defaultCacheBytes, readDataset, type Sample, withFewer } from '../src/data/index.js';
import { arithmeticOf } from '../src/graph/flops.js';
import { evaluatePredictions } from '../src/metrics/index.js';
import { loadModel } from '../src/models/catalogue.js';
import type { Classifier } from '../src/models/classifier.js';
import { initialHead } from '../src/models/head.js';
import { parsePreprocessing } from '../src/models/preprocessing.js';
import { parseEarlySizes } from '../src/runs/options.js';
import { outputsOf } from '../src/task.js';
import { canSkip } from '../src/training/easy.js';
import { sizeIn } from '../src/training/growing.js';
import { type FitOptions, predictAll, trainedIn } from '../src/training/loop.js';
import { type Phase, resolveMethod } from '../src/training/methods.js';
import { evaluationGraph, stepGraph } from '../src/training/program.js';
import { fit } from '../src/training/trainer.js';

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: 'builtin' },
    preprocess: { type: 'string', default: 'imagenet' },
    method: { type: 'string', default: 'fc-then-bn' },
    cases: { type: 'string', default: 'plain,features,grow,skip' },
    grow: { type: 'string', default: '96:3' },
    skip: { type: 'string', default: '0.05' },
    size: { type: 'string', default: '128' },
    images: { type: 'string', default: '1000' },
    val: { type: 'string', default: '0.1' },
    epochs: { type: 'string', default: '6' },
    seeds: { type: 'string', default: '0' },
    augment: { type: 'boolean', default: false },
    threads: { type: 'string', default: '0' },
  },
});

const cases: Record<string, Pick<FitOptions, 'earlySizes' | 'skipEasy' | 'featureBytes'>> = {
  plain: {},
  features: { featureBytes: defaultCacheBytes() },
  grow: { earlySizes: parseEarlySizes(given.grow) },
  skip: { skipEasy: Number(given.skip) },
};

const BATCH = 32;
const size = Number(given.size);
const threads = Number(given.threads);
const { network } = await loadModel(given.model);
const rows: string[][] = [];

for (const seed of given.seeds.split(',').map(Number)) {
  const all = await readDataset(positionals[0]!, { seed, validation: Number(given.val) });
  const { splits, task, classes } = withFewer(all, 'train', Number(given.images), seed);
  const open = (split: Sample[], training: boolean) => {
    const augment = training && given.augment ? {} : (false as const);
    return createLoader(split, { height: size, width: size, batch: BATCH, seed, augment, shuffle: training });
  };
  const [train, validation, test] = [
    open(splits.train, true),
    open(splits.validation, false),
    open(splits.test, false),
  ];
  await Promise.all([train, validation, test].map((loader) => loader.prepare()));
  const classifier: Classifier = {
    network,
    head: initialHead(network.features, outputsOf(task, classes), seed),
    preprocessing: parsePreprocessing(given.preprocess),
    height: size,
    width: size,
    task,
    classes,
  };
  const phases = resolveMethod(given.method).phases.map((phase) => ({
    ...phase,
    epochs: Math.min(phase.epochs, Number(given.epochs)),
  }));
  for (const name of given.cases.split(',')) {
    const shortcut = cases[name]!;
    const cpu = process.cpuUsage();
    const { state } = await fit(
      classifier,
      { train, validation },
      {
        phases,
        batch: BATCH,
        optimiser: { name: 'adam' },
        schedule: { name: 'plateau' },
        patience: 6,
        seed,
        dropout: 0.5,
        threads,
        ...shortcut,
      },
    );
    const { user, system } = process.cpuUsage(cpu);
    const { history } = state;
    const work = history.reduce((sum, { phase: of, epoch, skippedFraction }) => {
      const phase = phases.find(({ name: its }) => its === of)!;
      const { height, width } = sizeIn(epoch - 1, shortcut.earlySizes ?? [], classifier);
      const [step, look] = arithmetic({ ...classifier, height, width }, phase, trainedIn(phase, classifier));
      const screened = shortcut.skipEasy !== undefined && canSkip(phase) ? look : 0;
      return sum + train.size * (screened + step * (1 - (skippedFraction ?? 0)));
    }, 0);
    const best = history.findLast(({ best: isBest }) => isBest)!;
    const predictor = await createPredictor({ classifier, weights: state.weights, threads });
    const { predicted, targets } = await predictAll(test, outputsOf(task, classes), predictor.predict);
    await predictor.close();
    const { auc } = evaluatePredictions({ task, classes, targets, probabilities: predicted });
    const skipped = history.flatMap(({ skippedFraction }) => skippedFraction ?? []);
    rows.push([
      name,
      `${seed}`,
      auc.value!.toFixed(4),
      best.validationAuc!.toFixed(4),
      best.validationLoss.toFixed(4),
      `${history.length}`,
      (work / 1e12).toFixed(2),
      ((user + system) / 1e6).toFixed(0),
      history.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(0),
      skipped.map((fraction) => `${Math.round(100 * fraction)}`).join(' '),
    ]);
    console.error(rows.at(-1)!.join('  '));
  }
  await Promise.all([train, validation, test].map((loader) => loader.close()));
}

const columns = [
  'case',
  'seed',
  'test AUC',
  'validation AUC',
  'validation loss',
  'epochs',
  'T multiply-adds of training',
  'CPU s',
  's',
  '% skipped per epoch',
];
console.log(table([columns, ...rows]));

/** Multiply-adds of an image's training step, and of looking at it. */
function arithmetic(at: Classifier, { statistics }: Phase, trained: readonly string[]): [number, number] {
  const step = stepGraph(at, { trained, statistics, dropout: 0 }, 1).graph;
  return [step, evaluationGraph(at, 1)].map((graph) => arithmeticOf(graph).multiplyAdds) as [number, number];
}
