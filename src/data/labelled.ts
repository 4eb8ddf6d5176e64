/** @file Labelled images to measure a finished network on, whose classes are known beforehand. */
import path from 'node:path';
import { TransfuseError } from '../errors.js';
import { divided } from './dataset.js';
import { listFrames } from './dicom/list-frames.js';
import { groupsOf } from './groups.js';
import { compareText } from './listing.js';
import { withoutDuplicates } from './overlap.js';
import { readSource } from './read-source.js';
import { columnsOf, sampleOf } from './source.js';
import type { DatasetOptions, ImageColumns, Sample, SplitName, Task } from './types.js';
import { some } from './unreadable.js';

export interface LabelledOptions extends DatasetOptions {
  readonly task: Task;
  /** In output order; the data may lack some of them, but have no others. */
  readonly classes: readonly string[];
  /** Which split to take where the data bring splits. */
  readonly split: SplitName;
}

export interface LabelledSamples {
  readonly samples: Sample[];
  /** By id, the row of the table that lists the image, as column names and values; empty without a table. */
  readonly columns: ImageColumns;
  readonly warnings: readonly string[];
}

/**
 * Reads a folder or a CSV file as `readDataset` does, but draws no splits: without splits of their own, all images
 * count. Data sets that are known by name are divided as for training, so that with the same options nothing that was
 * trained on is measured.
 *
 * @throws TransfuseError `no-split`, and what reading folders and CSV files throws
 */
export async function readLabelled(root: string, options: LabelledOptions): Promise<LabelledSamples> {
  const { classes, split } = options;
  const source = await readSource(path.resolve(root), options);
  if (source.dataset !== undefined) {
    const { splits, columns, warnings } = await divided(source, options);
    return { samples: splits[split], columns, warnings };
  }
  const warnings = [...source.warnings];
  const all = withoutDuplicates(source.images, warnings);
  const present = new Set(all.flatMap((image) => image.split ?? []));
  if (present.size > 0 && !present.has(split)) {
    throw new TransfuseError(
      'no-split',
      `${root} has no ${split} split, only ${[...present].sort().join(', ')}; choose with --split`,
    );
  }
  const files = all.filter((image) => image.split === undefined || image.split === split);
  const images = await listFrames(files, options.dicom);
  images.sort((a, b) => compareText(a.id, b.id));
  const absent = classes.filter((name) => !images.some(({ labels }) => labels.includes(name)));
  if (absent.length > 0) warnings.push(`${root} has no images of class ${some(absent)}`);
  const groups = await groupsOf(images, options.groupBy, warnings);
  const samples = images.map((image, i) => sampleOf(image, source.task, classes, groups[i]));
  return { samples, columns: columnsOf(images), warnings };
}
