/** @file The run folder: what lies where, how it is begun, abandoned and opened. */
import { existsSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { TransfuseError } from '../errors.js';
import { cannotWrite, ensureWritable } from '../files/atomic.js';
import { makeFolder } from '../files/make-folder.js';
import { readConfigFile } from './config-file.js';
import { parseTrainOptions, type TrainOptions } from './options.js';

export const files = {
  config: 'config.yaml',
  history: 'history.jsonl',
  split: 'split.csv',
  metrics: 'metrics.json',
  adapter: 'adapter.safetensors',
  checkpoint: 'checkpoint.safetensors',
  report: 'report.html',
  provenance: 'provenance.json',
  about: 'about.yaml',
  predictions: (split: string) => `predictions-${split}.csv`,
};

/** What config.yaml holds: the data and every option as it took effect. */
export type RunConfig = TrainOptions & { readonly data: string };

/**
 * Refuses a folder in which a new run would overwrite something.
 * @throws TransfuseError `run-exists`, `would-overwrite`, `cannot-write`
 */
export async function refuseTaken(folder: string): Promise<void> {
  const present = await readdir(folder).catch((error): string[] => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []; // making it will tell
    throw cannotWrite(folder, error);
  });
  if (present.includes(files.config)) {
    throw new TransfuseError(
      'run-exists',
      `${folder} already holds a run; --resume continues it, another --out begins a new one`,
    );
  }
  const ours: unknown[] = Object.values(files);
  const taken = present.filter((name) => ours.includes(name));
  if (taken.length > 0) {
    throw new TransfuseError(
      'would-overwrite',
      `${folder} already holds ${taken.join(', ')}, which a run would overwrite; choose another --out`,
    );
  }
}

/**
 * Makes the folder of a new run.
 * @throws TransfuseError `cannot-write`
 */
export async function createRunFolder(folder: string): Promise<void> {
  await makeFolder(folder);
  await ensureWritable(path.join(folder, files.config));
}

/** Takes back what a run that failed before its first checkpoint has left in its folder, so that it can be begun again. */
export async function abandonRun(folder: string): Promise<void> {
  for (const name of [files.config, files.split, files.about])
    await rm(path.join(folder, name), { force: true });
  await rmdir(folder).catch(() => {}); // its lock, or something else, is in it
}

export function holdsRun(folder: string): boolean {
  return existsSync(path.join(folder, files.config));
}

/**
 * Reads the options of the run in a folder.
 * @throws TransfuseError `no-run`, `bad-config`, `bad-option`
 */
export async function readRunConfig(folder: string): Promise<RunConfig> {
  const file = path.join(folder, files.config);
  if (!holdsRun(folder)) {
    throw new TransfuseError('no-run', `${folder} holds no run: it has no ${files.config}`);
  }
  const { data, options } = await readConfigFile(file);
  if (data === undefined) throw new TransfuseError('bad-config', `${file}: data is missing`);
  return { ...parseTrainOptions(options, `${file}: `), data };
}
