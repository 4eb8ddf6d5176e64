/** @file From label names to classes, a task, and target vectors. */
import { TransfuseError } from '../errors.js';
import { outputsOf } from '../task.js';
import { compareText } from './listing.js';
import type { Task } from './types.js';
import { some } from './unreadable.js';

/**
 * The classes in output order: those the caller lists, else those found, by code unit.
 *
 * @throws TransfuseError `class-mismatch` if something was found that the caller does not list
 */
export function chooseClasses(
  found: readonly string[],
  wanted: readonly string[] | undefined,
  where: string,
): string[] {
  if (wanted === undefined) return [...found].sort(compareText);
  const unknown = found.filter((name) => !wanted.includes(name));
  if (unknown.length > 0) {
    throw new TransfuseError(
      'class-mismatch',
      `${where} has class ${some(unknown)}; the classes are: ${wanted.join(', ')}`,
    );
  }
  return [...wanted];
}

/** @throws TransfuseError `duplicate-names` for names that differ only in case or in spaces around them */
export function refuseCaseTwins(names: readonly string[], where: string) {
  const seen = new Map<string, string>();
  for (const name of names) {
    const plain = name.trim().toLowerCase();
    const twin = seen.get(plain);
    if (twin !== undefined) {
      throw new TransfuseError(
        'duplicate-names',
        `${where} include ${JSON.stringify(twin)} and ${JSON.stringify(name)}; give one class one name`,
      );
    }
    seen.set(plain, name);
  }
}

/** The task of images with one label each, checked against what the caller asks for. */
export function taskOf(classes: readonly string[], asked: Task | undefined, where: string): Task {
  if (asked === 'multi-label') {
    throw new TransfuseError(
      'bad-option',
      `${where} gives each image one label, so its task is not multi-label`,
    );
  }
  if (asked === 'binary' && classes.length !== 2) {
    throw new TransfuseError(
      'bad-option',
      `${where} has ${classes.length} classes, so its task is not binary`,
    );
  }
  return asked ?? (classes.length === 2 ? 'binary' : 'multi-class');
}

/** [0 or 1] for binary, else one entry per class; −1 for those that are not known. */
export function targetOf(
  task: Task,
  classes: readonly string[],
  labels: readonly string[],
  unknown: readonly string[] = [],
): Float32Array {
  const target = new Float32Array(outputsOf(task, classes));
  if (task === 'binary') target[0] = classes.indexOf(labels[0]);
  else for (const label of labels) target[classes.indexOf(label)] = 1;
  for (const label of unknown) target[classes.indexOf(label)] = -1;
  return target;
}
