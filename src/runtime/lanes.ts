/**
 * @file The same models loaded in several worker threads, so that runs which do not need each other happen side by side.
 * One core per run wastes nothing on splitting every operator, and gives the same bits however many lanes there are.
 */
import { availableParallelism, totalmem } from 'node:os';
import type { Tensor } from '../graph/tensor.js';
import type { Device } from './device.js';
import { moving, startThread, type Thread, type ThreadApi } from './thread.js';

export interface LaneOptions {
  /** Cores to use in all; 0, the default, means every core. */
  readonly threads?: number;
  /** Most lanes, however many threads there are; what is left over works within each lane's operators. */
  readonly most?: number;
  /** `cpu` by default; on a GPU there is one lane. */
  readonly device?: Device;
  /** Fed to every run that has inputs of these names: see `shareTensor`. */
  readonly shared?: ReadonlyMap<string, Tensor>;
}

export interface Lanes {
  readonly count: number;
  /** When all lanes have loaded the models, whose bytes are no longer needed then. */
  readonly complete: Promise<void>;
  /** Runs one of the models on the next free lane. Feeds that are views are copied whole: keep their buffers small. */
  run(model: number, feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  /** Ends the threads. */
  close(): Promise<void>;
}

export interface LaneThread extends ThreadApi {
  load(
    models: readonly Uint8Array[],
    options: { threads: number; device: Device; shared: ReadonlyMap<string, Tensor> },
  ): Promise<void>;
  run(model: number, feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
}

/**
 * Loads ONNX models, of which `run` takes the index. The first lane works as soon as it has loaded them, the others join
 * it: loading takes up to three times a model's memory, which so is not needed more than once.
 */
export async function startLanes(models: readonly Uint8Array[], options: LaneOptions = {}): Promise<Lanes> {
  const threads = options.threads || availableParallelism();
  const { device = 'cpu', shared = new Map() } = options;
  const most = device === 'cpu' ? options.most : 1;
  const bytes = models.reduce((sum, { length }) => sum + length, 0);
  const count = Math.max(1, Math.min(threads, most ?? threads, affordable(bytes)));
  const lanes = Array.from({ length: count }, () => startThread<LaneThread>(import.meta.url));
  let isClosing = false;
  let complete: Promise<void> = Promise.resolve();
  const close = async () => {
    isClosing = true;
    // A thread must not be torn down within native code, such as that which loads a model.
    await complete;
    await Promise.all(lanes.map((lane) => lane.close()));
  };

  const free: Thread<LaneThread>[] = [];
  const waiting: ((lane: Thread<LaneThread>) => void)[] = [];
  const release = (lane: Thread<LaneThread>): void => {
    const next = waiting.shift();
    if (next) next(lane);
    else free.push(lane);
  };
  const settings = { threads: Math.floor(threads / count), device, shared };
  const load = async (lane: Thread<LaneThread>): Promise<void> => {
    const copies = models.map((model) => model.slice());
    await lane.call.load(
      moving(
        copies,
        copies.map(({ buffer }) => buffer),
      ),
      settings,
    );
    release(lane);
  };
  const [first, ...others] = lanes as [Thread<LaneThread>, ...Thread<LaneThread>[]];
  try {
    await load(first);
  } catch (error) {
    await close();
    throw error;
  }
  let failure: Error | undefined;
  complete = others
    .reduce((before, lane) => before.then(() => (isClosing ? undefined : load(lane))), Promise.resolve())
    .catch((error: Error) => {
      failure = error;
    });
  return {
    count,
    complete,
    async run(model, feeds) {
      if (failure) throw failure;
      const lane = free.pop() ?? (await new Promise<Thread<LaneThread>>((resolve) => waiting.push(resolve)));
      try {
        return await lane.call.run(model, feeds);
      } finally {
        release(lane);
      }
    },
    close,
  };
}

/** The same tensor in memory that all threads see: what is written there, the next run is fed with. */
export function shareTensor({ dtype, shape, data }: Tensor): Tensor {
  const shared = new SharedArrayBuffer(data.byteLength);
  const copy = new (data.constructor as Float32ArrayConstructor)(shared);
  copy.set(data as Float32Array);
  return { dtype, shape, data: copy };
}

/** The whole of what lanes may take of the machine's memory, and about what one takes. */
const MEMORY_SHARE = 0.4;
const BYTES_PER_MODEL_BYTE = 4;
const ACTIVATION_BYTES = 400e6;

function affordable(modelBytes: number): number {
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return Math.floor((MEMORY_SHARE * memory) / (BYTES_PER_MODEL_BYTE * modelBytes + ACTIVATION_BYTES));
}
