/** @file How far an adapter's probabilities can be trusted: what its run measured, in numbers and in a sentence. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Estimate, Metrics } from '../metrics/index.js';
import { files } from '../runs/folder.js';

/** What was measured on images that the adapter was not trained on. */
export interface Trust {
  readonly split: string;
  /** Images of that split. */
  readonly images: number;
  /** With its 95 % interval. */
  readonly auc: Estimate;
  readonly sensitivity: number | null;
  readonly specificity: number | null;
  readonly brier: number | null;
  /** Expected calibration error. */
  readonly calibrationError: number | null;
}

/** What a run folder says of its adapter, on its test images or else on those held out for validation. */
export function readTrust(runFolder: string): Trust | null {
  const file = path.join(runFolder, files.metrics);
  if (!existsSync(file)) return null;
  const metrics = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Metrics>;
  const split = ['test', 'validation'].find((name) => metrics[name] !== undefined);
  if (split === undefined) return null;
  const { n: images, auc, sensitivity, specificity, brier, calibrationError } = metrics[split]!;
  return { split, images, auc, sensitivity, specificity, brier, calibrationError };
}

/** In a sentence, for whoever reads a probability. */
export function trustNote(trust: Trust | null): string {
  if (trust === null) {
    return 'Nothing is known of how well these probabilities are calibrated: the adapter came without its run’s metrics.';
  }
  const { split, images, auc, calibrationError } = trust;
  const measured = `On ${images} ${split} images the AUC was ${rounded(auc.value)} (95 % interval ${rounded(auc.low)} to ${rounded(auc.high)})`;
  const calibrated =
    calibrationError === null
      ? ''
      : `, and probabilities were off by ${rounded(calibrationError)} on average (expected calibration error)`;
  return `${measured}${calibrated}; on images from elsewhere both may differ.`;
}

function rounded(value: number | null): string {
  return value === null ? 'undefined' : value.toFixed(3);
}
