/** @file A finished run as the report shows it. */
import os from 'node:os';
import { type Dataset, type DicomOptions, thumbnail } from '../data/index.js';
import { writeFileAtomic } from '../files/atomic.js';
import { type Metrics, subgroupTableOf } from '../metrics/index.js';
import type { BaseModel } from '../models/catalogue.js';
import type { Classifier } from '../models/classifier.js';
import { type ReportData, type ReportEpoch, renderReport, type WrongImage } from '../report/index.js';
import { outputsOf } from '../task.js';
import type { EpochRecord, TrainingState } from '../training/state.js';
import { version } from '../version.js';
import { labelsOf, perClass } from './decide.js';
import type { RunConfig } from './folder.js';
import { dicomOf } from './loaders.js';
import { layerMovement } from './movement.js';
import type { Plan } from './plan.js';
import type { SplitPredictions } from './predictions.js';

export interface FinishedRun {
  readonly name: string;
  readonly classifier: Classifier;
  readonly base: BaseModel;
  readonly plan: Plan;
  readonly config: RunConfig;
  readonly configText: string;
  readonly dataset: Dataset;
  readonly state: TrainingState;
  readonly splits: readonly SplitPredictions[];
  readonly metrics: Readonly<Record<string, Metrics>>;
  readonly started: Date;
  readonly commandLine: string;
  readonly warnings: readonly string[];
}

/** Writes the run's report.html. */
export async function writeReport(file: string, run: FinishedRun): Promise<void> {
  await writeFileAtomic(file, renderReport(await reportData(run)));
}

async function reportData(run: FinishedRun): Promise<ReportData> {
  const { classifier, config, dataset, plan, state, base, splits, metrics } = run;
  const { task, classes, network, height, width } = classifier;
  return {
    name: run.name,
    task,
    classes,
    model: {
      name: plan.drawn ? `${base.source}, ${plan.drawn.start} weights` : base.source,
      hash: network.sha256,
      inputSize: [height, width],
    },
    method: {
      name: config.method,
      phases: plan.phases.map(({ epochs, ...phase }) => ({ ...phase, maxEpochs: epochs })),
      roles: plan.roles,
    },
    dataset: {
      source: config.data,
      groupedBy: config['group-by'],
      splits: Object.entries(dataset.splits)
        .filter(([, samples]) => samples.length > 0)
        .map(([name, samples]) => ({
          name,
          images: samples.length,
          groups: config['group-by'] ? new Set(samples.map(({ group }) => group)).size : undefined,
          perClass: classes.map(
            (label) => samples.filter(({ target }) => labelsOf(dataset, target).includes(label)).length,
          ),
        })),
    },
    history: reportHistory(state.history),
    splits: splits.map((split) => ({ ...split, metrics: withOrigins(split.name, metrics) })),
    mostWrong: await mostWrong(classifier, splits.at(-1), dicomOf(config)),
    layers: layerMovement(classifier, state.weights),
    config: run.configText,
    environment: {
      commandLine: run.commandLine,
      version,
      seed: config.seed,
      seconds: (Date.now() - run.started.getTime()) / 1000,
      threads: config.threads || os.availableParallelism(),
      started: run.started.toISOString(),
      facts: {
        Node: process.version,
        Platform: `${process.platform} ${process.arch}`,
        CPU: os.cpus()[0]?.model ?? 'unknown',
        Memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
      },
    },
    warnings: run.warnings,
  };
}

/** Where the images of a split come from several places, each is a subgroup. */
function withOrigins(split: string, metrics: Readonly<Record<string, Metrics>>): Metrics {
  const prefix = `${split}: `;
  const origins = Object.entries(metrics).flatMap(([name, part]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), part]] : [],
  );
  const all = metrics[split];
  if (origins.length === 0) return all;
  const table = subgroupTableOf('origin', Object.fromEntries(origins));
  return { ...all, subgroups: [table, ...(all.subgroups ?? [])] };
}

/** A run's epochs as reports show them, counted through all phases. */
export function reportHistory(history: readonly EpochRecord[]): ReportEpoch[] {
  return history.map((record, i) => ({
    ...record,
    epoch: i + 1,
    validationAuc: record.validationAuc ?? undefined,
    best: isKept(history, i),
  }));
}

/** Whether an epoch is the last best one of its phase: the one whose weights were kept. */
function isKept(history: readonly EpochRecord[], index: number): boolean {
  const { phase, best } = history[index];
  return best && !history.slice(index + 1).some((later) => later.phase === phase && later.best);
}

const WRONG_IMAGES = 12;
const THUMBNAIL_PIXELS = 160;

/** The images whose true label got the least probability while another was preferred. */
async function mostWrong(
  classifier: Classifier,
  split: SplitPredictions | undefined,
  dicom: DicomOptions,
): Promise<WrongImage[]> {
  if (!split) return [];
  const { task, classes } = classifier;
  const outputs = outputsOf(task, classes);
  const errors = split.samples.flatMap((sample, i) => {
    const row = (values: Float32Array) => values.subarray(i * outputs, (i + 1) * outputs);
    if (task !== 'multi-label') {
      const p = perClass(task, row(split.probabilities));
      const truth = classes.indexOf(labelsOf(classifier, row(split.targets))[0]);
      const predicted = p.indexOf(Math.max(...p));
      if (predicted === truth) return [];
      const [target, wrong] = [classes[truth], classes[predicted]];
      return [{ sample, target, predicted: wrong, probability: p[predicted] }];
    }
    const wrong = [...row(split.probabilities)].map((p, k) => {
      const positive = row(split.targets)[k] === 1;
      const [yes, no] = [classes[k], `no ${classes[k]}`];
      return positive
        ? { sample, target: yes, predicted: no, probability: 1 - p }
        : { sample, target: no, predicted: yes, probability: p };
    });
    return wrong.filter(({ probability }) => probability > 0.5);
  });
  const worst = errors.sort((a, b) => b.probability - a.probability).slice(0, WRONG_IMAGES);
  return Promise.all(
    worst.map(async ({ sample, ...rest }) => {
      const jpeg = await thumbnail(sample.source, THUMBNAIL_PIXELS, dicom);
      return { id: sample.id, dataUrl: `data:image/jpeg;base64,${jpeg.toString('base64')}`, ...rest };
    }),
  );
}
