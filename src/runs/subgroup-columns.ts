/** @file What a table says of each image: the columns by which results are told apart. */
import path from 'node:path';
import type { ImageColumns, Sample } from '../data/index.js';
import { columnNamed, readTable, requireColumn } from '../data/table.js';
import { TransfuseError } from '../errors.js';

/** More values than this are no subgroups but identities or measurements, which results must not be listed by. */
const MOST_VALUES = 20;
const IMAGE_COLUMNS = ['image', 'path', 'file', 'filename', 'id'];

/**
 * What the options `by` and `subgroups` ask for, if anything.
 * @throws TransfuseError `bad-option`
 */
export function subgroupRequest(options: {
  readonly by?: string;
  readonly subgroups?: string;
}): SubgroupRequest | undefined {
  const { by, subgroups: file } = options;
  if (by !== undefined) return { by, file };
  if (file === undefined) return undefined;
  throw new TransfuseError('bad-option', '--subgroups needs --by, the columns to tell apart');
}

export interface SubgroupColumn {
  readonly column: string;
  /** By sample; undefined where the table says nothing. */
  readonly values: readonly (string | undefined)[];
}

export interface SubgroupRequest {
  /** A CSV file with a column of images; absent, the table that lists the data. */
  readonly file?: string;
  /** Names of columns, joined by commas. */
  readonly by: string;
}

type Cells = Readonly<Record<string, string>>;

/**
 * Finds the columns' values.
 * @param columns by sample id, the row of the table that lists the data
 * @throws TransfuseError `bad-option`, `no-such-column`, `bad-csv`
 */
export async function subgroupColumns(
  samples: readonly Pick<Sample, 'id'>[],
  columns: ImageColumns,
  { file, by }: SubgroupRequest,
): Promise<SubgroupColumn[]> {
  const names = by.split(',').map((name) => name.trim());
  const cellsOf = file === undefined ? ownCells(columns, names) : await cellsFrom(file, names);
  return names.map((column) => {
    const values = samples.map(({ id }) => cellsOf(id)?.[column] || undefined);
    const distinct = new Set(values.filter((value) => value !== undefined));
    if (distinct.size === 0) {
      throw new TransfuseError('bad-option', `column ${column} says nothing of any of these images`);
    }
    if (distinct.size > MOST_VALUES) {
      throw new TransfuseError(
        'bad-option',
        `column ${column} has ${distinct.size} values; at most ${MOST_VALUES} make subgroups: put them into classes, such as ages by decade`,
      );
    }
    return { column, values };
  });
}

function ownCells(columns: ImageColumns, names: readonly string[]) {
  const [first] = columns.values();
  const missing = names.find((name) => first === undefined || !(name in first));
  if (missing !== undefined) {
    const there = first
      ? `its columns are: ${Object.keys(first).join(', ')}`
      : 'the data come without a table';
    throw new TransfuseError(
      'no-such-column',
      `--by ${missing} is no column of the data; ${there}; --subgroups FILE.csv names another table`,
    );
  }
  return (id: string) => columns.get(id);
}

/** Rows are found by the image's path as the data name it, or by its file name where that is the only one so called. */
async function cellsFrom(file: string, names: readonly string[]) {
  const table = await readTable(file);
  for (const name of names) requireColumn(table, name);
  const imageColumn = columnNamed(table, IMAGE_COLUMNS);
  if (imageColumn === undefined) {
    throw new TransfuseError(
      'no-such-column',
      `${file} must have a column that names the images: ${IMAGE_COLUMNS.join(', ')}; its columns are: ${table.columns.join(', ')}`,
    );
  }
  const byPath = new Map<string, Cells>();
  const byName = new Map<string, Cells | 'several'>();
  for (const { cells } of table.rows) {
    const id = cells[imageColumn].replaceAll('\\', '/');
    const name = path.posix.basename(id);
    byPath.set(id, cells);
    byName.set(name, byName.has(name) ? 'several' : cells);
  }
  return (id: string): Cells | undefined => {
    const ofFile = id.replace(/#\d+$/, '');
    const exact = byPath.get(id) ?? byPath.get(ofFile);
    if (exact) return exact;
    const named = byName.get(path.posix.basename(ofFile));
    return named === 'several' ? undefined : named;
  };
}
