/**
 * @file What a study has found: one record per cell in a file of its own, made once, by whichever process ran it.
 * Reading merges them, so any number of machines may write at once; the merged tables are for other programs.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cannotWrite, writeFileAtomic } from '../files/atomic.js';
import type { EpochRecord } from '../training/state.js';
import { publishedTable } from './published-table.js';
import { places, type Study } from './study.js';

/** The figures of one test set. */
export interface TestFigures {
  readonly loss: number | null;
  readonly accuracy: number | null;
  /** Exact; the mean over the classes where there are several. */
  readonly auc: number | null;
  /** Keras' approximation with 200 thresholds. */
  readonly kerasAuc: number | null;
  readonly images: number;
  /** Per class, where there are more than two. */
  readonly perClass: Readonly<Record<string, number | null>>;
}

export interface CellEpoch
  extends Pick<
    EpochRecord,
    'phase' | 'epoch' | 'trainLoss' | 'validationLoss' | 'validationAuc' | 'best' | 'seconds'
  > {
  /** Of training, validation left out. */
  readonly flops: number;
}

/** A cell that is done. */
export interface CellResult {
  readonly cell: string;
  readonly dataset: string;
  readonly architecture: string;
  readonly method: string;
  readonly repetition: number;
  readonly seed: number;
  readonly settings: string;
  /** Over the test sets: the figures of the only one, or the means of several. */
  readonly test: TestFigures;
  /** By name, where there are several. */
  readonly testSets: Readonly<Record<string, TestFigures>>;
  readonly images: { readonly train: number; readonly validation: number; readonly test: number };
  readonly parameters: { readonly trained: number; readonly all: number };
  /** Of all phases, in order; those taken over from another cell too. */
  readonly history: readonly CellEpoch[];
  /** Counted over all phases: the epoch whose weights were kept. */
  readonly bestEpoch: number;
  /** Phases at the beginning that were trained by another cell. */
  readonly reused: number;
  /** That the cell itself took, reading the images included. */
  readonly seconds: number;
  readonly host: string;
  readonly version: string;
  /** ISO 8601. */
  readonly finished: string;
}

/** A cell whose last attempt failed. */
export interface CellFailure {
  readonly cell: string;
  readonly message: string;
  readonly code: string | null;
  readonly host: string;
  readonly finished: string;
}

const recordFile = (folder: string, place: string, cell: string): string =>
  path.join(folder, place, `${cell}.json`);

/**
 * Records a result, unless the cell has one.
 * @returns whether it had none
 */
export async function recordResult(folder: string, result: CellResult): Promise<boolean> {
  const file = recordFile(folder, places.results, result.cell);
  const draft = `${file}.${randomUUID()}.part`;
  try {
    await writeFile(draft, `${JSON.stringify(result)}\n`, { flush: true });
    // Unlike renaming, linking never replaces what is there. Some shared file systems know no links.
    await link(draft, file).catch((error) => {
      if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(error.code)) throw error;
      return copyFile(draft, file, constants.COPYFILE_EXCL);
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cannotWrite(file, error);
  } finally {
    await rm(draft, { force: true });
  }
  await rm(recordFile(folder, places.failures, result.cell), { force: true });
  return true;
}

export async function recordFailure(folder: string, failure: CellFailure): Promise<void> {
  await writeFileAtomic(recordFile(folder, places.failures, failure.cell), `${JSON.stringify(failure)}\n`);
}

export async function readResult(folder: string, cell: string): Promise<CellResult | undefined> {
  return readRecord(recordFile(folder, places.results, cell));
}

/** All results, in the order of their cells' names. */
export async function readResults(folder: string): Promise<CellResult[]> {
  return readRecords(path.join(folder, places.results));
}

/** Failures of cells that have not been done since. */
export async function readFailures(folder: string): Promise<CellFailure[]> {
  return readRecords(path.join(folder, places.failures));
}

/** When a cell last failed, by the clock of the file system; undefined where it has not. */
export async function failedAt(folder: string, cell: string): Promise<number | undefined> {
  const file = await stat(recordFile(folder, places.failures, cell)).catch(() => undefined);
  return file?.mtimeMs;
}

/**
 * Writes results.jsonl and results.csv anew from all records. Several processes may do so at once: each looks again
 * after writing, so that whoever writes last has written everything.
 */
export async function mergeResults({ folder, definition }: Study): Promise<void> {
  let merged = -1;
  for (;;) {
    const results = await readResults(folder);
    if (results.length === merged) return;
    merged = results.length;
    const lines = results.map((result) => `${JSON.stringify(result)}\n`);
    await writeFileAtomic(path.join(folder, places.lines), lines.join(''));
    await writeFileAtomic(path.join(folder, places.table), publishedTable(results, definition));
  }
}

async function readRecords<Item>(folder: string): Promise<Item[]> {
  const names = await readdir(folder).catch((): string[] => []);
  const records = await Promise.all(
    names
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => readRecord<Item>(path.join(folder, name))),
  );
  return records.flatMap((record) => record ?? []) as Item[];
}

async function readRecord<Item>(file: string): Promise<Item | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Item);
}
