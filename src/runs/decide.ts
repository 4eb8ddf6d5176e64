/** @file From probabilities to labels. */
import type { Task } from '../task.js';

/** The labels that probabilities [K] amount to: the most probable class, or those at or above their threshold. */
export function decide(
  { task, classes }: { task: Task; classes: readonly string[] },
  probabilities: Float32Array,
  thresholds: readonly number[] | null,
): string[] {
  const threshold = (k: number): number => thresholds?.[k] ?? 0.5;
  if (task === 'binary') return [classes[probabilities[0] >= threshold(0) ? 1 : 0]];
  if (task === 'multi-label') return classes.filter((_, k) => probabilities[k] >= threshold(k));
  return [classes[probabilities.indexOf(Math.max(...probabilities))]];
}

/** The true labels of a target [K]. */
export function labelsOf(
  { task, classes }: { task: Task; classes: readonly string[] },
  target: Float32Array,
): string[] {
  return decide({ task, classes }, target, null);
}

/** One probability per class, whatever the task: a binary one's single output also says the other class's. */
export function perClass(task: Task, probabilities: Float32Array): number[] {
  return task === 'binary' ? [1 - probabilities[0], probabilities[0]] : [...probabilities];
}
