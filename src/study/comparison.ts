/**
 * @file Whether two methods differ. On one data set and network: the paired t-test over repetitions, whose splits and
 * seeds are the same for both, and for each repetition DeLong's test on the same test images. Over data sets and
 * networks: Wilcoxon's signed-rank test of the mean differences, as Demšar (JMLR 7, 2006) recommends.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { compareAucs } from '../metrics/index.js';
import { pValue } from '../report/format.js';
import { files } from '../runs/folder.js';
import { readPredictions } from '../runs/predictions.js';
import { signed } from './grid.js';
import type { CellResult } from './results.js';
import { mean, type PairedTTest, pairedTTest, type SignedRankTest, signedRankTest } from './statistics.js';
import { places, type Study, type Titles } from './study.js';
import type { Table } from './table.js';

export interface CellComparison {
  readonly dataset: string;
  readonly architecture: string;
  /** Test AUC of `first` minus that of `second`, by repetition. */
  readonly differences: readonly number[];
  readonly test: PairedTTest | undefined;
  /** DeLong's p-values, of the repetitions whose predictions are at hand; of binary tasks only. */
  readonly delong: readonly number[];
}

export interface MethodComparison {
  readonly first: string;
  readonly second: string;
  readonly cells: readonly CellComparison[];
  /** Of the cells' mean differences. */
  readonly meanDifference: number;
  /** Cells in which `first` is the better on average. */
  readonly better: number;
  readonly test: SignedRankTest | undefined;
}

/** Compares two methods wherever both have results of the same repetition; undefined where they have none. */
export async function compareMethods(
  study: Study,
  results: readonly CellResult[],
  first: string,
  second: string,
): Promise<MethodComparison | undefined> {
  const { datasets, architectures } = study.definition;
  const cells: CellComparison[] = [];
  for (const dataset of Object.keys(datasets)) {
    for (const architecture of Object.keys(architectures)) {
      const here = results.filter((r) => r.dataset === dataset && r.architecture === architecture);
      const pairs = here
        .filter(({ method, test }) => method === first && test.auc !== null)
        .flatMap((a) => {
          const b = here.find((r) => r.method === second && r.repetition === a.repetition);
          return b && b.test.auc !== null ? [{ a, b }] : [];
        });
      if (pairs.length === 0) continue;
      const differences = pairs.map(({ a, b }) => a.test.auc! - b.test.auc!);
      const delong = await Promise.all(pairs.map(({ a, b }) => delongTest(study, a, b)));
      cells.push({
        dataset,
        architecture,
        differences,
        test: pairedTTest(differences),
        delong: delong.flatMap((p) => p ?? []),
      });
    }
  }
  if (cells.length === 0) return undefined;
  const means = cells.map(({ differences }) => mean(differences));
  return {
    first,
    second,
    cells,
    meanDifference: mean(means),
    better: means.filter((difference) => difference > 0).length,
    test: signedRankTest(means),
  };
}

/** Of the two runs' predictions of the same test images; undefined where these are not at hand, or not binary. */
async function delongTest(
  { folder }: Study,
  a: CellResult,
  b: CellResult,
): Promise<number | null | undefined> {
  if (Object.keys(a.test.perClass).length > 0 || Object.keys(a.testSets).length > 0) return undefined;
  const found = [a, b].map(({ cell }) => path.join(folder, places.runs, cell, files.predictions('test')));
  if (!found.every((file) => existsSync(file))) return undefined;
  const [first, second] = await Promise.all(found.map(readPredictions));
  const isSame =
    first.targets.length === second.targets.length && first.targets.every((t, i) => t === second.targets[i]);
  if (!isSame) return undefined;
  return compareAucs(first.targets, first.probabilities, second.probabilities).pValue;
}

/** One line per pair of methods. */
export function comparisonTable(
  comparisons: readonly MethodComparison[],
  title: (method: string) => string,
): Table {
  return {
    title: 'Differences between methods, over data sets and networks',
    columns: ['first', 'second', 'pairs', 'mean difference', 'first is better in', 'p (Wilcoxon)'],
    rows: comparisons.map(({ first, second, cells, meanDifference, better, test }) => [
      title(first),
      title(second),
      cells.length,
      signed(meanDifference, 4),
      `${better} of ${cells.length}`,
      pValue(test?.pValue),
    ]),
    notes: [
      'Test AUC of the first minus that of the second. A pair is one data set and network, its difference the mean over repetitions. Wilcoxon’s signed-rank test, two-sided, exact, of these differences; not corrected for the number of comparisons. Fewer than six pairs cannot reach p < 0.05.',
    ],
  };
}

/** One line per data set and network, of one pair of methods. */
export function cellComparisonTable({ first, second, cells }: MethodComparison, titles: Titles): Table {
  return {
    title: `${titles.method(first)} against ${titles.method(second)}`,
    columns: [
      'data set',
      'network',
      'repetitions',
      'mean difference',
      '95 % interval',
      'p (paired t)',
      'p (DeLong), each',
    ],
    rows: cells.map(({ dataset, architecture, differences, test, delong }) => [
      titles.dataset(dataset),
      titles.architecture(architecture),
      differences.length,
      signed(mean(differences), 4),
      test ? `${signed(test.interval[0], 4)} to ${signed(test.interval[1], 4)}` : null,
      pValue(test?.pValue),
      delong.length > 0 ? delong.map((p) => pValue(p)).join(', ') : null,
    ]),
    notes: [
      'Differences in test AUC over repetitions that share split and seed: Student’s paired t-test, two-sided. DeLong’s test compares two runs on the same test images, of binary tasks.',
    ],
  };
}
