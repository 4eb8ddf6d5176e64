/** @file One cell of a study: the run that `train` would make, and its record. */
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Dataset } from '../data/index.js';
import { TransfuseError } from '../errors.js';
import { arithmeticOf } from '../graph/flops.js';
import type { Metrics } from '../metrics/index.js';
import type { Classifier } from '../models/classifier.js';
import { files } from '../runs/folder.js';
import type { Plan } from '../runs/plan.js';
import { type TrainHooks, type TrainResult, train } from '../runs/train.js';
import { trainedIn } from '../training/loop.js';
import type { Phase } from '../training/methods.js';
import { stepGraph } from '../training/program.js';
import type { EpochRecord } from '../training/state.js';
import { version } from '../version.js';
import type { Cell } from './cells.js';
import { phaseStore } from './phase-store.js';
import type { CellEpoch, CellResult, TestFigures } from './results.js';
import { mean } from './statistics.js';
import type { Study } from './study.js';

/**
 * Trains a cell, from where an earlier attempt broke off if there was one.
 * @returns its record; undefined where the signal stopped it
 */
export async function runCell(
  study: Study,
  cell: Cell,
  hooks: TrainHooks = {},
): Promise<CellResult | undefined> {
  const started = performance.now();
  let dataset: Dataset | undefined;
  let planned: { plan: Plan; classifier: Classifier } | undefined;
  const result = await trainAfresh(cell, {
    ...hooks,
    phases: phaseStore(study, cell),
    isHeld: true, // by the claim of the cell
    commandLine: hooks.commandLine ?? 'transfuse study run',
    onData(read) {
      dataset = read;
      hooks.onData?.(read);
    },
    onPlan(plan, classifier, folder) {
      planned = { plan, classifier };
      hooks.onPlan?.(plan, classifier, folder);
    },
  });
  if (!result.finished) return undefined;
  if (study.definition.keep === 'adapter') {
    await rm(path.join(result.folder, files.checkpoint), { force: true });
  }
  return recordOf(cell, result, dataset!, planned!, (performance.now() - started) / 1000);
}

/** What the names of the test's parts begin with. */
const DOMAIN = 'test: ';

/** What an attempt under other settings, or a damaged checkpoint, has left is of no use. */
const useless = ['resume-mismatch', 'checkpoint-mismatch', 'bad-checkpoint', 'bad-config', 'would-overwrite'];

async function trainAfresh(cell: Cell, hooks: TrainHooks): Promise<TrainResult> {
  const options = { ...cell.options, resume: true };
  try {
    return await train(cell.data, options, hooks);
  } catch (error) {
    if (!(error instanceof TransfuseError && useless.includes(error.code))) throw error;
    await rm(cell.options.out, { recursive: true, force: true });
    return train(cell.data, options, hooks);
  }
}

function recordOf(
  cell: Cell,
  { metrics, history, plan, reusedEpochs }: TrainResult,
  { splits }: Dataset,
  { classifier }: { classifier: Classifier },
  seconds: number,
): CellResult {
  const { id, dataset, architecture, method, repetition, settings } = cell;
  const parts = Object.entries(metrics as Record<string, Metrics>).filter(([name]) =>
    name.startsWith(DOMAIN),
  );
  const testSets = Object.fromEntries(parts.map(([name, of]) => [name.slice(DOMAIN.length), figuresOf(of)]));
  const flops = new Map(plan.phases.map((phase) => [phase.name, stepFlops(classifier, phase, cell)]));
  const count = (of: 'trained' | 'frozen') => plan.roles.reduce((sum, role) => sum + role[of], 0);
  return {
    cell: id,
    dataset,
    architecture,
    method,
    repetition,
    seed: Number(cell.options.seed),
    settings,
    test: meanFigures(
      parts.length > 0 ? Object.values(testSets) : metrics.test ? [figuresOf(metrics.test)] : [],
    ),
    testSets,
    images: {
      train: splits.train.length,
      validation: splits.validation.length,
      test: metrics.test?.n ?? 0,
    },
    parameters: { trained: count('trained'), all: count('trained') + count('frozen') },
    history: history.map((epoch) => epochOf(epoch, flops.get(epoch.phase)! * splits.train.length)),
    bestEpoch: bestEpochOf(history),
    reused: reusedEpochs,
    seconds,
    host: os.hostname(),
    version,
    finished: new Date().toISOString(),
  };
}

/** What a training step costs for each of its images; one multiply-add is two. */
function stepFlops(classifier: Classifier, phase: Phase, { options }: Cell): number {
  const trained = trainedIn(phase, classifier);
  const { statistics } = phase;
  const dropout = Number(options.dropout ?? 0);
  return 2 * arithmeticOf(stepGraph(classifier, { trained, statistics, dropout }, 1).graph).multiplyAdds;
}

function figuresOf({ loss, accuracy, auc, kerasAuc, n, perClass, task }: Metrics): TestFigures {
  const classes = task === 'binary' ? [] : perClass.map(({ name, auc: own }) => [name, own.value] as const);
  return { loss, accuracy, auc: auc.value, kerasAuc, images: n, perClass: Object.fromEntries(classes) };
}

/** The mean over the test sets, of what all of them have. */
function meanFigures(sets: readonly TestFigures[]): TestFigures {
  const of = (figure: (set: TestFigures) => number | null | undefined): number | null => {
    const values = sets.map(figure);
    return values.length > 0 && values.every((value) => typeof value === 'number') ? mean(values) : null;
  };
  const classes = Object.keys(sets[0]?.perClass ?? {});
  return {
    loss: of((set) => set.loss),
    accuracy: of((set) => set.accuracy),
    auc: of((set) => set.auc),
    kerasAuc: of((set) => set.kerasAuc),
    images: sets.reduce((sum, set) => sum + set.images, 0),
    perClass: Object.fromEntries(classes.map((name) => [name, of((set) => set.perClass[name])])),
  };
}

function epochOf(record: EpochRecord, flops: number): CellEpoch {
  const { phase, epoch, trainLoss, validationLoss, validationAuc, best, seconds } = record;
  return { phase, epoch, trainLoss, validationLoss, validationAuc, best, seconds, flops };
}

/** The last best epoch of the last phase, counted from 1 over all of them. */
function bestEpochOf(history: readonly EpochRecord[]): number {
  const last = history.at(-1)?.phase;
  return history.findLastIndex(({ phase, best }) => phase === last && best) + 1;
}
