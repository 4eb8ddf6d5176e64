/** @file From trained weights to what a run leaves: adapter, predictions, metrics, report. */
import path from 'node:path';
import { stringify } from 'yaml';
import { encodeAdapter } from '../adapter/adapter.js';
import { createPredictor } from '../adapter/predict.js';
import type { Dataset } from '../data/index.js';
import { writeFileAtomic } from '../files/atomic.js';
import { type Metrics, type Predictions, RESAMPLES } from '../metrics/index.js';
import type { BaseModel } from '../models/catalogue.js';
import type { Classifier } from '../models/classifier.js';
import type { DeviceChoice } from '../runtime/device.js';
import { outputsOf } from '../task.js';
import type { TrainingState } from '../training/state.js';
import { version } from '../version.js';
import { type Chosen, chooseBy, makeAdapter } from './chosen.js';
import { configRecord } from './config.js';
import { files, type RunConfig } from './folder.js';
import { dicomOf, type Loaders } from './loaders.js';
import { measureAside } from './measuring.js';
import { drawnFor, type Plan } from './plan.js';
import { predictSplit, type SplitPredictions, writePredictions } from './predictions.js';
import { writeProvenance } from './provenance.js';
import { writeReport } from './report.js';
import { subgroupColumns, subgroupRequest } from './subgroup-columns.js';

export interface TrainedRun {
  readonly folder: string;
  readonly config: RunConfig;
  readonly base: BaseModel;
  readonly dataset: Dataset;
  readonly classifier: Classifier;
  readonly plan: Plan;
  readonly state: TrainingState;
  readonly loaders: Loaders;
  readonly unreadable: readonly string[];
  readonly started: Date;
  readonly commandLine: string;
  /** What computes. */
  readonly device: DeviceChoice;
}

/** Predicts validation and test, measures them, and writes everything into the run's folder. */
export async function finishRun(
  run: TrainedRun,
  onPredict?: (split: string, done: number, total: number) => void,
): Promise<Record<string, Metrics>> {
  const { folder, config, base, dataset, classifier, state } = run;
  const splits = await finalPredictions(run, onPredict);
  const chosen = chosenFrom(classifier, splits);
  const { thresholds } = chosen;
  const metrics: Record<string, Metrics> = {};
  for (const part of splits.flatMap((split) => [split, ...byDomain(split, classifier)])) {
    const groups = part.samples.map(({ group }) => group);
    const predictions = predictionsOf(classifier, part);
    const columns = part === splits.at(-1) ? await askedColumns(run, part) : undefined;
    metrics[part.name] = await measureAside(predictions, RESAMPLES, async (call) => {
      const measured = await call.measure(predictions, { ...chosen, groups });
      if (!columns) return measured;
      const tables = columns.map(({ column, values }) =>
        call.subgroupTable(predictions, column, values, { thresholds, groups }),
      );
      return { ...measured, subgroups: await Promise.all(tables) };
    });
  }
  const adapter = makeAdapter(classifier, state.weights, chosen, {
    base: { source: base.source, drawn: drawnFor(config) },
    dicom: dicomOf(config),
    method: config.method,
    version,
  });
  await writeFileAtomic(path.join(folder, files.adapter), encodeAdapter(adapter));
  for (const split of splits) {
    await writePredictions(path.join(folder, files.predictions(split.name)), classifier, split, thresholds);
  }
  await writeFileAtomic(path.join(folder, files.metrics), `${JSON.stringify(metrics, null, 2)}\n`);
  await writeProvenance(folder, run);
  await writeReport(path.join(folder, files.report), {
    ...run,
    name: path.basename(path.resolve(folder)),
    configText: stringify(configRecord(config)),
    splits,
    metrics,
    warnings: [...dataset.warnings, ...run.unreadable],
  });
  return metrics;
}

function askedColumns({ config, dataset }: TrainedRun, { samples }: SplitPredictions) {
  const asked = subgroupRequest(config);
  return asked && subgroupColumns(samples, dataset.columns, asked);
}

async function finalPredictions(
  { classifier, state, dataset, loaders, device, config: { batch, threads } }: TrainedRun,
  onPredict?: (split: string, done: number, total: number) => void,
): Promise<SplitPredictions[]> {
  const predictor = await createPredictor({ classifier, weights: state.weights, batch, threads, device });
  try {
    const splits: SplitPredictions[] = [];
    for (const name of ['validation', 'test'] as const) {
      const loader = loaders[name];
      if (!loader) continue;
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

/** The test apart by where its images come from, as `test: hospital 0`, where that is several places. */
function byDomain(split: SplitPredictions, { task, classes }: Classifier): SplitPredictions[] {
  const domains = [...new Set(split.samples.flatMap(({ domain }) => domain ?? []))].sort();
  if (split.name !== 'test' || domains.length < 2) return [];
  const outputs = outputsOf(task, classes);
  return domains.map((domain) => {
    const isHere = (row: number) => split.samples[row].domain === domain;
    const rows = (values: Float32Array) => values.filter((_, i) => isHere(Math.floor(i / outputs)));
    return {
      name: `${split.name}: ${domain}`,
      samples: split.samples.filter((_, row) => isHere(row)),
      targets: rows(split.targets),
      probabilities: rows(split.probabilities),
    };
  });
}

function chosenFrom(classifier: Classifier, splits: readonly SplitPredictions[]): Chosen {
  const validation = splits.find(({ name }) => name === 'validation');
  return validation ? chooseBy(predictionsOf(classifier, validation)) : { thresholds: null };
}

function predictionsOf(
  { task, classes }: Classifier,
  { targets, probabilities }: SplitPredictions,
): Predictions {
  return { task, classes, targets, probabilities };
}
