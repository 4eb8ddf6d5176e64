/** @file What a row of the table of data sets says, and the error for one of which half is missing. */
import { TransfuseError } from '../../errors.js';
import type { Source } from '../source.js';
import type { DatasetOptions } from '../types.js';
import { some } from '../unreadable.js';
import type { Folders, Listing } from './folders.js';

/** One way in which a data set lies on disk, as it is downloaded. */
export interface Layout {
  /** For people, in one line. */
  readonly description: string;
  /**
   * Whether nothing else looks like it, so that it is recognised unnamed. Folders of class folders are not: without a
   * name they are read as any others.
   */
  readonly unmistakable?: boolean;
  /**
   * The path or paths at which it begins, by nothing but names, in a folder; none where it does not. Half a data set
   * counts, so that reading it can say what is missing.
   */
  find(listing: Listing, folders: Folders): Promise<readonly string[]>;
  /**
   * @param root a path that `find` gave
   * @throws TransfuseError `incomplete-dataset`, and others saying what is wrong where
   */
  read(root: string, options: DatasetOptions): Promise<Source>;
}

/** How the published study trained on it: Kanavati & Tsuneki, MIDL 2021. */
export interface PublishedSettings {
  /** `H` or `HxW`, in pixels. */
  readonly size: string;
  readonly batch: number;
  readonly dropout: number;
  readonly loss: 'binary cross-entropy' | 'sparse categorical cross-entropy';
}

/** Options that only some data sets take. */
export type DatasetSetting = 'uncertain' | 'hospitals' | 'validationLeak';

export interface DatasetRow {
  /** What `--dataset` calls it; of the published ones, the name in the published table of runs. */
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly title: string;
  readonly task: string;
  /** Where to get it, and about how large the download is. */
  readonly get: string;
  readonly licence: string;
  readonly layouts: readonly Layout[];
  /** For people: which images stand on which side. */
  readonly split: string;
  readonly published?: PublishedSettings;
  readonly settings?: readonly DatasetSetting[];
  /** What is held out where the data bring no such split: a fraction below 1, or a number of images. */
  readonly holdOut?: { readonly validation?: number; readonly test?: number };
  /** How many images of a side are drawn by the seed, every class in proportion; the rest is left out. */
  readonly keep?: { readonly train: number; readonly validation: number };
}

/** @throws TransfuseError `incomplete-dataset` naming what is missing, if anything is */
export function refuseIncomplete(
  { name, get }: Pick<DatasetRow, 'name' | 'get'>,
  root: string,
  missing: readonly string[],
): void {
  if (missing.length === 0) return;
  throw new TransfuseError(
    'incomplete-dataset',
    `${name} in ${root} is incomplete: it lacks ${some(missing, 6)}; get it from ${get}`,
  );
}
