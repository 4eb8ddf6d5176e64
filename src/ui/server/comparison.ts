/** @file Several finished runs side by side. */

import { TransfuseError } from '../../errors.js';
import type { Comparison } from '../api.js';
import { rocsOf } from '../roc.js';
import { predictedSplits, readPredictionsTable } from './predictions-table.js';
import { readRun } from './run-folder.js';

/** @throws TransfuseError `too-few-runs`, `no-run` */
export async function compareRuns(ids: readonly string[]): Promise<Comparison> {
  if (ids.length < 2) throw new TransfuseError('too-few-runs', 'choose at least two runs to compare');
  const views = await Promise.all(ids.map(readRun));
  const split = ['test', 'validation'].find((name) => ids.every((id) => predictedSplits(id).includes(name)));
  const tables =
    split === undefined ? [] : await Promise.all(ids.map((id) => readPredictionsTable(id, split)));
  const options = new Set(views.flatMap((view) => Object.keys(view.options)));
  const optionsAndData = views.map((view): Record<string, unknown> => ({ data: view.data, ...view.options }));
  return {
    split: split ?? 'validation',
    runs: views.map(({ id, name, history, metrics }, i) => ({
      id,
      name,
      options: optionsAndData[i],
      history,
      metrics,
      roc: tables[i] ? rocsOf(tables[i]) : [],
    })),
    differing: ['data', ...options].filter(
      (name) => new Set(optionsAndData.map((one) => JSON.stringify(one[name]))).size > 1,
    ),
  };
}
