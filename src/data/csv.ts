/** @file A CSV file of paths and labels, with optional columns for the split and the group. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { TransfuseError } from '../errors.js';
import { relativeId } from './files.js';
import { groupColumnOf } from './groups.js';
import { isImageName } from './listing.js';
import { knownSplitNames, type LabelledImage, type Source, splitNamed } from './source.js';
import { columnNamed, type Row, readTable, requireColumn, type Table } from './table.js';
import { readLabels } from './table-labels.js';
import type { DatasetOptions, SplitName } from './types.js';
import { allowedUnreadable, count, some } from './unreadable.js';

const PATH_NAMES = ['path', 'file', 'filename', 'file_name', 'filepath', 'image', 'image_path'];
const SPLIT_NAMES = ['split', 'subset', 'partition'];

/**
 * Reads rows of a path (absolute, or relative to the CSV file) and its labels: one column of names, one of names
 * joined by `|` or `;` (multi-label), or several columns of 0 and 1 (multi-label; one-hot with task multi-class).
 *
 * @throws TransfuseError `bad-csv`, `no-such-column`, `too-many-missing`, and what `readLabels` throws
 */
export async function readCsv(file: string, options: DatasetOptions): Promise<Source> {
  const table = await readTable(file);
  const warnings: string[] = [];
  const pathColumn = choosePathColumn(table, options);
  const splitColumn = options.splitColumn ?? columnNamed(table, SPLIT_NAMES);
  if (splitColumn !== undefined) requireColumn(table, splitColumn);
  const groupColumn = groupColumnOf(options);
  if (groupColumn !== undefined) requireColumn(table, groupColumn);
  const taken = [pathColumn, splitColumn, groupColumn];
  const { labels, classes, task } = readLabels(table, options, taken, warnings);
  const root = path.dirname(file);
  const found = await findFiles(table, pathColumn, options.maxUnreadable, warnings);
  const images: LabelledImage[] = [];
  table.rows.forEach((row, i) => {
    if (found[i] === undefined) return;
    const { path: full, real } = found[i];
    images.push({
      source: { kind: 'file', path: full },
      real,
      id: relativeId(root, full),
      labels: labels[i],
      split: splitColumn === undefined ? undefined : splitOf(table, row, splitColumn),
      columns: row.cells,
    });
  });
  return { root, images, classes, task, warnings };
}

function choosePathColumn(table: Table, options: DatasetOptions): string {
  if (options.pathColumn !== undefined) return requireColumn(table, options.pathColumn);
  const byName = columnNamed(table, PATH_NAMES);
  if (byName !== undefined) return byName;
  const byValue = table.columns.filter((column) =>
    table.rows.slice(0, 10).every(({ cells }) => isImageName(cells[column])),
  );
  if (byValue.length === 1) return byValue[0];
  throw new TransfuseError(
    'no-such-column',
    `${table.file}: which column holds the paths? Name it path, or say which of: ${table.columns.join(', ')}`,
  );
}

function splitOf(table: Table, { cells, line }: Row, column: string): SplitName {
  const split = splitNamed(cells[column]);
  if (split !== undefined) return split;
  throw new TransfuseError(
    'bad-csv',
    `${table.file}, line ${line}: split ${JSON.stringify(cells[column])} is not one of: ${knownSplitNames}`,
  );
}

/** Where each row's file lies; undefined where it is missing, which is put up with up to a limit. */
async function findFiles(table: Table, column: string, limit: number | undefined, warnings: string[]) {
  const blank = table.rows.filter(({ cells }) => cells[column] === '');
  if (blank.length > 0) {
    throw new TransfuseError('bad-csv', `${table.file}, line ${blank[0].line}: no path in column ${column}`);
  }
  const folder = path.dirname(table.file);
  const found: ({ path: string; real: string } | undefined)[] = [];
  const AT_ONCE = 64;
  for (let start = 0; start < table.rows.length; start += AT_ONCE) {
    const chunk = table.rows.slice(start, start + AT_ONCE).map(async ({ cells }) => {
      const full = path.resolve(folder, cells[column].replaceAll('\\', '/'));
      return realpath(full).then(
        (real) => ({ path: full, real }),
        () => undefined,
      );
    });
    found.push(...(await Promise.all(chunk)));
  }
  const missing = table.rows.filter((_, i) => found[i] === undefined);
  if (missing.length === 0) return found;
  const allowed = allowedUnreadable(table.rows.length, limit);
  const examples = some(missing.map(({ cells, line }) => `${cells[column]} (line ${line})`));
  const message = `${count(missing.length, 'file')} of ${table.rows.length} in ${table.file} cannot be found: ${examples}`;
  if (missing.length > allowed || missing.length === table.rows.length) {
    throw new TransfuseError(
      'too-many-missing',
      `${message}; at most ${allowed} may be missing, paths are relative to ${folder}`,
    );
  }
  warnings.push(message);
  return found;
}
