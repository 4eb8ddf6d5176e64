/** @file Predicts images nobody has labelled. */
import type { Adapter } from '../adapter/adapter.js';
import { createPredictor } from '../adapter/predict.js';
import { createLoader, type ImageSource, listFrames, listImages } from '../data/index.js';
import { TransfuseError } from '../errors.js';
import { atTemperature } from '../metrics/index.js';
import { outputsOf } from '../task.js';
import { predictAll } from '../training/loop.js';
import { adaptTo } from './adapt-to.js';
import { decide, perClass } from './decide.js';
import type { EvaluateHooks } from './evaluate.js';
import { type HeatmapFiles, prepareHeatmaps, writeHeatmaps } from './heatmaps.js';
import { deviceFor, dicomFor, openRun } from './open.js';
import { parseOptions } from './option-table.js';
import { type PredictOptions, predictOptionsSchema } from './options.js';

export interface Prediction {
  /** As given, or found below a folder that was given; of one frame of several, with `#` and its number from 0. */
  readonly image: string;
  /** The predicted class; for multi-label data those at or above their threshold. */
  readonly labels: readonly string[];
  /** One per class, in the order of `classes`. */
  readonly probabilities: readonly number[];
  /** Where heatmaps were asked for. */
  readonly heatmap?: HeatmapFiles;
}

export interface PredictHooks extends Pick<EvaluateHooks, 'onAdapt' | 'onProgress' | 'signal'> {
  /** Heatmaps are being written. */
  readonly onHeatmap?: (done: number, total: number) => void;
}

export interface PredictResult {
  readonly classes: readonly string[];
  readonly predictions: readonly Prediction[];
  /** One line per file that could not be read. */
  readonly unreadable: readonly string[];
}

/**
 * Predicts images and all images below folders, in order; what cannot be read is listed and left out.
 * @throws TransfuseError `no-images` where there is none, `too-many-unreadable` where none can be read
 */
export async function predict(
  run: string,
  paths: readonly string[],
  options: PredictOptions = {},
  hooks: PredictHooks = {},
): Promise<PredictResult> {
  const parsed = parseOptions(predictOptionsSchema, options);
  const { model, adapt, frames, batch, threads, device: wanted, calibrate, heatmap: folder } = parsed;
  const { 'heatmap-class': about, 'heatmap-samples': copies } = parsed;
  const opened = await openRun(run, model);
  const { adapter, classifier } = opened;
  const { task, classes, height, width } = classifier;
  const outputs = outputsOf(task, classes);
  const temperature = calibrate ? temperatureOf(adapter, run) : 1;
  const heatmaps = folder === undefined ? undefined : { folder, about, samples: copies, threads };
  const images = await listImages(paths);
  if (images.length === 0) {
    throw new TransfuseError('no-images', `there are no images (.jpg, .png, …) below ${paths.join(', ')}`);
  }
  if (heatmaps) await prepareHeatmaps(heatmaps, classes);
  const dicom = dicomFor(adapter, frames);
  const files = images.map((path) => ({
    source: { kind: 'file', path } as ImageSource,
    id: path,
    target: new Float32Array(outputs),
  }));
  const samples = await listFrames(files, dicom);
  const { onAdapt: onProgress, signal } = hooks;
  const device = await deviceFor(wanted, samples.length);
  const weights = adapt
    ? await adaptTo(samples, opened, { adaptation: adapt, batch, threads, device, dicom, onProgress, signal })
    : opened.weights;
  const loader = createLoader(samples, {
    height,
    width,
    batch,
    seed: 0,
    shuffle: false,
    dicom,
    maxUnreadable: samples.length,
    signal,
  });
  const predictor = await createPredictor({ classifier, weights, batch, threads, device });
  try {
    await loader.prepare();
    const { unreadable } = loader.statistics();
    const { predicted, indices } = await predictAll(
      loader,
      outputs,
      (pixels, size) => predictor.predict(pixels, size),
      (done) => hooks.onProgress?.(done, loader.size),
    );
    const shown = atTemperature({ task, classes, probabilities: predicted }, temperature);
    const predictions = [...indices].map((index, i) => {
      const row = (values: Float32Array) => values.subarray(i * outputs, (i + 1) * outputs);
      return {
        image: samples[index].id,
        labels: decide(classifier, row(predicted), adapter.thresholds),
        probabilities: perClass(task, row(shown)),
      };
    });
    if (!heatmaps) return { classes, predictions, unreadable };
    const foremost = [...indices].map((index, i) => [index, foremostOf(classes, predictions[i])] as const);
    const work = { classifier, weights, loader, samples, dicom, predicted: new Map(foremost) };
    const drawn = await writeHeatmaps({ ...work, onProgress: hooks.onHeatmap }, heatmaps);
    const explained = predictions.map((p, i) => ({ ...p, heatmap: drawn.get(indices[i]) }));
    return { classes, predictions: explained, unreadable };
  } finally {
    await Promise.all([loader.close(), predictor.close()]);
  }
}

function temperatureOf({ temperature }: Adapter, run: string): number {
  if (temperature !== undefined) return temperature;
  throw new TransfuseError(
    'not-calibrated',
    `${run} has no temperature: it was trained by a version of Transfuse that fitted none; leave --calibrate out`,
  );
}

/** The index of the predicted class; of several labels, or none, that of the most probable. */
function foremostOf(classes: readonly string[], { labels, probabilities }: Prediction): number {
  if (labels.length === 1) return classes.indexOf(labels[0]);
  return probabilities.indexOf(Math.max(...probabilities));
}
