/** @file Measures a finished run on other labelled images. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createPredictor } from '../adapter/predict.js';
import { createLoader, readLabelled, type SplitName } from '../data/index.js';
import { TransfuseError } from '../errors.js';
import { cannotWrite, writeFileAtomic } from '../files/atomic.js';
import { evaluatePredictions, type Metrics } from '../metrics/index.js';
import { files } from './folder.js';
import { openRun } from './open.js';
import { predictSplit, writePredictions } from './predictions.js';

export interface EvaluateOptions {
  /** The base, where it has moved since the run. */
  readonly model?: string;
  /** Which split of data that bring splits; default test. */
  readonly split?: SplitName;
  readonly batch?: number;
  readonly threads?: number;
  /** Folder to write metrics.json and predictions to. */
  readonly out?: string;
}

export interface EvaluateHooks {
  readonly onProgress?: (done: number, total: number) => void;
  readonly onWarning?: (warning: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Predicts every labelled image below `data`, with the run's own classes, and measures the outcome.
 * Binary and multi-label thresholds are those chosen on the run's validation split.
 */
export async function evaluate(
  run: string,
  data: string,
  options: EvaluateOptions = {},
  hooks: EvaluateHooks = {},
): Promise<Metrics> {
  const { split = 'test', batch = 32, threads = 0 } = options;
  const { adapter, classifier, weights } = await openRun(run, options.model);
  const { task, classes, height, width } = classifier;
  const { samples, warnings } = await readLabelled(data, { task, classes, split });
  for (const warning of warnings) hooks.onWarning?.(warning);
  const { signal } = hooks;
  const loader = createLoader(samples, { height, width, batch, seed: 0, shuffle: false, signal });
  const predictor = await createPredictor({ classifier, weights, batch, threads });
  try {
    await loader.prepare();
    for (const unreadable of loader.statistics().unreadable) hooks.onWarning?.(unreadable);
    if (loader.size === 0) throw new TransfuseError('no-images', `no image below ${data} can be read`);
    const predictions = await predictSplit(split, samples, loader, classifier, predictor, (done) =>
      hooks.onProgress?.(done, loader.size),
    );
    const { thresholds } = adapter;
    const metrics = evaluatePredictions({ task, classes, ...predictions, threshold: thresholds });
    if (options.out) {
      await mkdir(options.out, { recursive: true }).catch((error) => {
        throw cannotWrite(options.out!, error);
      });
      await writeFileAtomic(path.join(options.out, files.metrics), `${JSON.stringify(metrics, null, 2)}\n`);
      await writePredictions(
        path.join(options.out, files.predictions(split)),
        classifier,
        predictions,
        thresholds,
      );
    }
    return metrics;
  } finally {
    await Promise.all([loader.close(), predictor.close()]);
  }
}
