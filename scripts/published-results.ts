/**
 * @file Makes assets/published-results.json, the figures of every published run, from the authors' table.
 *
 *     node --import ./scripts/register-typescript.mjs scripts/published-results.ts results.csv
 *
 * Per data set the names of its columns, then per architecture and method one row of figures per run, rounded to five
 * decimals.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { writeFileAtomic } from '../src/files/atomic.js';

type Runs = Record<string, Record<string, (number | null)[][]>>;

const rows = parse(await readFile(process.argv[2]), { columns: true }) as Record<string, string>[];
const datasets: Record<string, { columns: string[]; runs: Runs }> = {};
for (const { method, model, dataset: name, ...figures } of rows) {
  const columns = Object.keys(figures).filter((column) =>
    rows.some((row) => row.dataset === name && row[column] !== ''),
  );
  const { runs } = (datasets[name] ??= { columns, runs: {} });
  const values = columns.map((column) =>
    figures[column] === '' ? null : +Number(figures[column]).toFixed(5),
  );
  runs[model] ??= {};
  runs[model][method] ??= [];
  runs[model][method].push(values);
}
const file = fileURLToPath(new URL('../assets/published-results.json', import.meta.url));
await writeFileAtomic(file, `${JSON.stringify({ source: 'Kanavati & Tsuneki, MIDL 2021', datasets })}\n`);
