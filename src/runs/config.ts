/** @file A run's configuration: the user's options, a resumed run's record and defaults brought together. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import path from 'node:path';
import { type Dataset, datasetNamed, datasetsFolder, oneDataset, recogniseDataset } from '../data/index.js';
import { TransfuseError } from '../errors.js';
import { absoluteModel } from '../models/catalogue.js';
import { holdsRun, type RunConfig, readRunConfig, refuseTaken } from './folder.js';
import { parseTrainOptions, type TrainOptions, type TrainOptionsInput } from './options.js';

export interface Settled {
  readonly config: RunConfig;
  readonly folder: string;
  /** Whether the folder holds a run to go on with. */
  readonly resuming: boolean;
}

/**
 * Brings options, a resumed run's record and defaults together. `--resume` where nothing has begun yet begins, given
 * the data, so that one command line starts a run and continues it.
 * @throws TransfuseError `bad-option`, `no-run`, `run-exists`, `would-overwrite`, `resume-mismatch`, `bad-config`
 */
export async function settle(data: string | undefined, input: TrainOptionsInput): Promise<Settled> {
  const { resume, out, dataset } = parseTrainOptions(input);
  if (resume) {
    if (!out) throw new TransfuseError('bad-option', '--resume needs --out FOLDER, the run to go on with');
    if (!data || holdsRun(out)) return resumed(data, input, out);
  }
  data ??= dataset && (await oneDataset(datasetNamed(dataset), datasetsFolder())).root;
  if (!data) {
    throw new TransfuseError(
      'bad-option',
      'which images? Give a folder of class folders, a CSV file, or a known data set (--dataset NAME)',
    );
  }
  const options = parseTrainOptions({ ...(await datasetOptions(data, dataset)), ...definedOnly(input) });
  const folder = options.out ?? freeFolder(data, options.method);
  await refuseTaken(folder);
  refuseInside(data, folder);
  return { config: withFullPaths(options, data), folder, resuming: false };
}

/** What training on a known data set starts from: its name, and size, batch and dropout as published. */
async function datasetOptions(data: string, named: string | undefined): Promise<TrainOptionsInput> {
  const row = named === undefined ? await recogniseDataset(data) : datasetNamed(named);
  if (row === undefined) return {};
  const { size, batch, dropout } = row.published ?? {};
  return definedOnly({ dataset: row.name, size, batch, dropout });
}

async function resumed(data: string | undefined, input: TrainOptionsInput, folder: string): Promise<Settled> {
  const { data: recordedData, ...recorded } = await readRunConfig(folder);
  const options = parseTrainOptions({ ...recorded, ...definedOnly(input) });
  for (const name of Object.keys(options) as (keyof TrainOptions)[]) {
    refuseOther(name, recorded[name], options[name], folder);
  }
  return { config: withFullPaths(options, data ?? recordedData), folder, resuming: true };
}

/** What may be another after an interruption: it changes no numbers, or (the model) is compared by its contents. */
const replaceable: readonly (keyof TrainOptions)[] = [
  'model',
  'threads',
  'device',
  'checkpoint-every',
  'max-unreadable',
  'by',
  'subgroups',
  'out',
  'resume',
];

function refuseOther(name: keyof TrainOptions, before: unknown, now: unknown, folder: string): void {
  if (before === now || replaceable.includes(name)) return;
  const begun = before === undefined ? `without ${name}` : `with ${name} ${before}`;
  throw new TransfuseError(
    'resume-mismatch',
    `the run in ${folder} was begun ${begun}, not ${now}; leave the option out to go on as before, or choose another --out`,
  );
}

function definedOnly<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** So that a run can be gone on with, and used, from anywhere. */
function withFullPaths(options: TrainOptions, data: string): RunConfig {
  const { model, subgroups } = options;
  return {
    ...options,
    model: absoluteModel(model),
    ...(subgroups !== undefined && { subgroups: path.resolve(subgroups) }),
    data: path.resolve(data),
  };
}

/** `runs/x-fc-then-bn`, or `…-2` and so on where that is taken. */
export function freeFolder(data: string, method: string, runs = 'runs'): string {
  const wanted = `${runs}/${path.parse(path.resolve(data)).name}-${method.replace(/[^\w.-]+/g, '_')}`;
  let folder = wanted;
  for (let n = 2; holdsRun(folder); n++) folder = `${wanted}-${n}`;
  return folder;
}

/** A run in the data folder would be taken for a class when the data are read again. */
function refuseInside(data: string, folder: string): void {
  if (!statSync(data, { throwIfNoEntry: false })?.isDirectory()) return;
  const way = path.relative(path.resolve(data), path.resolve(folder));
  if (way.split(path.sep)[0] === '..' || path.isAbsolute(way)) return;
  throw new TransfuseError(
    'bad-option',
    `the run folder ${folder} would lie inside the data folder ${data}; choose another --out`,
  );
}

/** What config.yaml keeps: how the run is to be repeated, not where or whether it was resumed. */
export function configRecord({ data, out: _, resume: __, ...options }: RunConfig): Record<string, unknown> {
  return { data, ...definedOnly(options) };
}

/**
 * Changes with whatever would change the numbers, so that a run is never resumed with something else.
 * @param further anything else that they depend on, as JSON takes it
 */
export function fingerprintOf(
  config: Partial<RunConfig>,
  baseHash: string,
  dataset: Dataset,
  ...further: unknown[]
): string {
  const options = Object.entries(definedOnly(config)).filter(
    ([name]) => name !== 'data' && !replaceable.includes(name as keyof TrainOptions),
  );
  const samples = Object.entries(dataset.splits).map(([split, list]) => [
    split,
    list.map(({ id, target }) => [id, [...target]]),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([options, baseHash, samples, ...further]))
    .digest('hex');
}
