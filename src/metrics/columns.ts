/** @file Predictions one class at a time, and as calibration looks at them. */
import { mostProbable } from './operating-point.js';
import type { Predictions } from './types.js';

/** Predictions of one class against the rest, one per sample. */
export interface ClassColumn {
  name: string;
  targets: Float32Array;
  probabilities: Float32Array;
}

/** One column per output: of the positive class for a binary task, else one per class. */
export function classColumns({ task, classes, targets, probabilities }: Predictions): ClassColumn[] {
  const names = task === 'binary' ? [classes[1]] : classes;
  const column = (values: Float32Array, k: number) => values.filter((_, i) => i % names.length === k);
  return names.map((name, k) => ({
    name,
    targets: column(targets, k),
    probabilities: column(probabilities, k),
  }));
}

/**
 * The most probable class's probability and whether it was right (multi-class), or the outputs as they are: what
 * calibration is measured on.
 */
export function confidences({ task, classes, targets, probabilities }: Predictions) {
  if (task !== 'multi-class') return { correct: targets, confidence: probabilities };
  const predicted = mostProbable(probabilities, classes.length);
  const pick = (values: Float32Array) =>
    Float32Array.from(predicted, (k, i) => values[i * classes.length + k]);
  return { correct: pick(targets), confidence: pick(probabilities) };
}

/** The same predictions of some samples only. */
export function rowsOf<P extends Predictions>(predictions: P, rows: readonly number[]): P {
  const outputs = predictions.task === 'binary' ? 1 : predictions.classes.length;
  const pick = (values: Float32Array) => {
    const picked = new Float32Array(rows.length * outputs);
    rows.forEach((row, i) => {
      picked.set(values.subarray(row * outputs, (row + 1) * outputs), i * outputs);
    });
    return picked;
  };
  return {
    ...predictions,
    targets: pick(predictions.targets),
    probabilities: pick(predictions.probabilities),
  };
}
