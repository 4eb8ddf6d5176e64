/** @file A run's configuration: the user's options, a resumed run's record and defaults brought together. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Dataset } from '../data/index.js';
import { TransfuseError } from '../errors.js';
import { files, type RunConfig, readRunConfig } from './folder.js';
import { parseTrainOptions, type TrainOptionsInput } from './options.js';

/** Brings options, a resumed run's record and defaults together. */
export async function settle(
  data: string | undefined,
  input: TrainOptionsInput,
): Promise<{ config: RunConfig; folder: string }> {
  if (input.resume) {
    if (!input.out)
      throw new TransfuseError('bad-option', '--resume needs --out FOLDER, the run to go on with');
    const recorded = await readRunConfig(input.out);
    const merged = parseTrainOptions({ ...recordWithoutData(recorded), ...definedOnly(input) });
    return { config: { ...merged, data: data ? path.resolve(data) : recorded.data }, folder: input.out };
  }
  if (!data)
    throw new TransfuseError('bad-option', 'which images? Give a folder of class folders, or a CSV file');
  const options = parseTrainOptions(input);
  const folder =
    options.out ?? freeFolder(`runs/${path.parse(data).name}-${options.method.replace(/[^\w.-]+/g, '_')}`);
  return { config: { ...options, data: path.resolve(data) }, folder };
}

function recordWithoutData({ data: _, ...options }: RunConfig): TrainOptionsInput {
  return options;
}

function definedOnly<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** `runs/x`, or `runs/x-2` and so on where that is taken. */
function freeFolder(wanted: string): string {
  let folder = wanted;
  for (let n = 2; existsSync(path.join(folder, files.config)); n++) folder = `${wanted}-${n}`;
  return folder;
}

/** What config.yaml keeps: how the run is to be repeated, not where or whether it was resumed. */
export function configRecord({ data, out: _, resume: __, ...options }: RunConfig): Record<string, unknown> {
  return { data, ...definedOnly(options) };
}

/** Changes with whatever would change the numbers, so that a run is never resumed with something else. */
export function fingerprintOf(config: RunConfig, baseHash: string, dataset: Dataset): string {
  const { data: _, threads: __, ...options } = configRecord(config);
  const samples = Object.entries(dataset.splits).map(([split, list]) => [
    split,
    list.map(({ id, target }) => [id, [...target]]),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([options, baseHash, samples]))
    .digest('hex');
}
