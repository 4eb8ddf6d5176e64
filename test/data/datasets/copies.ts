/** @file Copies of the golden data sets that a test may damage, and what is known of them. */
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, vi } from 'vitest';
import { readImage } from '../../../src/data/image-source.js';
import type { Dataset, Sample, SplitName } from '../../../src/data/types.js';
import { TransfuseError } from '../../../src/errors.js';
import { temporaryFolder } from '../temporary.js';

/** What `oracles/datasets_layouts.py` knows of an image. */
export interface Known {
  readonly first: readonly number[];
  readonly sum: number;
}

export function goldenDataset(name: string): string {
  return path.resolve('test/golden/datasets', name);
}

export function known<T>(name: string): T {
  return JSON.parse(readFileSync(path.join(goldenDataset(name), 'known.json'), 'utf8')) as T;
}

/** A copy that goes away after the test. */
export function copyOf(name: string): string {
  const folder = path.join(temporaryFolder(), path.basename(name));
  cpSync(goldenDataset(name), folder, { recursive: true });
  return folder;
}

/** What is unpacked goes to a folder of the test's own. */
export function withOwnCache(): void {
  beforeEach(() => {
    vi.stubEnv('TRANSFUSE_CACHE', temporaryFolder());
    return () => void vi.unstubAllEnvs();
  });
}

export function sizes({ splits }: Dataset): number[] {
  return [splits.train, splits.validation, splits.test].map(({ length }) => length);
}

/** Number of the class of a sample. */
export function labelOf({ target }: Sample): number {
  return target.length === 1 ? target[0] : target.indexOf(1);
}

export function idsOf({ splits }: Dataset, split: SplitName): string[] {
  return splits[split].map(({ id }) => id);
}

/** Compares an image with what is known of it; grey ones were known by one value a pixel. */
export async function expectImage({ source }: Sample, { first, sum }: Known, channels: 1 | 3 = 3) {
  const { data } = await readImage(source);
  const values = channels === 3 ? data : data.filter((_, i) => i % 3 === 0);
  expect([...values.subarray(0, first.length)]).toEqual(first);
  expect(values.reduce((total, value) => total + value, 0)).toBe(sum);
}

/** The error that people would see, which must be one of ours and one line. */
export async function refusalOf(attempt: Promise<unknown>): Promise<TransfuseError> {
  const error = await attempt.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(TransfuseError);
  expect(error.message).not.toContain('\n');
  return error;
}
