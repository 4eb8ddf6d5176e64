/** @file A finished run fitted to the images that it is about to predict. */
import { createLoader, type DicomOptions, type Sample } from '../data/index.js';
import { TransfuseError } from '../errors.js';
import type { Weights } from '../models/classifier.js';
import type { DeviceChoice } from '../runtime/device.js';
import { adapt } from '../training/adapt.js';
import type { AdaptationName } from '../training/methods.js';
import type { OpenRun } from './open.js';

export interface AdaptToOptions {
  readonly adaptation: AdaptationName;
  readonly batch: number;
  readonly threads: number;
  readonly device?: DeviceChoice;
  readonly dicom: DicomOptions;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * The run's weights with the batch norm that fits the images, whose labels are not looked at. Images that cannot be read
 * are left out.
 * @throws TransfuseError `too-few-images` for fewer than two, which have no statistics
 */
export async function adaptTo(
  samples: readonly Sample[],
  { classifier, weights }: OpenRun,
  { adaptation, batch, threads, device, dicom, onProgress, signal }: AdaptToOptions,
): Promise<Weights> {
  const { height, width } = classifier;
  const loader = createLoader(samples, {
    height,
    width,
    batch,
    seed: 0,
    shuffle: true,
    dicom,
    maxUnreadable: samples.length,
    signal,
  });
  try {
    await loader.prepare();
    const { size } = loader;
    if (size < 2) {
      throw new TransfuseError(
        'too-few-images',
        `--adapt ${adaptation} needs the statistics of many images, and ${size === 1 ? 'there is only one' : 'there is none'}; leave it out, or give more images at once`,
      );
    }
    return await adapt(classifier, weights, loader, {
      adaptation,
      batch,
      threads,
      device,
      onProgress,
      signal,
    });
  } finally {
    await loader.close();
  }
}
