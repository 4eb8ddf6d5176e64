/**
 * @file Batches of pixels for training and evaluation: worker threads decode, resize and augment ahead of the
 * consumer, and decoded images stay in memory where they fit.
 */
import { availableParallelism } from 'node:os';
import { internal, TransfuseError } from '../errors.js';
import { startThread, type Thread, type ThreadApi } from '../runtime/thread.js';
import { checkAugmentOptions } from './augment.js';
import { createPixelCache, defaultCacheBytes, type PixelCache } from './pixel-cache.js';
import { shuffleEpoch } from './shuffle.js';
import type {
  AugmentOptions,
  Batch,
  DicomOptions,
  EpochOptions,
  ImageSource,
  Loader,
  LoaderOptions,
  LoaderStatistics,
  Sample,
} from './types.js';
import { allowedUnreadable, count, some } from './unreadable.js';

export interface LoaderSetup {
  readonly sources: readonly ImageSource[];
  readonly dicom: DicomOptions;
  readonly height: number;
  readonly width: number;
  readonly seed: number;
  readonly augment: AugmentOptions | false;
  readonly cache: PixelCache;
  /** One shared number; when it is not 0, workers give up before the next image. */
  readonly stop: Int32Array;
}

export interface LoaderThread extends ThreadApi {
  start(setup: LoaderSetup): Promise<void>;
  /** Decodes images that nobody has yet, into the cache where they have a place, and says which cannot be read. */
  decode(indices: Int32Array): Promise<{
    readonly problems: { index: number; message: string }[];
    readonly decoded: number;
    readonly seconds: number;
  }>;
  /** The pixels of one batch, of the loader's size unless another is given. */
  batch(
    epoch: number,
    indices: Int32Array,
    size?: EpochOptions['size'],
  ): Promise<{ readonly images: Uint8Array; readonly decoded: number; readonly seconds: number }>;
}

/** Images per message while everything is decoded for the first time. */
const DECODE_AT_ONCE = 16;

/**
 * Creates a loader over samples; threads start with its first use. Resizing comes before augmentation, so the
 * cache holds resized images, and the pixels of a batch depend on (samples, size, seed, epoch) alone.
 *
 * @throws TransfuseError `bad-option` for sizes, batches or threads that are not whole and positive, `no-images`
 *   for an empty list
 */
export function createLoader(samples: readonly Sample[], options: LoaderOptions): Loader {
  return new ThreadedLoader(samples, options);
}

class ThreadedLoader implements Loader {
  private readonly options: Required<Omit<LoaderOptions, 'signal' | 'maxUnreadable' | 'dicom' | 'trusting'>> &
    LoaderOptions;
  private readonly setup: LoaderSetup;
  private readonly workers: { thread: Thread<LoaderThread>; jobs: Set<Promise<unknown>> }[] = [];
  private readonly closeOnAbort = () => void this.close();
  private prepared?: Promise<void>;
  private closed?: Promise<void>;
  /** Positions of the samples that can be read, once that is known. */
  private readable?: Int32Array;
  private unreadable: string[] = [];
  /** The samples in the order in which they will be wanted first. */
  private wanted?: Int32Array;
  /** When the epoch under way began. */
  private epochBegan?: number;
  private waitedMs = 0;
  private epochsMs = 0;
  private busySeconds = 0;
  private decoded = 0;

  constructor(
    private readonly samples: readonly Sample[],
    options: LoaderOptions,
  ) {
    const { height, width, seed, batch, augment = false, dicom = {} } = options;
    const threads = options.threads ?? Math.min(4, availableParallelism());
    const cacheBytes = options.cacheBytes ?? defaultCacheBytes();
    for (const [name, value] of Object.entries({ height, width, batch, threads })) {
      if (!Number.isInteger(value) || value < 1) {
        throw new TransfuseError('bad-option', `${name} is ${value}; it must be a whole number from 1`);
      }
    }
    if (samples.length === 0) throw new TransfuseError('no-images', 'there are no images to load');
    if (augment !== false) checkAugmentOptions(augment);
    this.options = { ...options, augment, threads, cacheBytes };
    this.setup = {
      sources: samples.map(({ source }) => source),
      dicom,
      height,
      width,
      seed,
      augment,
      cache: createPixelCache(samples.length, height * width * 3, cacheBytes),
      stop: new Int32Array(new SharedArrayBuffer(4)),
    };
    options.signal?.addEventListener('abort', this.closeOnAbort, { once: true });
  }

  get size(): number {
    return this.known().length;
  }

  get batches(): number {
    return Math.ceil(this.size / this.options.batch);
  }

  get fixed(): boolean {
    return this.options.augment === false;
  }

  prepare(onProgress?: (done: number, total: number) => void): Promise<void> {
    this.prepared ??= this.decodeAll(onProgress);
    return this.prepared;
  }

  async *epoch(epoch: number, options: EpochOptions = {}): AsyncGenerator<Batch, void, void> {
    const { fromBatch = 0, without } = options;
    if (!this.options.trusting) await this.prepare();
    if (without && !this.fixed) throw internal('whoever leaves out pixels cannot want them augmented');
    if (this.epochBegan !== undefined) throw internal('a loader gives one epoch at a time');
    this.epochBegan = performance.now();
    const order = this.order(epoch);
    this.wanted ??= order;
    const { batch: size, threads } = this.options;
    const ahead: Promise<Batch>[] = [];
    let next = fromBatch;
    try {
      while (true) {
        while (ahead.length <= threads && next < this.batches) {
          const batch = this.load(epoch, order.slice(next * size, (next + 1) * size), options);
          batch.catch(() => {}); // it may fail before anybody waits for it
          ahead.push(batch);
          next++;
        }
        const batch = ahead.shift();
        if (batch === undefined) return;
        const asked = performance.now();
        await batch;
        this.waitedMs += performance.now() - asked;
        yield batch;
      }
    } finally {
      await Promise.allSettled(ahead);
      this.epochsMs += performance.now() - this.epochBegan;
      this.epochBegan = undefined;
    }
  }

  prefetch(epoch: number, fromBatch = 0): void {
    const { batch, threads } = this.options;
    this.wanted = this.order(epoch).subarray(fromBatch * batch);
    const first = this.wanted.subarray(0, threads * batch);
    for (let i = 0; i < first.length; i += DECODE_AT_ONCE) {
      // What goes wrong will go wrong again when the batch is asked for.
      this.decode(first.slice(i, i + DECODE_AT_ONCE)).catch(() => {});
    }
  }

  statistics(): LoaderStatistics {
    const now = performance.now();
    const elapsedMs = this.epochsMs + (now - (this.epochBegan ?? now));
    return {
      waitedSeconds: this.waitedMs / 1000,
      busySeconds: this.busySeconds,
      waitedFraction: elapsedMs > 0 ? this.waitedMs / elapsedMs : 0,
      decoded: this.decoded,
      cached: this.readable?.filter((index) => index < this.setup.cache.capacity).length ?? 0,
      unreadable: this.unreadable,
    };
  }

  close(): Promise<void> {
    this.closed ??= this.end();
    return this.closed;
  }

  /** Lets the workers finish the image they are at: a thread must not be torn down within native code. */
  private async end(): Promise<void> {
    this.options.signal?.removeEventListener('abort', this.closeOnAbort);
    Atomics.store(this.setup.stop, 0, 1);
    await Promise.all(
      this.workers.map(async ({ thread, jobs }) => {
        await Promise.allSettled(jobs);
        await thread.close();
      }),
    );
  }

  private known(): Int32Array {
    if (this.readable) return this.readable;
    if (this.options.trusting) return Int32Array.from(this.samples.keys());
    throw internal('a loader knows its size only after prepare()');
  }

  private async decodeAll(onProgress?: (done: number, total: number) => void): Promise<void> {
    const total = this.samples.length;
    // Those of the epoch under way first, as it waits for them.
    const order = [...new Set([...(this.wanted ?? []), ...this.samples.keys()])];
    const problems: { index: number; message: string }[] = [];
    let next = 0;
    let done = 0;
    const keepOneBusy = async () => {
      while (next < total) {
        const indices = Int32Array.from(order.slice(next, next + DECODE_AT_ONCE));
        next += indices.length;
        problems.push(...(await this.decode(indices)));
        onProgress?.((done += indices.length), total);
      }
    };
    await Promise.all(Array.from({ length: this.options.threads }, keepOneBusy));
    problems.sort((a, b) => a.index - b.index);
    this.unreadable = problems.map(({ message }) => message);
    const bad = new Set(problems.map(({ index }) => index));
    const allowed = allowedUnreadable(total, this.options.maxUnreadable);
    if (bad.size > allowed || bad.size === total) {
      const most = bad.size > allowed ? `, at most ${allowed} may be` : '';
      throw new TransfuseError(
        'too-many-unreadable',
        `${count(bad.size, 'image')} of ${total} cannot be read${most}: ${some(this.unreadable)}`,
      );
    }
    this.readable = Int32Array.from(this.samples.keys()).filter((index) => !bad.has(index));
  }

  /** @returns what cannot be read */
  private async decode(indices: Int32Array): Promise<{ index: number; message: string }[]> {
    const { problems, decoded, seconds } = await this.ask((thread) => thread.decode(indices));
    this.decoded += decoded;
    this.busySeconds += seconds;
    return problems;
  }

  private order(epoch: number): Int32Array {
    const order = this.known().slice();
    return this.options.shuffle ? shuffleEpoch(order, this.options.seed, epoch) : order;
  }

  private async load(epoch: number, indices: Int32Array, { without, size }: EpochOptions): Promise<Batch> {
    const outputs = this.samples[0].target.length;
    const targets = new Float32Array(indices.length * outputs);
    indices.forEach((index, i) => {
      targets.set(this.samples[index].target, i * outputs);
    });
    const wanted = without ? indices.filter((index) => !without(index)) : indices;
    const images = wanted.length > 0 ? await this.pixels(epoch, wanted, size) : new Uint8Array(0);
    return { images, targets, indices, size: indices.length };
  }

  private async pixels(epoch: number, indices: Int32Array, size: EpochOptions['size']): Promise<Uint8Array> {
    const { images, decoded, seconds } = await this.ask((thread) => thread.batch(epoch, indices, size));
    this.decoded += decoded;
    this.busySeconds += seconds;
    return images;
  }

  /** Gives a job to the worker that has fewest; starts the workers on first use. */
  private ask<T>(job: (thread: LoaderThread) => Promise<T>): Promise<T> {
    return this.assign(job).catch((error) => {
      // Whatever a closing worker says, the reason is the abort.
      this.options.signal?.throwIfAborted();
      throw error;
    });
  }

  private async assign<T>(job: (thread: LoaderThread) => Promise<T>): Promise<T> {
    this.options.signal?.throwIfAborted();
    if (this.closed) throw internal('the loader is closed');
    if (this.workers.length === 0) this.startWorkers();
    const worker = this.workers.reduce((least, other) => (other.jobs.size < least.jobs.size ? other : least));
    const result = job(worker.thread.call);
    worker.jobs.add(result);
    try {
      return await result;
    } finally {
      worker.jobs.delete(result);
    }
  }

  private startWorkers() {
    for (let i = 0; i < this.options.threads; i++) {
      const thread = startThread<LoaderThread>(import.meta.url);
      const start = thread.call.start(this.setup);
      start.catch(() => {}); // the first job will meet the same error
      this.workers.push({ thread, jobs: new Set() });
    }
  }
}
