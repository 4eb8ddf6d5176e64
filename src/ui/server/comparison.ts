/** @file Several finished runs side by side. */

import { TransfuseError } from '../../errors.js';
import { compareAucs } from '../../metrics/index.js';
import type { Comparison } from '../api.js';
import { type PredictionsTable, predictedSplits, readPredictionsTable, rocsOf } from './predictions-table.js';
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
    ...testsOf(
      views.map(({ name }) => name),
      tables,
    ),
  };
}

function testsOf(
  names: readonly string[],
  tables: readonly PredictionsTable[],
): Pick<Comparison, 'tests' | 'notes'> {
  const tests: Comparison['tests'][number][] = [];
  const notes: string[] = [];
  for (const [i, first] of tables.entries()) {
    for (const [k, second] of tables.entries()) {
      if (k <= i) continue;
      const [a, b] = [names[i], names[k]];
      const pair = pairedScores(first, second);
      if (typeof pair === 'string') notes.push(`${a} and ${b} are not tested: ${pair}`);
      else {
        const { difference, pValue } = compareAucs(pair.targets, pair.first, pair.second);
        tests.push({ first: a, second: b, difference, pValue });
      }
    }
  }
  return { tests, notes };
}

/** The probability of the second class for each image, or why there is no such pair. */
function pairedScores(first: PredictionsTable, second: PredictionsTable) {
  if (first.classes.length !== 2) return 'the paired test here is for two classes';
  if (first.classes.join('\n') !== second.classes.join('\n')) return 'they have other classes';
  const others = new Map(second.images.map((image) => [image.id, image]));
  const pairs = first.images.flatMap((image) => {
    const other = others.get(image.id);
    return other && other.labels[0] === image.labels[0] ? [[image, other] as const] : [];
  });
  if (pairs.length < first.images.length || pairs.length < second.images.length) {
    return 'they were measured on other images';
  }
  return {
    targets: pairs.map(([image]) => Number(image.labels[0] === first.classes[1])),
    first: pairs.map(([image]) => image.probabilities[1]),
    second: pairs.map(([, image]) => image.probabilities[1]),
  };
}
