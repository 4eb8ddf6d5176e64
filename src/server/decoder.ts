/**
 * @file Everything that clients send is decoded in worker threads of its own, against the clock: what takes too long,
 * or takes its thread down, is refused, and costs the others nothing but that thread's replacement.
 */
import type { Adapter } from '../adapter/adapter.js';
import type { DicomOptions } from '../data/index.js';
import { internal, TransfuseError } from '../errors.js';
import { moving, startThread, type Thread, type ThreadApi } from '../runtime/thread.js';
import { Problem } from './http/index.js';

export interface ImageTarget {
  readonly height: number;
  readonly width: number;
  readonly dicom?: DicomOptions;
  /** Which frame of a file of several, from 0; absent, the one that `dicom` says. */
  readonly frame?: number;
  /** Images of more pixels are refused. */
  readonly mostPixels: number;
}

export interface DecoderThread extends ThreadApi {
  /** Answered once the thread has loaded all that it needs. */
  ready(): Promise<void>;
  /** The image as uint8 [height,width,3]. */
  image(bytes: Uint8Array, target: ImageTarget): Promise<Uint8Array>;
  /** How many frames a DICOM file has. */
  frames(bytes: Uint8Array): Promise<number>;
  adapter(bytes: Uint8Array): Promise<Adapter>;
}

export interface Decoder {
  /** @throws TransfuseError `unreadable-image`; Problem `too-slow` */
  image(bytes: Uint8Array, target: ImageTarget, signal?: AbortSignal): Promise<Uint8Array>;
  /** How many frames a DICOM file has; 1 also where it cannot be read. @throws Problem `too-slow` */
  frames(bytes: Uint8Array, signal?: AbortSignal): Promise<number>;
  /** @throws what `decodeAdapter` throws; Problem `too-slow` */
  adapter(bytes: Uint8Array): Promise<Adapter>;
  /** Ends the threads. */
  close(): Promise<void>;
}

export interface DecoderOptions {
  readonly threads: number;
  /** Longest time for one image or adapter, in seconds. */
  readonly seconds: number;
}

type Job = (thread: Thread<DecoderThread>) => Promise<unknown>;

/** Starts threads and waits until they are ready, so that no client's clock counts their start. */
export async function createDecoder({ threads, seconds }: DecoderOptions): Promise<Decoder> {
  const all = new Set<Thread<DecoderThread>>();
  const free: Thread<DecoderThread>[] = [];
  const waiting: ((thread: Thread<DecoderThread>) => void)[] = [];
  let closed = false;

  function offer(thread: Thread<DecoderThread>): void {
    const next = waiting.shift();
    if (next) next(thread);
    else free.push(thread);
  }

  async function add(): Promise<void> {
    if (closed) return;
    const thread = startThread<DecoderThread>(import.meta.url);
    all.add(thread);
    await thread.call.ready();
    offer(thread);
  }

  async function replace(thread: Thread<DecoderThread>): Promise<void> {
    all.delete(thread);
    await Promise.all([add(), thread.close()]);
  }

  /** @param what to call it when it fails */
  async function run<Result>(what: string, job: Job, signal?: AbortSignal): Promise<Result> {
    const thread = free.pop() ?? (await new Promise<Thread<DecoderThread>>((give) => waiting.push(give)));
    if (signal?.aborted) {
      offer(thread);
      throw signal.reason;
    }
    let clock: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const refuse = () =>
        reject(new Problem(422, 'too-slow', `this ${what} took more than ${seconds} s to decode`));
      clock = setTimeout(refuse, seconds * 1000);
    });
    try {
      const result = await Promise.race([job(thread), late]);
      offer(thread);
      return result as Result;
    } catch (error) {
      const isThreadSound = error instanceof TransfuseError && !(error instanceof Problem);
      if (isThreadSound) offer(thread);
      else replace(thread).catch(() => {}); // closed meanwhile
      if (error instanceof TransfuseError) throw error;
      if (closed) throw internal('the decoder is closed');
      // Which cannot be told apart from a bug of ours, but is as true of that.
      throw new Problem(422, 'undecodable', `this ${what} cannot be decoded`);
    } finally {
      clearTimeout(clock);
    }
  }

  await Promise.all(Array.from({ length: threads }, add));
  return {
    image: (bytes, target, signal) => run('image', ({ call }) => call.image(owned(bytes), target), signal),
    frames: (bytes, signal) => run('image', ({ call }) => call.frames(owned(bytes)), signal),
    adapter: (bytes) => run('adapter', ({ call }) => call.adapter(owned(bytes))),
    async close() {
      closed = true;
      await Promise.all([...all].map((thread) => thread.close()));
    },
  };
}

/** A copy in a buffer of its own, which can be handed over: what came in may be a view of something larger. */
function owned(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes);
  return moving(copy, [copy.buffer]);
}
