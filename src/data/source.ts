/** @file What all layouts of data have in common: labelled images, not yet turned into samples. */
import { targetOf } from './labels.js';
import type { ImageSource, Sample, SplitName, Task } from './types.js';

export interface LabelledImage {
  readonly source: ImageSource;
  /** Its place with symbolic links resolved: equal for two ways to one image. */
  readonly real: string;
  readonly id: string;
  /** Names of its classes: one, or for multi-label any number. */
  readonly labels: readonly string[];
  /** The split that the data put it in, where they say so. */
  readonly split?: SplitName;
  /** The values of its row by column name, where a table lists it. */
  readonly columns?: Readonly<Record<string, string>>;
}

/** A labelled image as training takes it. */
export function sampleOf(
  { source, id, labels }: LabelledImage,
  task: Task,
  classes: readonly string[],
  group?: string,
): Sample {
  return { source, id, target: targetOf(task, classes, labels), group };
}

export interface Source {
  readonly root: string;
  readonly images: readonly LabelledImage[];
  readonly task: Task;
  readonly classes: readonly string[];
  readonly warnings: readonly string[];
}

/** The names under which splits go, in lower case. */
const splitNames: Readonly<Record<SplitName, readonly string[]>> = {
  train: ['train', 'training'],
  validation: ['val', 'valid', 'validation', 'dev'],
  test: ['test', 'testing'],
};

/** All names under which splits go, for messages. */
export const knownSplitNames = Object.values(splitNames).flat().join(', ');

export function splitNamed(name: string): SplitName | undefined {
  const lower = name.trim().toLowerCase();
  return (Object.keys(splitNames) as SplitName[]).find((split) => splitNames[split].includes(lower));
}
