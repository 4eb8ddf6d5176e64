/** @file A table of text and numbers, and the formats it is written in. */
import { stringify } from 'csv-stringify/sync';
import { type Html, html } from '../report/html.js';
import { page } from '../report/page.js';

export type TableValue = string | number | null;

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly TableValue[])[];
  /** Sentences below. */
  readonly notes?: readonly string[];
}

export const tableFormats = ['markdown', 'csv', 'latex', 'html'] as const;
export type TableFormat = (typeof tableFormats)[number];

/** Writes tables one after the other; CSV takes one only. */
export function formatTables(tables: readonly Table[], format: TableFormat, title: string): string {
  switch (format) {
    case 'markdown':
      return tables.map(markdown).join('\n');
    case 'csv':
      return tables.map(csv).join('\n');
    case 'latex':
      return tables.map(latex).join('\n');
    case 'html':
      return page(`${title} – Transfuse`, [
        html`<header><p class="kicker">Transfuse study</p><h1>${title}</h1></header>`,
        tables.map(tableSection),
      ]);
  }
}

/** A table as a section of a page. */
export function tableSection({ title, columns, rows, notes = [] }: Table): Html {
  const numeric = numericColumns({ columns, rows });
  const cell = (value: TableValue, i: number) =>
    i === 0
      ? html`<th scope="row">${text(value)}</th>`
      : html`<td class="${numeric[i] ? 'n' : ''}">${text(value)}</td>`;
  return html`<section><h2>${title}</h2><div class="scroll"><table>
    <thead><tr>${columns.map((column, i) => html`<th class="${numeric[i] ? 'n' : ''}">${column}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>`)}</tbody>
  </table></div>${notes.map((note) => html`<p class="note">${note}</p>`)}</section>`;
}

function markdown({ title, columns, rows, notes = [] }: Table): string {
  const numeric = numericColumns({ columns, rows });
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const escaped = (value: TableValue) => text(value).replaceAll('|', '\\|');
  return [
    `### ${title}`,
    '',
    line(columns),
    line(columns.map((_, i) => (numeric[i] ? '---:' : '---'))),
    ...rows.map((row) => line(row.map(escaped))),
    ...notes.flatMap((note) => ['', note]),
    '',
  ].join('\n');
}

function csv({ columns, rows }: Table): string {
  return stringify([columns, ...rows]);
}

function latex({ title, columns, rows, notes = [] }: Table): string {
  const numeric = numericColumns({ columns, rows });
  const line = (cells: readonly TableValue[]) =>
    `${cells.map((cell) => escapeLatex(text(cell))).join(' & ')} \\\\`;
  return [
    '% needs \\usepackage{booktabs}',
    '\\begin{table}',
    `\\caption{${escapeLatex([title, ...notes].join('. ').replaceAll('..', '.'))}}`,
    `\\begin{tabular}{${numeric.map((is) => (is ? 'r' : 'l')).join('')}}`,
    '\\toprule',
    line(columns),
    '\\midrule',
    ...rows.map(line),
    '\\bottomrule',
    '\\end{tabular}',
    '\\end{table}',
    '',
  ].join('\n');
}

const special: Record<string, string> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '±': '$\\pm$',
  '−': '$-$',
  '–': '--',
  '≥': '$\\geq$',
  '†': '$\\dagger$',
  '·': '$\\cdot$',
  '×': '$\\times$',
};

function escapeLatex(plain: string): string {
  return plain
    .replaceAll(/[\\~^±−–≥†·×&%$#_{}]/g, (character) => special[character] ?? `\\${character}`)
    .replaceAll('\u00a0', '~');
}

function text(value: TableValue): string {
  return value === null ? '–' : String(value);
}

/** A column is set to the right where all that it holds is numbers. */
function numericColumns({ columns, rows }: Pick<Table, 'columns' | 'rows'>): boolean[] {
  return columns.map((_, i) =>
    rows.every((row) => row[i] === null || typeof row[i] === 'number' || /^[\d.,–−<±%+-]/.test(row[i])),
  );
}
