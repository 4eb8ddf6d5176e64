/** @file What the data room hands out: labelled samples in three splits, decoded images, and batches of pixels. */

import type { Task } from '../task.js';
import type { DicomOptions } from './dicom/options.js';
import type { ImageSource } from './image-source.js';

export type { DicomOptions, ImageSource, Task };

/** One labelled image; nothing of it has been read yet. */
export interface Sample {
  /** Where its pixels lie. */
  readonly source: ImageSource;
  /**
   * Path relative to the data root, with `/` between its parts; of an image in a file that holds many, that file's
   * and its number, as in `test_x.h5#000123`. Unique within a data set.
   */
  readonly id: string;
  /**
   * As long as the network has outputs: [0 or 1] for binary, one-hot for multi-class, multi-hot for multi-label, of
   * which −1 is a label that nobody knows.
   */
  readonly target: Float32Array;
  /** Where it comes from (a hospital), where the test is told apart by that. */
  readonly domain?: string;
  /** Samples of one group (a patient) never stand on two sides of a split. */
  readonly group?: string;
}

/** What is done with labels that are marked uncertain. */
export const uncertainPolicies = ['published', 'zeros', 'ones', 'ignore'] as const;
export type Uncertain = (typeof uncertainPolicies)[number];

export type ImageColumns = ReadonlyMap<string, Readonly<Record<string, string>>>;

export type SplitName = 'train' | 'validation' | 'test';

export interface Dataset {
  /** Which of the data sets that are known by name it is. */
  readonly name?: string;
  /** Absolute path of the data folder, or of the folder that holds the CSV file. */
  readonly root: string;
  readonly task: Task;
  /** Two names for binary, of which the second is the positive one; K names otherwise. */
  readonly classes: readonly string[];
  readonly splits: Readonly<Record<SplitName, Sample[]>>;
  /** By id, the row of the table that lists the image, as column names and values; empty without a table. */
  readonly columns: ImageColumns;
  /** What was ignored, skipped or looks odd; one line each, for people. */
  readonly warnings: readonly string[];
}

export interface DatasetOptions {
  /** Which of the data sets that are known by name it is; left out, its layout tells, or it is read as any other. */
  readonly dataset?: string;
  /** CheXpert only: what its uncertain labels count as; `published` drops such images, `ignore` leaves the labels out. */
  readonly uncertain?: Uncertain;
  /** Camelyon17 only: hospitals for training, validation and test, such as `4/1/0,2,3`. */
  readonly hospitals?: string;
  /** CheXpert only: draws validation from the training patients, as the published notebook did by mistake. */
  readonly validationLeak?: boolean;
  /** Told before a compressed file is unpacked into the cache folder, which may take minutes. */
  readonly onUnpack?: (file: string, to: string) => void;
  /**
   * Fraction of the images to hold out for validation, 0 to 1. Left out, a validation split that the data bring
   * is used as it is, and otherwise 0.15 is held out. Given, that split is first merged back into train.
   */
  readonly validation?: number;
  /** Fraction of the images to hold out for the test, 0 to 1; 0.15 unless the data bring a test split, which always stands. */
  readonly test?: number;
  /** Seed of the splits; the same seed gives the same splits. Default 0. */
  readonly seed?: number;
  /**
   * A regular expression over `Sample.id` with a capture group, e.g. `C(\d+)P`; `column:NAME` of a CSV file; or
   * `dicom:PatientID`, `dicom:StudyInstanceUID`, `dicom:SeriesInstanceUID` or `dicom:AccessionNumber`.
   */
  readonly groupBy?: string;
  /** Of DICOM files: with `frames` of `all`, each frame is a sample, and those of a file one group. */
  readonly dicom?: DicomOptions;
  /** Class names in output order (binary: negative, positive). Left out: those found, alphabetically. */
  readonly classes?: readonly string[];
  /** CSV only: overrides the task that the labels suggest. */
  readonly task?: Task;
  /** CSV only: the column of paths; left out, one named path, file, filename or image. */
  readonly pathColumn?: string;
  /** CSV only: the label column, or several of 0 and 1; left out, one named label or class, or all that remain. */
  readonly labels?: readonly string[];
  /** CSV only: a column that says train, val or test; left out, one named split. */
  readonly splitColumn?: string;
  /** How many files may be missing: a count (1 or more) or a fraction (below 1). Default 0.01, and at least one file. */
  readonly maxUnreadable?: number;
}

/** Pixels in rows from the top, RGB, 8 bits each: `data.length === height * width * 3`. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** How far a training image may be moved; each part can be switched off. */
export interface AugmentOptions {
  /** Which flips happen, each with probability one half. Default `both`. */
  readonly flip?: 'both' | 'horizontal' | 'vertical' | 'none';
  /** Largest shift as a fraction of height and of width, 0 to below 1. Default 0.1. */
  readonly translate?: number;
  /** Largest change of scale, 0 to below 1; height and width change alike. Default 0.1. */
  readonly zoom?: number;
}

export interface Batch {
  /** [size, height, width, 3], RGB; without those samples that were to be left out. */
  readonly images: Uint8Array;
  /** [size, outputs]. */
  readonly targets: Float32Array;
  /** [size], positions in the loader's sample list. */
  readonly indices: Int32Array;
  readonly size: number;
}

export interface LoaderOptions {
  readonly height: number;
  readonly width: number;
  /** Images per batch; the last batch of an epoch may be smaller. */
  readonly batch: number;
  readonly seed: number;
  /** Seeded per (seed, epoch, sample), and so the same whatever the order or the number of threads. Default false. */
  readonly augment?: AugmentOptions | false;
  /** Whether each epoch has its own seeded order; false keeps the order of the list. */
  readonly shuffle: boolean;
  /** How DICOM files become pictures. */
  readonly dicom?: DicomOptions;
  /** Worker threads. Default: the number of cores, at most 4. */
  readonly threads?: number;
  /** Memory for decoded images. Default: a quarter of what is available. 0 decodes anew each epoch. */
  readonly cacheBytes?: number;
  /** How many files may be unreadable: a count (1 or more) or a fraction (below 1). Default 0.01, and at least one file. */
  readonly maxUnreadable?: number;
  /**
   * Whether batches come before every image has been read once, all being taken for readable: where one is not, the
   * epoch fails. `prepare` finds out, also while an epoch is under way; then begin anew. Default false.
   */
  readonly trusting?: boolean;
  /** Aborting ends the workers; whatever waits on the loader rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface LoaderStatistics {
  /** Time the consumer stood in `next()`, the filling at the start of each epoch included; `prepare` is not. */
  readonly waitedSeconds: number;
  /** Time the workers spent, added up over the threads. */
  readonly busySeconds: number;
  /** `waitedSeconds` over the time from each epoch's first `next()` to its end, or to now; 0 before the first epoch. */
  readonly waitedFraction: number;
  /** How many times an image was decoded. */
  readonly decoded: number;
  /** How many images are held decoded in memory. */
  readonly cached: number;
  /** One line per file that could not be read, in the order of the list. */
  readonly unreadable: readonly string[];
}

export interface EpochOptions {
  /** Leading batches to leave out, for resuming in the middle of an epoch. */
  readonly fromBatch?: number;
  /** Samples, by their positions, whose pixels nobody needs; only where nothing is augmented. */
  readonly without?: (sample: number) => boolean;
  /** Size to bring the loader's own images to before they are augmented, in pixels. */
  readonly size?: { readonly height: number; readonly width: number };
}

export interface Loader {
  /**
   * Decodes every image once (into the cache, where it fits), so that what is unreadable is known, listed and
   * left out before training starts and does not depend on timing. Idempotent; `epoch` calls it if need be, unless
   * the loader is trusting.
   *
   * @throws TransfuseError `too-many-unreadable` beyond `maxUnreadable`
   */
  prepare(onProgress?: (done: number, total: number) => void): Promise<void>;
  /** Begins to decode the first batches of an epoch that is about to be asked for. */
  prefetch(epoch: number, fromBatch?: number): void;
  /** The batches of one epoch, in an order that (seed, epoch) alone decides. One epoch at a time. */
  epoch(epoch: number, options?: EpochOptions): AsyncIterable<Batch>;
  /** Whether a sample's pixels are the same in every epoch, for want of augmentation. */
  readonly fixed: boolean;
  /** Readable images; known after `prepare`, until when a trusting loader counts all. */
  readonly size: number;
  /** Batches in a whole epoch; known after `prepare`. */
  readonly batches: number;
  statistics(): LoaderStatistics;
  /** Ends the workers. Idempotent. */
  close(): Promise<void>;
}
