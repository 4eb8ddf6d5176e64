/** @file The run folder: what lies where, and how it is opened. */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { TransfuseError } from '../errors.js';
import { cannotWrite } from '../files/atomic.js';
import { parseTrainOptions, type TrainOptions } from './options.js';

export const files = {
  config: 'config.yaml',
  history: 'history.jsonl',
  split: 'split.csv',
  metrics: 'metrics.json',
  adapter: 'adapter.safetensors',
  checkpoint: 'checkpoint.safetensors',
  report: 'report.html',
  predictions: (split: string) => `predictions-${split}.csv`,
};

/** What config.yaml holds: the data and every option as it took effect. */
export type RunConfig = TrainOptions & { readonly data: string };

/**
 * Makes the folder of a new run.
 * @throws TransfuseError `run-exists` where there is one already, `cannot-write`
 */
export async function createRunFolder(folder: string): Promise<void> {
  if (existsSync(path.join(folder, files.config))) {
    throw new TransfuseError(
      'run-exists',
      `${folder} already holds a run; --resume continues it, another --out begins a new one`,
    );
  }
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw cannotWrite(folder, error);
  }
}

/**
 * Reads the options of the run in a folder.
 * @throws TransfuseError `no-run`, `bad-option`
 */
export async function readRunConfig(folder: string): Promise<RunConfig> {
  const file = path.join(folder, files.config);
  if (!existsSync(file)) {
    throw new TransfuseError('no-run', `${folder} holds no run: it has no ${files.config}`);
  }
  const { data, ...options } = (parse(await readFile(file, 'utf8')) ?? {}) as Record<string, unknown>;
  if (typeof data !== 'string') throw new TransfuseError('bad-option', `${file}: data is missing`);
  return { ...parseTrainOptions(options, `${file}: `), data };
}
