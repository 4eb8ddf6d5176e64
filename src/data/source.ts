/** @file What a folder and a CSV file have in common: labelled entries, not yet turned into samples. */
import type { SplitName, Task } from './types.js';

export interface LabelledFile {
  readonly path: string;
  /** The same with symbolic links resolved. */
  readonly real: string;
  readonly id: string;
  /** Names of its classes: one, or for multi-label any number. */
  readonly labels: readonly string[];
  /** The split that the data put it in, where they say so. */
  readonly split?: SplitName;
  /** The values of a CSV row by column name. */
  readonly columns?: Readonly<Record<string, string>>;
}

export interface Source {
  readonly root: string;
  readonly files: readonly LabelledFile[];
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
