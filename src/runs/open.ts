/** @file A finished run (or a lone adapter) made ready to use: the base loaded and the adapter applied. */
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Adapter, decodeAdapter } from '../adapter/adapter.js';
import { applyAdapter } from '../adapter/apply.js';
import type { DicomOptions } from '../data/index.js';
import { TransfuseError } from '../errors.js';
import type { BaseModel } from '../models/catalogue.js';
import type { Classifier, Weights } from '../models/classifier.js';
import { loadBase } from '../models/start.js';
import { chooseDevice } from '../runtime/choose-device.js';
import type { Device, DeviceChoice } from '../runtime/device.js';
import { files, readRunConfig } from './folder.js';

export interface OpenRun {
  readonly adapter: Adapter;
  readonly classifier: Classifier;
  readonly weights: Weights;
}

/** How DICOM files become pictures: as in training, but for the frames that are asked for. */
export function dicomFor({ dicom }: Adapter, frames: string | undefined): DicomOptions {
  return { ...dicom, ...(frames !== undefined && { frames }) };
}

/** What lies in a run folder or an adapter file, and where its base is looked for. */
export interface FoundRun {
  readonly adapter: Adapter;
  readonly model: string;
}

/** So many images a GPU must be worth looking for, which takes a second or two. */
const WORTH_LOOKING = 1000;

/** What predicts so many images. */
export function deviceFor(wanted: 'auto' | Device, images: number): Promise<DeviceChoice> {
  return chooseDevice(wanted === 'auto' && images < WORTH_LOOKING ? 'cpu' : wanted);
}

/**
 * Opens a run folder or an adapter file.
 * @param model the base, where it has moved since; default: what the run was trained on
 * @throws TransfuseError what `findRun` throws, `unknown-model`, `wrong-base`
 */
export async function openRun(runOrAdapter: string, model?: string): Promise<OpenRun> {
  const found = await findRun(runOrAdapter);
  const base = await loadBaseOf(found, model);
  return { adapter: found.adapter, ...applyAdapter(base.network, found.adapter) };
}

/**
 * Reads a run folder's adapter, or an adapter file.
 * @throws TransfuseError `no-run`, `run-unfinished`, and what reading the adapter throws
 */
export async function findRun(runOrAdapter: string): Promise<FoundRun> {
  if (!existsSync(runOrAdapter)) {
    throw new TransfuseError(
      'no-run',
      `${runOrAdapter} does not exist; it should be a run folder or an adapter file`,
    );
  }
  const isFolder = statSync(runOrAdapter).isDirectory();
  const file = isFolder ? path.join(runOrAdapter, files.adapter) : runOrAdapter;
  const config = isFolder ? await readRunConfig(runOrAdapter) : undefined;
  if (!existsSync(file)) {
    throw new TransfuseError(
      'run-unfinished',
      `${runOrAdapter} has no ${files.adapter} yet; finish it with: transfuse train --resume --out ${runOrAdapter}`,
    );
  }
  const adapter = decodeAdapter(await readFile(file), file);
  return { adapter, model: config?.model ?? adapter.base.source };
}

/** Loads the base that an adapter was trained on, from where it was then or from where it is said to be now. */
export function loadBaseOf({ adapter, model }: FoundRun, moved?: string): Promise<BaseModel> {
  return loadBase(moved ?? model, adapter.base.drawn, { hint: adapter.base.name });
}
