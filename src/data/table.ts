/** @file Reads a CSV file with a header line: any usual separator, UTF-8 or what spreadsheets call Unicode text. */
import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { TransfuseError } from '../errors.js';
import { fileProblem } from './decode.js';
import { isImageName } from './listing.js';
import { some } from './unreadable.js';

export interface Row {
  /** Line in the file, counted from 1, for messages. */
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
}

export interface Table {
  readonly file: string;
  readonly columns: readonly string[];
  readonly delimiter: string;
  readonly rows: readonly Row[];
}

/** @throws TransfuseError `bad-csv` with the line, where there is one */
export async function readTable(file: string): Promise<Table> {
  const text = await readText(file);
  const delimiter = sniffDelimiter(text);
  let columns: string[] = [];
  let parsed: { info: { lines: number }; record: Record<string, string> }[];
  try {
    parsed = parse(text, {
      columns: (header: string[]) => (columns = checkHeader(header, file)),
      delimiter,
      trim: true,
      info: true,
      skip_empty_lines: true,
    }) as never;
  } catch (error) {
    if (error instanceof TransfuseError) throw error;
    throw new TransfuseError('bad-csv', `${file}: ${(error as Error).message}`, { cause: error });
  }
  if (parsed.length === 0) throw new TransfuseError('bad-csv', `${file} has no rows below its header`);
  return {
    file,
    columns,
    delimiter,
    rows: parsed.map(({ info, record }) => ({ line: info.lines, cells: record })),
  };
}

/** @throws TransfuseError `no-such-column`, listing those there are */
export function requireColumn(table: Table, name: string): string {
  if (table.columns.includes(name)) return name;
  throw new TransfuseError(
    'no-such-column',
    `${table.file} has no column ${JSON.stringify(name)}; its columns are: ${table.columns.join(', ')}`,
  );
}

/** The first column with one of these names, in any case. */
export function columnNamed(table: Table, names: readonly string[]): string | undefined {
  return table.columns.find((column) => names.includes(column.toLowerCase()));
}

async function readText(file: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new TransfuseError('bad-csv', `cannot read ${file}: ${fileProblem(error)}`, { cause: error });
  }
  if (bytes.length === 0) throw new TransfuseError('bad-csv', `${file} is empty`);
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  const text = new TextDecoder(encoding).decode(bytes); // drops the byte order mark
  if (text.includes('\0')) throw new TransfuseError('bad-csv', `${file} is not a text file`);
  return text;
}

function sniffDelimiter(text: string): string {
  const header = text.slice(0, text.search(/\r?\n|$/));
  const counts = [',', ';', '\t'].map((delimiter) => ({ delimiter, n: header.split(delimiter).length }));
  return counts.sort((a, b) => b.n - a.n)[0].delimiter;
}

function checkHeader(header: string[], file: string): string[] {
  const twice = header.filter((name, i) => name !== '' && header.indexOf(name) !== i);
  if (twice.length > 0) {
    throw new TransfuseError('duplicate-names', `${file} has two columns named ${some(twice)}; rename one`);
  }
  if (header.some(isImageName)) {
    throw new TransfuseError('bad-csv', `${file} begins with data; its first line must name the columns`);
  }
  return header;
}
