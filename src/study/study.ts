/** @file A study: its definition with paths that hold anywhere, its folder, and the cells of its grid. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { TransfuseError } from '../errors.js';
import { writeFileAtomic } from '../files/atomic.js';
import { makeFolder } from '../files/make-folder.js';
import { readYaml } from '../runs/config-file.js';
import { type Cell, cellsOf } from './cells.js';
import { parseStudy, type StudyDefinition } from './definition.js';
import { PAPER, paperStudy } from './paper.js';

export interface Study {
  readonly definition: StudyDefinition;
  /** Absolute path of the folder that everything lands in. */
  readonly folder: string;
  readonly cells: readonly Cell[];
}

/** What lies where in a study's folder. */
export const places = {
  definition: 'study.yaml',
  /** One run folder per cell. */
  runs: 'runs',
  /** One record per cell that is done. */
  results: 'results',
  failures: 'failures',
  claims: 'claims',
  /** States at the ends of phases that several cells begin with. */
  phases: 'phases',
  /** All records, merged. */
  lines: 'results.jsonl',
  table: 'results.csv',
} as const;

/** What data sets, networks and methods are called in tables and figures, by their names in the study file. */
export interface Titles {
  dataset(name: string): string;
  architecture(name: string): string;
  method(name: string): string;
}

export interface OpenStudyOptions {
  /** The study's folder; default: studies/NAME. */
  readonly out?: string;
  /** Of `paper`: the folder below which the data sets lie; default: data. */
  readonly data?: string;
}

/**
 * Opens what `study` commands are given: a study file, the folder of a study that has begun, or `paper`.
 * @throws TransfuseError `no-study`, `bad-study`, `bad-config`
 */
export async function openStudy(target: string, options: OpenStudyOptions = {}): Promise<Study> {
  if (target !== PAPER || existsSync(target)) return openFrom(target, options);
  const folder = path.resolve(options.out ?? path.join('studies', PAPER));
  return studyOf(paperStudy(path.resolve(options.data ?? 'data')), folder);
}

async function openFrom(target: string, { out, data }: OpenStudyOptions): Promise<Study> {
  if (data !== undefined) {
    throw new TransfuseError(
      'bad-option',
      `--data is for the study ${PAPER}; ${target} says where its data are`,
    );
  }
  const found = statSync(target, { throwIfNoEntry: false });
  const file = found?.isDirectory() ? path.join(target, places.definition) : target;
  if (!existsSync(file)) {
    throw new TransfuseError(
      'no-study',
      found
        ? `${target} holds no study: it has no ${places.definition}`
        : `${target} does not exist; it should be a study file, the folder of a study, or ${PAPER}`,
    );
  }
  const definition = withFullPaths(parseStudy(await readYaml(file), file), path.dirname(file));
  const own = found?.isDirectory() ? target : path.join('studies', definition.name);
  return studyOf(definition, path.resolve(out ?? own));
}

function studyOf(definition: StudyDefinition, folder: string): Study {
  return { definition, folder, cells: cellsOf(definition, folder) };
}

/** Paths are meant from the study file; what is no file is a network's name. */
function withFullPaths(definition: StudyDefinition, from: string): StudyDefinition {
  const each = <Entry>(entries: Record<string, Entry>, change: (entry: Entry) => Entry) =>
    Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, change(entry)]));
  return {
    ...definition,
    datasets: each(definition.datasets, (entry) => ({ ...entry, path: path.resolve(from, entry.path) })),
    architectures: each(definition.architectures, (entry) => {
      const file = path.resolve(from, entry.model);
      return { ...entry, model: existsSync(file) ? file : entry.model };
    }),
  };
}

/**
 * Makes the study's folder, and keeps the definition there.
 * @throws TransfuseError `cannot-write`
 */
export async function beginStudy({ definition, folder }: Study): Promise<void> {
  for (const place of [places.runs, places.results, places.failures, places.claims, places.phases]) {
    await makeFolder(path.join(folder, place));
  }
  await writeFileAtomic(path.join(folder, places.definition), stringify(definition));
}
