/** @file What a classifier decides: the three kinds of task and how many outputs each has. */

/** One sigmoid output, one softmax over K classes, or K independent sigmoid outputs. */
export type Task = 'binary' | 'multi-class' | 'multi-label';

/** How many logits the head has: 1 for a binary task, else one per class. */
export function outputsOf(task: Task, classes: readonly string[]): number {
  return task === 'binary' ? 1 : classes.length;
}
