/** @file The predictions that a run has left, read back from its CSV files. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { TransfuseError } from '../../errors.js';
import { files } from '../../runs/folder.js';
import type { ImageOrder } from '../api.js';

export interface PredictedImage {
  readonly id: string;
  readonly labels: readonly string[];
  /** Of independent labels, those of which nobody knows whether it has them. */
  readonly unknown: readonly string[];
  readonly predicted: readonly string[];
  /** One per class. */
  readonly probabilities: readonly number[];
}

export interface PredictionsTable {
  readonly split: string;
  readonly classes: readonly string[];
  readonly images: readonly PredictedImage[];
}

/** The splits whose predictions a run has left, the test first. */
export function predictedSplits(run: string): string[] {
  return ['test', 'validation'].filter((split) => existsSync(path.join(run, files.predictions(split))));
}

/** @throws TransfuseError `run-unfinished` */
export async function readPredictionsTable(run: string, split: string): Promise<PredictionsTable> {
  if (!predictedSplits(run).includes(split)) {
    throw new TransfuseError('run-unfinished', `${run} has no predictions of ${split}`);
  }
  const text = await readFile(path.join(run, files.predictions(split)), 'utf8');
  const [header, ...rows] = parse(text) as string[][];
  const [imageColumn, labelColumn, predictedColumn] = ['image', 'label', 'predicted'].map((name) =>
    header.indexOf(name),
  );
  const columns = header.flatMap((name, i) => (/^p\(.*\)$/s.test(name) ? [i] : []));
  return {
    split,
    classes: columns.map((i) => header[i].slice(2, -1)),
    images: rows.map((row) => ({
      id: row[imageColumn],
      labels: row[labelColumn].split('|').filter((label) => label && !label.startsWith('?')),
      unknown: row[labelColumn]
        .split('|')
        .flatMap((label) => (label.startsWith('?') ? [label.slice(1)] : [])),
      predicted: row[predictedColumn].split('|').filter(Boolean),
      probabilities: columns.map((i) => Number(row[i])),
    })),
  };
}

/**
 * The most wrong images are those whose truth got the least probability while something else was said; the least
 * certain those whose two most probable answers are nearest to each other (of several labels, whose most doubtful one
 * is nearest to one half).
 */
export function inOrder({ classes, images }: PredictionsTable, order: ImageOrder): PredictedImage[] {
  const isMultiLabel = images.some(({ labels }) => labels.length !== 1);
  const certainty = ({ probabilities }: PredictedImage): number => {
    if (isMultiLabel) return Math.min(...probabilities.map((p) => Math.abs(p - 0.5)));
    const [first, second] = [...probabilities].sort((a, b) => b - a);
    return first - second;
  };
  const error = ({ labels, probabilities }: PredictedImage): number => {
    const missed = classes.map((name, k) => {
      if (labels.includes(name)) return 1 - probabilities[k];
      return isMultiLabel ? probabilities[k] : 0;
    });
    return Math.max(...missed);
  };
  if (order === 'uncertain') return images.toSorted((a, b) => certainty(a) - certainty(b));
  return images.filter(isWrong).sort((a, b) => error(b) - error(a));
}

export function isWrong({ labels, predicted }: PredictedImage): boolean {
  return labels.length !== predicted.length || labels.some((label) => !predicted.includes(label));
}
