/** @file Labelled images to measure an existing classifier on: one split, or all there is, with classes known beforehand. */
import path from 'node:path';
import { TransfuseError } from '../errors.js';
import { readSource } from './dataset.js';
import { compareText } from './files.js';
import { targetOf } from './labels.js';
import { withoutDuplicates } from './overlap.js';
import type { Sample, SplitName, Task } from './types.js';

export interface LabelledOptions {
  readonly task: Task;
  /** In output order; data may lack some of them, but have no others. */
  readonly classes: readonly string[];
  /** Which split to take where the data bring splits. */
  readonly split: SplitName;
}

/**
 * Reads a folder or a CSV as `readDataset` does, but draws no splits: without splits of their own, all images count.
 * @throws TransfuseError `no-split`, and what reading folders and CSV files throws
 */
export async function readLabelled(
  root: string,
  { task, classes, split }: LabelledOptions,
): Promise<{ samples: Sample[]; warnings: string[] }> {
  const source = await readSource(path.resolve(root), { task, classes });
  const warnings = [...source.warnings];
  const all = withoutDuplicates(source.files, warnings);
  const present = new Set(all.flatMap((file) => file.split ?? []));
  if (present.size > 0 && !present.has(split)) {
    throw new TransfuseError(
      'no-split',
      `${root} has no ${split} split, only ${[...present].join(', ')}; choose with --split`,
    );
  }
  const files = all.filter((file) => present.size === 0 || file.split === split);
  files.sort((a, b) => compareText(a.id, b.id));
  const samples = files.map(({ path: file, id, labels }) => ({
    path: file,
    id,
    target: targetOf(task, classes, labels),
  }));
  return { samples, warnings };
}
