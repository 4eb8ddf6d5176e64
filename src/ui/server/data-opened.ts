/** @file Data that the page is looking at, kept for a while so that asking for a picture does not read all again. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import path from 'node:path';
import type { Dataset, DicomOptions, Sample } from '../../data/types.js';
import { TransfuseError } from '../../errors.js';
import { readRunConfig } from '../../runs/folder.js';
import { dicomOf } from '../../runs/loaders.js';
import { parseTrainOptions } from '../../runs/options.js';
import { readData } from '../../runs/train.js';

export interface OpenData {
  readonly key: string;
  readonly dataset: Dataset;
  readonly path: string;
  readonly samples: readonly { readonly sample: Sample; readonly split: string }[];
  readonly byId: ReadonlyMap<string, Sample>;
  readonly dicom: DicomOptions;
}

/** People look at one folder, or compare a few. */
const KEPT = 6;
const opened = new Map<string, OpenData>();

/**
 * Reads data as training with these options would.
 * @throws TransfuseError what is wrong with the options or the data
 */
export async function openData(data: string, options: Record<string, unknown>): Promise<OpenData> {
  const { out: _, resume: __, ...wanted } = options;
  const config = { ...parseTrainOptions(wanted, ''), data: path.resolve(data) };
  const dataset = await readData(config, {});
  const key = createHash('sha256')
    .update(JSON.stringify([config.data, wanted]))
    .digest('base64url');
  const samples = Object.entries(dataset.splits).flatMap(([split, list]) =>
    list.map((sample) => ({ sample, split })),
  );
  const byId = new Map(samples.map(({ sample }) => [sample.id, sample]));
  return keep({ key, dataset, path: config.data, samples, byId, dicom: dicomOf(config) });
}

/** Data that were opened under this key. */
export function openedData(key: string): OpenData {
  const data = opened.get(key);
  if (data) return keep(data);
  throw new TransfuseError('data-not-open', 'these data are no longer open; look at the folder again');
}

const ofRuns = new Map<string, string>();

/** The data of a run, divided as the run divided them. */
export async function openRunData(run: string): Promise<OpenData> {
  const { data, ...options } = await readRunConfig(run);
  const changed = statSync(data, { throwIfNoEntry: false })?.mtimeMs;
  const name = `${run}\n${changed}`;
  const key = ofRuns.get(name);
  if (key !== undefined && opened.has(key)) return openedData(key);
  const read = await openData(data, options);
  ofRuns.set(name, read.key);
  return read;
}

function keep(data: OpenData): OpenData {
  opened.delete(data.key);
  opened.set(data.key, data);
  for (const oldest of opened.keys()) {
    if (opened.size <= KEPT) break;
    opened.delete(oldest);
  }
  return data;
}
