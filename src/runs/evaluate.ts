/** @file Measures a finished run on other labelled images. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Adapter, encodeAdapter } from '../adapter/adapter.js';
import { createPredictor } from '../adapter/predict.js';
import {
  createLoader,
  type DatasetOptions,
  type LabelledOptions,
  type LabelledSamples,
  readLabelled,
} from '../data/index.js';
import { TransfuseError } from '../errors.js';
import { ensureWritable, writeFileAtomic } from '../files/atomic.js';
import { makeFolder } from '../files/make-folder.js';
import type { ChosenPoint, Metrics } from '../metrics/index.js';
import { adaptTo } from './adapt-to.js';
import { files, holdsRun, readRunConfig } from './folder.js';
import { measureAside } from './measuring.js';
import { deviceFor, dicomFor, type OpenRun, openRun } from './open.js';
import { parseOptions } from './option-table.js';
import { type EvaluateOptions, evaluateOptionsSchema, type ParsedEvaluateOptions } from './options.js';
import { predictSplit, type SplitPredictions, writePredictions } from './predictions.js';
import { subgroupColumns, subgroupRequest } from './subgroup-columns.js';

export interface EvaluateHooks {
  /** Batch norm is being fitted to the images. */
  readonly onAdapt?: (done: number, total: number) => void;
  readonly onProgress?: (done: number, total: number) => void;
  readonly onWarning?: (warning: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Predicts every labelled image below `data`, with the run's own classes, and measures the outcome. Thresholds,
 * operating points and temperature are those chosen on the run's validation split. With `adapt` the run is fitted to
 * the images first, and `out` also gets the adapter that this makes.
 */
export async function evaluate(
  run: string,
  data: string,
  options: EvaluateOptions = {},
  hooks: EvaluateHooks = {},
): Promise<Metrics> {
  const { out, resamples, by, subgroups, ...settings } = parseOptions(evaluateOptionsSchema, options);
  const { split, adapt } = settings;
  const asked = subgroupRequest({ by, subgroups });
  if (out) {
    if (adapt) refuseRun(out);
    await makeFolder(out);
    await ensureWritable(path.join(out, files.metrics));
  }
  const { adapter, classifier, weights, predictions, columns } = await predictLabelled(run, data, settings, {
    ...hooks,
    // Before anything is computed, so that a wrong name costs no time.
    onSamples: async (samples, columns) => {
      if (asked) await subgroupColumns(samples, columns, asked);
    },
  });
  const { task, classes } = classifier;
  const { thresholds, temperature } = adapter;
  const { samples, targets, probabilities } = predictions;
  const measured = { task, classes, targets, probabilities };
  const groups = samples.map(({ group }) => group);
  const points = await pointsOf(run);
  const told = asked && (await subgroupColumns(samples, columns, asked));
  const metrics = await measureAside(measured, resamples, async (call) => {
    const metrics = await call.measure(measured, { thresholds, temperature, points, groups, resamples });
    if (!told) return metrics;
    const tables = told.map(({ column, values }) =>
      call.subgroupTable(measured, column, values, { thresholds, groups, resamples }),
    );
    return { ...metrics, subgroups: await Promise.all(tables) };
  });
  if (out) {
    await writeFileAtomic(path.join(out, files.metrics), `${JSON.stringify(metrics, null, 2)}\n`);
    await writePredictions(path.join(out, files.predictions(split)), classifier, predictions, thresholds);
    if (adapt) {
      const adapted: Adapter = { ...adapter, weights, method: `${adapter.method}, then ${adapt}` };
      await writeFileAtomic(path.join(out, files.adapter), encodeAdapter(adapted));
    }
  }
  return metrics;
}

export interface LabelledHooks extends EvaluateHooks {
  /** The images are known, and nothing has been computed yet. */
  readonly onSamples?: (
    samples: LabelledSamples['samples'],
    columns: LabelledSamples['columns'],
  ) => Promise<void>;
}

export interface LabelledPredictions extends OpenRun {
  readonly predictions: SplitPredictions;
  readonly columns: LabelledSamples['columns'];
}

/**
 * Predicts labelled images with a run, fitted to them first where `adapt` says so.
 * @param options as they came out of the table
 */
export async function predictLabelled(
  run: string,
  data: string,
  options: Omit<ParsedEvaluateOptions, 'out' | 'resamples' | 'by' | 'subgroups'>,
  hooks: LabelledHooks = {},
): Promise<LabelledPredictions> {
  const {
    model,
    adapt,
    frames,
    split,
    batch,
    threads,
    device: wanted,
    'group-by': groupBy,
    ...said
  } = options;
  const opened = await openRun(run, model);
  const { adapter, classifier } = opened;
  const { task, classes, height, width } = classifier;
  const dicom = dicomFor(adapter, frames);
  const { samples, columns, warnings } = await readWithGroups(
    data,
    { ...(await divisionOf(run)), ...said, task, classes, split, dicom },
    groupBy ?? { inherited: await groupingOf(run) },
  );
  for (const warning of warnings) hooks.onWarning?.(warning);
  await hooks.onSamples?.(samples, columns);
  const { signal, onAdapt } = hooks;
  const device = await deviceFor(wanted, samples.length);
  const weights = adapt
    ? await adaptTo(samples, opened, {
        adaptation: adapt,
        batch,
        threads,
        device,
        dicom,
        onProgress: onAdapt,
        signal,
      })
    : opened.weights;
  const loader = createLoader(samples, { height, width, batch, seed: 0, shuffle: false, dicom, signal });
  const predictor = await createPredictor({ classifier, weights, batch, threads, device });
  try {
    await loader.prepare();
    for (const unreadable of loader.statistics().unreadable) hooks.onWarning?.(unreadable);
    const predictions = await predictSplit(split, samples, loader, classifier, predictor, (done) =>
      hooks.onProgress?.(done, loader.size),
    );
    return { adapter, classifier, weights, predictions, columns };
  } finally {
    await Promise.all([loader.close(), predictor.close()]);
  }
}

/** What is adapted is another model than the run's, whose adapter stays. */
function refuseRun(out: string): void {
  if (!holdsRun(out)) return;
  throw new TransfuseError(
    'would-overwrite',
    `${out} holds a run, whose adapter the adapted one would overwrite; choose another --out`,
  );
}

/**
 * Reads labelled images with their groups. Groups that are only inherited from training need not fit these data: then
 * every image stands for itself, and a warning says so.
 */
async function readWithGroups(
  data: string,
  options: LabelledOptions,
  grouping: string | { readonly inherited: string | undefined },
): Promise<LabelledSamples> {
  if (typeof grouping === 'string') return readLabelled(data, { ...options, groupBy: grouping });
  const { inherited } = grouping;
  if (inherited === undefined) return readLabelled(data, options);
  try {
    return await readLabelled(data, { ...options, groupBy: inherited });
  } catch (error) {
    const isAboutGroups =
      error instanceof TransfuseError &&
      ['bad-group-pattern', 'bad-option', 'no-such-column'].includes(error.code);
    if (!isAboutGroups) throw error;
    const { samples, columns, warnings } = await readLabelled(data, options);
    const warning = `the groups of training (${inherited}) are not found here, so intervals take every image for independent; --group-by says what these images’ are`;
    return { samples, columns, warnings: [...warnings, warning] };
  }
}

/** How the run divided a known data set, so that what it trained on is not measured as something new. */
async function divisionOf(run: string): Promise<DatasetOptions> {
  if (!holdsRun(run)) return {};
  const config = await readRunConfig(run);
  if (config.dataset === undefined) return {};
  return {
    uncertain: config.uncertain,
    hospitals: config.hospitals,
    validation: config.val,
    test: config.test,
    groupBy: config['group-by'],
    seed: config.seed,
  };
}

/** The pattern by which the run told patients apart. */
async function groupingOf(run: string): Promise<string | undefined> {
  return holdsRun(run) ? (await readRunConfig(run))['group-by'] : undefined;
}

/** The operating points that the run chose on its validation split; none of a lone adapter. */
async function pointsOf(run: string): Promise<ChosenPoint[]> {
  const file = path.join(run, files.metrics);
  if (!holdsRun(run) || !existsSync(file)) return [];
  const { validation } = JSON.parse(await readFile(file, 'utf8')) as Record<string, Metrics>;
  return (validation?.operatingPoints ?? []).map(({ class: name, rule, threshold }) => ({
    class: name,
    rule,
    threshold,
  }));
}
