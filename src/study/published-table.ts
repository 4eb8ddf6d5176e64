/** @file A study's results as CSV, in the columns of the published table of runs; what it has no column for follows. */
import { stringify } from 'csv-stringify/sync';
import { publishedNames } from './beside.js';
import type { StudyDefinition } from './definition.js';
import { publishedDatasets } from './published.js';
import type { CellResult, TestFigures } from './results.js';

const hospitals = [
  ...new Set(publishedDatasets.flatMap((dataset) => dataset.hospitals ?? []).map((h) => h.column)),
];
const figures = ['loss', 'accuracy', 'auc'] as const;

/** In the published order. */
const publishedColumns = [
  'method',
  'model',
  'dataset',
  ...figures,
  ...hospitals.flatMap((hospital) => figures.map((figure) => `${figure}_${hospital}`)),
  ...['colorectal_histology', 'chexpert', 'oct_small'].flatMap((id) =>
    publishedDatasets.find((dataset) => dataset.id === id)!.classes!.map(({ column }) => column),
  ),
];

const ownColumns = ['repetition', 'seed', 'best_epoch', 'epochs', 'seconds', 'training_flops'];

/** One line per result. Names are the published ones where there are such. */
export function publishedTable(results: readonly CellResult[], definition: StudyDefinition): string {
  const rows = results.map((result) => rowOf(result, definition));
  const known = new Set([...publishedColumns, ...ownColumns]);
  const further = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(
    (column) => !known.has(column),
  );
  return stringify(rows, { header: true, columns: [...publishedColumns, ...further.sort(), ...ownColumns] });
}

type Row = Record<string, string | number | null>;

function rowOf(result: CellResult, definition: StudyDefinition): Row {
  const { dataset, architecture, method } = publishedNames(definition);
  const published = dataset(result.dataset);
  const column = (name: string): string =>
    published?.classes?.find(({ names }) => names.includes(name))?.column ??
    `AUC_${name.replaceAll(' ', '_')}`;
  const suffix = (name: string): string =>
    published?.hospitals?.find(({ title }) => title === name)?.column ?? name.replaceAll(' ', '_');
  const of = (test: TestFigures, suffix = ''): Row =>
    Object.fromEntries(figures.map((figure) => [figure + suffix, test[figure]]));
  return {
    method: method(result.method)?.id ?? result.method,
    model: architecture(result.architecture)?.id ?? result.architecture,
    dataset: published?.id ?? result.dataset,
    ...of(result.test),
    ...Object.assign(
      {},
      ...Object.entries(result.testSets).map(([name, test]) => of(test, `_${suffix(name)}`)),
    ),
    ...Object.fromEntries(Object.entries(result.test.perClass).map(([name, auc]) => [column(name), auc])),
    repetition: result.repetition,
    seed: result.seed,
    best_epoch: result.bestEpoch,
    epochs: result.history.length,
    seconds: Math.round(result.seconds),
    training_flops: result.history.reduce((sum, { flops }) => sum + flops, 0),
  };
}
