/** @file What all layouts of data have in common: labelled images, not yet turned into samples. */
import { targetOf } from './labels.js';
import type { ImageColumns, ImageSource, Sample, SplitName, Task } from './types.js';

export interface LabelledImage {
  readonly source: ImageSource;
  /** Its place with symbolic links resolved: equal for two ways to one image. */
  readonly real: string;
  readonly id: string;
  /** Names of its classes: one, or for multi-label any number. */
  readonly labels: readonly string[];
  /** Multi-label only: classes of which nobody knows whether it has them. */
  readonly unknown?: readonly string[];
  /** Where it comes from, such as a hospital, where the data tell results apart by that. */
  readonly domain?: string;
  /** The split that the data put it in, where they say so. */
  readonly split?: SplitName;
  /** The values of its row by column name, where a table lists it. */
  readonly columns?: Readonly<Record<string, string>>;
}

/** A labelled image as training takes it. */
export function sampleOf(
  { source, id, labels, unknown, domain }: LabelledImage,
  task: Task,
  classes: readonly string[],
  group?: string,
): Sample {
  return { source, id, target: targetOf(task, classes, labels, unknown), domain, group };
}

/** What the tables that list images say of them, by id. */
export function columnsOf(images: readonly LabelledImage[]): ImageColumns {
  return new Map(images.flatMap(({ id, columns }) => (columns ? [[id, columns]] : [])));
}

export interface Source {
  readonly root: string;
  readonly images: readonly LabelledImage[];
  readonly task: Task;
  readonly classes: readonly string[];
  readonly warnings: readonly string[];
  /** What is held out where the data bring no such split and nothing else is asked: a fraction below 1, or a number. */
  readonly holdOut?: { readonly validation?: number; readonly test?: number };
  /** How many images of a side are drawn, the rest left out. */
  readonly keep?: { readonly train: number; readonly validation: number };
  /** How images are grouped where nothing else is asked. */
  readonly groupBy?: string;
  /** Which of the data sets that are known by name it is. */
  readonly dataset?: string;
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
