/** @file How many images of which class, and how many groups, stand on which side. */
import type { Dataset } from '../data/types.js';
import { labelsOf } from '../runs/decide.js';
import type { SplitSummary } from './api.js';

export function splitSummaries(dataset: Dataset): SplitSummary[] {
  const labelled = Object.entries(dataset.splits).flatMap(([split, samples]) =>
    samples.map(({ target, group }) => ({ split, labels: labelsOf(dataset, target), group })),
  );
  return summarise(labelled, dataset.classes);
}

export interface LabelledRow {
  readonly split: string;
  readonly labels: readonly string[];
  readonly group?: string;
}

/** One summary per split that has images, in the order in which they appear. */
export function summarise(rows: readonly LabelledRow[], classes: readonly string[]): SplitSummary[] {
  return [...new Set(rows.map(({ split }) => split))].map((name) => {
    const own = rows.filter(({ split }) => split === name);
    const groups = new Set(own.flatMap(({ group }) => group || []));
    return {
      name,
      images: own.length,
      perClass: classes.map((label) => own.filter(({ labels }) => labels.includes(label)).length),
      groups: groups.size > 0 ? groups.size : null,
    };
  });
}
