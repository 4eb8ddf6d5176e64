/** @file The figures of every published run, from the package's assets. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { mean, sampleDeviation } from './statistics.js';

/** Of several runs. */
export interface Spread {
  readonly n: number;
  readonly mean: number;
  /** With n − 1 below; null for a single run. */
  readonly deviation: number | null;
  readonly lowest: number;
  readonly highest: number;
}

/** The published figures, by the published names. */
export interface PublishedResults {
  /** One value per run that has it. @param column as in the table of runs: `auc`, `AUC_tumor`, `auc_test_hosp_0` … */
  values(dataset: string, architecture: string, method: string, column?: string): readonly number[];
  /** The architectures that have such runs. */
  architectures(dataset: string, method: string): readonly string[];
}

interface Asset {
  readonly datasets: Readonly<
    Record<
      string,
      {
        readonly columns: readonly string[];
        readonly runs: Readonly<
          Record<string, Readonly<Record<string, readonly (readonly (number | null)[])[]>>>
        >;
      }
    >
  >;
}

export async function readPublishedResults(): Promise<PublishedResults> {
  const file = fileURLToPath(new URL('../../assets/published-results.json', import.meta.url));
  const { datasets }: Asset = JSON.parse(await readFile(file, 'utf8'));
  return {
    values(dataset, architecture, method, column = 'auc') {
      const { columns, runs } = datasets[dataset] ?? { columns: [], runs: {} };
      const at = columns.indexOf(column);
      const rows = runs[architecture]?.[method] ?? [];
      return rows.flatMap((row) => row[at] ?? []);
    },
    architectures(dataset, method) {
      const runs = Object.entries(datasets[dataset]?.runs ?? {});
      return runs.filter(([, methods]) => method in methods).map(([architecture]) => architecture);
    },
  };
}

/** Undefined where there are no values. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  return {
    n: values.length,
    mean: mean(values),
    deviation: values.length > 1 ? sampleDeviation(values) : null,
    lowest: Math.min(...values),
    highest: Math.max(...values),
  };
}
