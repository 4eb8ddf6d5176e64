/** @file Predictions of a split: made, and kept as CSV beside the run. */
import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import type { Predictor } from '../adapter/predict.js';
import type { Dataset, Loader, Sample } from '../data/index.js';
import { writeFileAtomic } from '../files/atomic.js';
import type { Classifier } from '../models/classifier.js';
import { outputsOf, type Task } from '../task.js';
import { predictAll } from '../training/loop.js';
import { decide, labelsOf, perClass } from './decide.js';
import { probabilityColumns } from './prediction-rows.js';

export interface SplitPredictions {
  readonly name: string;
  readonly samples: readonly Sample[];
  /** [n,K] */
  readonly targets: Float32Array;
  /** [n,K] */
  readonly probabilities: Float32Array;
}

/** Predicts every readable sample of a split, in its order. */
export async function predictSplit(
  name: string,
  samples: readonly Sample[],
  loader: Loader,
  { task, classes }: Pick<Classifier, 'task' | 'classes'>,
  predictor: Predictor,
  onProgress?: (done: number) => void,
): Promise<SplitPredictions> {
  const { predicted, targets, indices } = await predictAll(
    loader,
    outputsOf(task, classes),
    (images, size) => predictor.predict(images, size),
    onProgress,
  );
  return {
    name,
    samples: [...indices].map((index) => samples[index]),
    targets,
    probabilities: predicted,
  };
}

/**
 * Writes `image,label,predicted,p(class)…`, one line per sample; several labels are joined by `|`, those that nobody
 * knows after a question mark.
 */
export async function writePredictions(
  file: string,
  classifier: Pick<Classifier, 'task' | 'classes'>,
  { samples, targets, probabilities }: SplitPredictions,
  thresholds: readonly number[] | null,
): Promise<void> {
  const { task, classes } = classifier;
  const outputs = outputsOf(task, classes);
  const rows = samples.map(({ id }, i) => {
    const row = (values: Float32Array) => values.subarray(i * outputs, (i + 1) * outputs);
    const p = row(probabilities);
    return [
      id,
      [...labelsOf(classifier, row(targets)), ...unknownOf(classifier, row(targets))].join('|'),
      decide(classifier, p, thresholds).join('|'),
      ...perClass(task, p),
    ];
  });
  const header = ['image', 'label', 'predicted', ...probabilityColumns(classes)];
  await writeFileAtomic(file, stringify([header, ...rows]));
}

function unknownOf({ classes }: Pick<Classifier, 'classes'>, target: Float32Array): string[] {
  return classes.filter((_, k) => target[k] < 0).map((name) => `?${name}`);
}

/** What `writePredictions` wrote, of any task. */
export async function readAllPredictions(
  file: string,
  { task, classes }: { readonly task: Task; readonly classes: readonly string[] },
): Promise<{ ids: string[]; targets: Float32Array; probabilities: Float32Array }> {
  const [, ...rows] = parse(await readFile(file, 'utf8')) as string[][];
  const named = task === 'binary' ? classes.slice(1) : classes;
  const first = 3 + classes.length - named.length;
  const targetOf = (label: string) => {
    const labels = label.split('|');
    return named.map((name) => (labels.includes(`?${name}`) ? -1 : Number(labels.includes(name))));
  };
  // Where every image has one label, a class may have `|` in its name.
  const single = (label: string) => named.map((name) => Number(name === label));
  return {
    ids: rows.map(([id]) => id),
    targets: Float32Array.from(
      rows.flatMap(([, label]) => (task === 'multi-label' ? targetOf : single)(label)),
    ),
    probabilities: Float32Array.from(rows.flatMap((row) => row.slice(first).map(Number))),
  };
}

/** By image, the group that `split.csv` has of it. */
export async function groupsBySplit(file: string): Promise<Map<string, string>> {
  const [, ...rows] = parse(await readFile(file, 'utf8')) as string[][];
  return new Map(rows.flatMap(([id, , , group]) => (group ? [[id, group]] : [])));
}

/** Writes which image stands on which side: `image,split,label,group`. */
export async function writeSplit(file: string, dataset: Dataset): Promise<void> {
  const rows = Object.entries(dataset.splits).flatMap(([split, samples]) =>
    samples.map(({ id, target, group }) => [id, split, labelsOf(dataset, target).join('|'), group ?? '']),
  );
  await writeFileAtomic(file, stringify([['image', 'split', 'label', 'group'], ...rows]));
}

/** Reads the predictions of a binary run back: targets and probabilities of the positive class. */
export async function readPredictions(
  file: string,
): Promise<{ targets: Float32Array; probabilities: Float32Array }> {
  const [header, ...rows] = parse(await readFile(file, 'utf8')) as string[][];
  const positive = header.at(-1)!.replace(/^p\((.*)\)$/s, '$1');
  return {
    targets: Float32Array.from(rows, ([, label]) => Number(label === positive)),
    probabilities: Float32Array.from(rows, (row) => Number(row.at(-1))),
  };
}
