/** @file The images of a run, split by split, as batches. */
import { createLoader, type Dataset, type DicomOptions, type Loader, type Sample } from '../data/index.js';
import type { Classifier } from '../models/classifier.js';
import type { RunConfig } from './folder.js';

export interface Loaders {
  readonly train: Loader;
  readonly validation: Loader;
  readonly test?: Loader;
}

/** How the run's DICOM files become pictures. */
export function dicomOf({ window, frames }: RunConfig): Required<DicomOptions> {
  return { window, frames };
}

export function openLoaders(
  { splits }: Dataset,
  { height, width }: Pick<Classifier, 'height' | 'width'>,
  config: RunConfig,
  signal?: AbortSignal,
): Loaders {
  const open = (samples: Sample[], training: boolean): Loader =>
    createLoader(samples, {
      height,
      width,
      batch: config.batch,
      seed: config.seed,
      augment: training && config.augment ? {} : false,
      shuffle: training,
      dicom: dicomOf(config),
      maxUnreadable: config['max-unreadable'],
      trusting: training,
      signal,
    });
  return {
    train: open(splits.train, true),
    validation: open(splits.validation, false),
    ...(splits.test.length > 0 && { test: open(splits.test, false) }),
  };
}

/**
 * Decodes everything once, so that what is unreadable is known before anything depends on it.
 * @param onProgress told how many images of all splits have been read
 * @returns one line per image that cannot be read
 */
export async function prepareAll(
  loaders: Loaders,
  onProgress?: (done: number) => void,
): Promise<readonly string[]> {
  const unreadable: string[] = [];
  let before = 0;
  for (const loader of Object.values(loaders) as Loader[]) {
    let listed = 0;
    await loader.prepare((done, total) => {
      onProgress?.(before + done);
      listed = total;
    });
    before += listed;
    unreadable.push(...loader.statistics().unreadable);
  }
  return unreadable;
}

export async function closeAll(loaders: Loaders): Promise<void> {
  await Promise.all((Object.values(loaders) as Loader[]).map((loader) => loader.close()));
}
