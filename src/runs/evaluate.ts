/** @file Measures a finished run on other labelled images. */
import path from 'node:path';
import { type Adapter, encodeAdapter } from '../adapter/adapter.js';
import { createPredictor } from '../adapter/predict.js';
import { createLoader, type DatasetOptions, readLabelled } from '../data/index.js';
import { TransfuseError } from '../errors.js';
import { ensureWritable, writeFileAtomic } from '../files/atomic.js';
import { makeFolder } from '../files/make-folder.js';
import { evaluatePredictions, type Metrics } from '../metrics/index.js';
import { adaptTo } from './adapt-to.js';
import { files, holdsRun, readRunConfig } from './folder.js';
import { dicomFor, openRun } from './open.js';
import { parseOptions } from './option-table.js';
import { type EvaluateOptions, evaluateOptionsSchema } from './options.js';
import { predictSplit, writePredictions } from './predictions.js';

export interface EvaluateHooks {
  /** Batch norm is being fitted to the images. */
  readonly onAdapt?: (done: number, total: number) => void;
  readonly onProgress?: (done: number, total: number) => void;
  readonly onWarning?: (warning: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Predicts every labelled image below `data`, with the run's own classes, and measures the outcome.
 * Binary and multi-label thresholds are those chosen on the run's validation split. With `adapt` the run is fitted to the
 * images first, and `out` also gets the adapter that this makes.
 */
export async function evaluate(
  run: string,
  data: string,
  options: EvaluateOptions = {},
  hooks: EvaluateHooks = {},
): Promise<Metrics> {
  const parsed = parseOptions(evaluateOptionsSchema, options);
  const { model, adapt, frames, split, batch, threads, out, ...said } = parsed;
  const opened = await openRun(run, model);
  const { adapter, classifier } = opened;
  if (out) {
    if (adapt) refuseRun(out);
    await makeFolder(out);
    await ensureWritable(path.join(out, files.metrics));
  }
  const { task, classes, height, width } = classifier;
  const dicom = dicomFor(adapter, frames);
  const { samples, warnings } = await readLabelled(data, {
    ...(await divisionOf(run)),
    ...said,
    task,
    classes,
    split,
    dicom,
  });
  for (const warning of warnings) hooks.onWarning?.(warning);
  const { signal, onAdapt } = hooks;
  const weights = adapt
    ? await adaptTo(samples, opened, {
        adaptation: adapt,
        batch,
        threads,
        dicom,
        onProgress: onAdapt,
        signal,
      })
    : opened.weights;
  const loader = createLoader(samples, { height, width, batch, seed: 0, shuffle: false, dicom, signal });
  const predictor = await createPredictor({ classifier, weights, batch, threads });
  try {
    await loader.prepare();
    for (const unreadable of loader.statistics().unreadable) hooks.onWarning?.(unreadable);
    const predictions = await predictSplit(split, samples, loader, classifier, predictor, (done) =>
      hooks.onProgress?.(done, loader.size),
    );
    const { thresholds } = adapter;
    const metrics = evaluatePredictions({ task, classes, ...predictions, threshold: thresholds });
    if (out) {
      await writeFileAtomic(path.join(out, files.metrics), `${JSON.stringify(metrics, null, 2)}\n`);
      await writePredictions(path.join(out, files.predictions(split)), classifier, predictions, thresholds);
      if (adapt) {
        const adapted: Adapter = { ...adapter, weights, method: `${adapter.method}, then ${adapt}` };
        await writeFileAtomic(path.join(out, files.adapter), encodeAdapter(adapted));
      }
    }
    return metrics;
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
