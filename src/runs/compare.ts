/** @file Two runs on the same labelled images: whether they differ. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeAdapter } from '../adapter/adapter.js';
import { TransfuseError } from '../errors.js';
import type { PredictionComparison } from '../metrics/index.js';
import type { Task } from '../task.js';
import { type EvaluateHooks, predictLabelled } from './evaluate.js';
import { files } from './folder.js';
import { measureAside } from './measuring.js';
import { parseOptions } from './option-table.js';
import { type CompareOptions, compareOptionsSchema } from './options.js';
import { groupsBySplit, readAllPredictions } from './predictions.js';

export interface RunComparison extends PredictionComparison {
  readonly task: Task;
  readonly classes: readonly string[];
}

/** One run's predictions of labelled images, by id. */
interface Scored {
  readonly task: Task;
  readonly classes: readonly string[];
  readonly ids: readonly string[];
  readonly groups: readonly (string | undefined)[];
  readonly targets: Float32Array;
  readonly probabilities: Float32Array;
  readonly thresholds: readonly number[] | null;
}

/**
 * Compares two runs (or adapters): on `data`, which both then predict; without, by the predictions of the split that
 * each left in its folder. Images that one could not read, or has not, count for neither, and there is a warning.
 * @throws TransfuseError `not-comparable` where the classes or the images are others
 */
export async function compare(
  first: string,
  second: string,
  data?: string,
  options: CompareOptions = {},
  hooks: EvaluateHooks = {},
): Promise<RunComparison> {
  const { resamples, ...settings } = parseOptions(compareOptionsSchema, options);
  const runs: Scored[] = [];
  for (const run of [first, second]) {
    runs.push(
      data === undefined
        ? await recorded(run, settings.split)
        : await predictedNow(run, data, settings, hooks),
    );
  }
  const [a, b] = runs;
  const isSameTask = a.task === b.task && a.classes.join('\n') === b.classes.join('\n');
  if (!isSameTask) {
    throw new TransfuseError(
      'not-comparable',
      `the runs tell other classes apart: ${a.classes.join(', ')} (${a.task}), and ${b.classes.join(', ')} (${b.task})`,
    );
  }
  const places = new Map(b.ids.map((id, i) => [id, i]));
  const shared = a.ids.flatMap((id, i) => (places.has(id) ? [[i, places.get(id)!]] : []));
  if (shared.length === 0) {
    throw new TransfuseError(
      'not-comparable',
      `${first} and ${second} have no image in common; give DATA, which both then predict`,
    );
  }
  const alone = [a.ids.length, b.ids.length].map((n) => n - shared.length);
  if (alone.some((n) => n > 0)) {
    hooks.onWarning?.(
      `compared on the ${shared.length} images that both have; ${alone[0]} of the first and ${alone[1]} of the second are left out`,
    );
  }
  const outputs = a.task === 'binary' ? 1 : a.classes.length;
  const pick = (values: Float32Array, side: 0 | 1) =>
    Float32Array.from(
      shared.flatMap((pair) => [...values.subarray(pair[side] * outputs, (pair[side] + 1) * outputs)]),
    );
  const targets = pick(a.targets, 0);
  const differs = pick(b.targets, 1).findIndex((target, i) => target !== targets[i]);
  if (differs >= 0) {
    const id = a.ids[shared[Math.floor(differs / outputs)][0]];
    throw new TransfuseError(
      'not-comparable',
      `the runs know other labels of ${id}; give DATA, whose labels count`,
    );
  }
  const { task, classes } = a;
  const comparison = await measureAside({ targets }, 2 * resamples, (call) =>
    call.comparePredictions(
      { task, classes, targets },
      [
        { probabilities: pick(a.probabilities, 0), thresholds: a.thresholds },
        { probabilities: pick(b.probabilities, 1), thresholds: b.thresholds },
      ],
      { resamples, groups: shared.map(([i]) => a.groups[i]) },
    ),
  );
  return { ...comparison, task, classes };
}

async function predictedNow(
  run: string,
  data: string,
  settings: Parameters<typeof predictLabelled>[2],
  hooks: EvaluateHooks,
): Promise<Scored> {
  const { adapter, classifier, predictions } = await predictLabelled(run, data, settings, hooks);
  const { task, classes } = classifier;
  const { samples, targets, probabilities } = predictions;
  return {
    task,
    classes,
    ids: samples.map(({ id }) => id),
    groups: samples.map(({ group }) => group),
    targets,
    probabilities,
    thresholds: adapter.thresholds,
  };
}

/** What the run's folder says. */
async function recorded(run: string, split: string): Promise<Scored> {
  const file = path.join(run, files.predictions(split));
  if (!existsSync(file)) {
    throw new TransfuseError(
      'no-run',
      `${run} has no ${files.predictions(split)}; give the folder of a finished run, or DATA to predict`,
    );
  }
  const adapterFile = path.join(run, files.adapter);
  const { task, classes, thresholds } = decodeAdapter(await readFile(adapterFile), adapterFile);
  const read = await readAllPredictions(file, { task, classes });
  const groups = await groupsBySplit(path.join(run, files.split));
  return { task, classes, ...read, groups: read.ids.map((id) => groups.get(id)), thresholds };
}
