/** @file What the label columns of a table say: a task, its classes, and the labels of each row. */
import { TransfuseError } from '../errors.js';
import { chooseClasses, refuseCaseTwins, taskOf } from './labels.js';
import { columnNamed, type Row, requireColumn, type Table } from './table.js';
import type { DatasetOptions, Task } from './types.js';
import { count, some } from './unreadable.js';

const LABEL_NAMES = ['label', 'labels', 'class', 'category', 'target', 'diagnosis'];

export interface TableLabels {
  /** Class names per row. */
  readonly labels: string[][];
  readonly classes: string[];
  readonly task: Task;
}

/**
 * @param taken columns that hold something else
 * @throws TransfuseError `ambiguous-labels`, `no-such-column`, `bad-label`, `one-class`, `class-mismatch`
 */
export function readLabels(
  table: Table,
  options: DatasetOptions,
  taken: readonly (string | undefined)[],
  warnings: string[],
): TableLabels {
  const columns = chooseLabelColumns(table, options, taken);
  return columns.length === 1
    ? oneColumn(table, columns[0], options)
    : manyColumns(table, columns, options, warnings);
}

/** The columns that the caller names, or one that is named like a label, or all that remain if they hold only 0 and 1. */
function chooseLabelColumns(
  table: Table,
  options: DatasetOptions,
  taken: readonly (string | undefined)[],
): string[] {
  if (options.labels !== undefined) {
    if (options.labels.length === 0) throw new TransfuseError('bad-option', 'labels names no column');
    return options.labels.map((name) => requireColumn(table, name));
  }
  const byName = columnNamed(table, LABEL_NAMES);
  if (byName !== undefined) return [byName];
  const rest = table.columns.filter((column) => column !== '' && !taken.includes(column));
  if (rest.length === 1) return rest;
  if (
    rest.length > 1 &&
    rest.every((column) => table.rows.every(({ cells }) => flag(cells[column]) !== undefined))
  ) {
    return rest;
  }
  throw new TransfuseError(
    'ambiguous-labels',
    `${table.file}: which columns are labels? Name one label, or say which of: ${rest.join(', ') || 'none is left'}`,
  );
}

/** One column of class names; any `|` or `;` in it makes it multi-label. */
function oneColumn(table: Table, column: string, options: DatasetOptions): TableLabels {
  const separator = table.delimiter === ';' ? /\|/ : /[|;]/;
  const many =
    options.task === undefined
      ? table.rows.some(({ cells }) => separator.test(cells[column]))
      : options.task === 'multi-label';
  const labels = table.rows.map(({ cells }) => {
    const names = many ? cells[column].split(separator).map((name) => name.trim()) : [cells[column]];
    return [...new Set(names.filter((name) => name !== ''))];
  });
  if (!many) {
    const blank = table.rows.filter((_, i) => labels[i].length === 0);
    if (blank.length > 0) throw badLabel(table, blank, `no ${column}`);
  }
  const found = [...new Set(labels.flat())];
  refuseCaseTwins(found, `the values of column ${column} in ${table.file}`);
  const classes = chooseClasses(found, options.classes, table.file);
  if (classes.length < 2) {
    const only = classes.length === 1 ? `only one class, ${classes[0]}` : 'no class';
    throw new TransfuseError(
      'one-class',
      `${table.file} has ${only} in column ${column}; at least two are needed`,
    );
  }
  return { labels, classes, task: many ? 'multi-label' : taskOf(classes, options.task, table.file) };
}

/** Several columns of 0 and 1, one per class. */
function manyColumns(
  table: Table,
  columns: readonly string[],
  options: DatasetOptions,
  warnings: string[],
): TableLabels {
  refuseCaseTwins(columns, `the label columns of ${table.file}`);
  for (const column of columns) {
    const bad = table.rows.filter(({ cells }) => flag(cells[column]) === undefined);
    if (bad.length > 0) {
      const value = JSON.stringify(bad[0].cells[column]);
      throw badLabel(table, bad, `${value} in column ${column}, which needs 0 or 1`);
    }
  }
  const labels = table.rows.map(({ cells }) => columns.filter((column) => flag(cells[column])));
  const classes = chooseClasses(columns, options.classes ?? columns, table.file);
  if (options.task === 'binary') {
    throw new TransfuseError(
      'bad-option',
      `${table.file} has ${columns.length} label columns, so its task is not binary`,
    );
  }
  const unlike = table.rows.filter((_, i) => labels[i].length !== 1);
  if (options.task === 'multi-class' && unlike.length > 0) {
    throw badLabel(table, unlike, 'not exactly one label, which multi-class needs');
  }
  if (options.task === undefined && unlike.length === 0) {
    warnings.push(
      'every row has exactly one label, yet several columns mean multi-label; task multi-class would fit',
    );
  }
  return { labels, classes, task: options.task ?? 'multi-label' };
}

function badLabel(table: Table, rows: readonly Row[], what: string): TransfuseError {
  const lines = some(rows.map(({ line }) => `${line}`));
  return new TransfuseError(
    'bad-label',
    `${table.file}: ${count(rows.length, 'row')} with ${what} (line ${lines})`,
  );
}

function flag(cell: string): boolean | undefined {
  if (/^(1|1\.0*|true|yes)$/i.test(cell)) return true;
  if (/^(0|0\.0*|false|no)$/i.test(cell)) return false;
  return undefined;
}
