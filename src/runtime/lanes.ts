/**
 * @file The same models loaded in several worker threads, so that runs which do not need each other happen side by side.
 * One core per run wastes nothing on splitting every operator, and gives the same bits however many lanes there are.
 */
import { availableParallelism, totalmem } from 'node:os';
import type { Tensor } from '../graph/tensor.js';
import type { Device } from './device.js';
import { writeModelFiles } from './model-files.js';
import { oneByOne } from './one-by-one.js';
import { moving, startThread, type Thread, type ThreadApi } from './thread.js';

export interface LaneModel {
  readonly model: Uint8Array;
  /** Run whenever shared tensors have changed, on these alone; its results are fed to every run of the model. */
  readonly preparation?: Uint8Array;
  /** Run once; its results are fed to every run of the model, too. */
  readonly constants?: Uint8Array;
}

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
  /** Runs one of the models on the next free lane. Feeds that are views are copied whole: keep their buffers small. */
  run(model: number, feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  /** To be told whenever shared tensors have been written to. */
  changed(): void;
  /** Ends the threads. */
  close(): Promise<void>;
}

/** What lanes are fed with beside a run's own feeds. */
export interface Shared {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Counts their changes. */
  readonly revision: Int32Array;
}

export interface LoadOptions {
  readonly threads: number;
  readonly device: Device;
  readonly shared: Shared;
}

/** A model, what prepares for it, and what makes its constants: bytes, or the paths of files. */
export type ModelParts<Part extends Uint8Array | string> = readonly [
  model: Part,
  preparation: Part | undefined,
  constants: Part | undefined,
];

export interface LaneThread extends ThreadApi {
  /** Loads one more model, and frees its bytes where it is given these. */
  load(parts: ModelParts<Uint8Array> | ModelParts<string>, options: LoadOptions): Promise<void>;
  run(model: number, feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
}

/**
 * Loads ONNX models, of which `run` takes the index. Loading takes up to three times a model's memory, so large ones are
 * loaded one at a time, each by one lane after another, from the same file; their bytes are taken over, and gone
 * afterwards.
 */
export async function startLanes(models: readonly LaneModel[], options: LaneOptions = {}): Promise<Lanes> {
  const threads = options.threads || availableParallelism();
  const { device = 'cpu', shared: tensors = new Map() } = options;
  const shared: Shared = { tensors, revision: new Int32Array(new SharedArrayBuffer(4)) };
  const most = device === 'cpu' ? options.most : 1;
  const parts = models.map(({ model, preparation, constants }) => [model, preparation, constants] as const);
  const bytes = parts.flat().reduce((sum, part) => sum + (part?.length ?? 0), 0);
  const count = Math.max(1, Math.min(threads, most ?? threads, affordable(bytes)));
  const lanes = Array.from({ length: count }, () => startThread<LaneThread>(import.meta.url));
  const close = async () => {
    await Promise.all(lanes.map((lane) => lane.close()));
  };

  const settings = { threads: Math.floor(threads / count), device, shared };
  const loadBytes = async (lane: Thread<LaneThread>): Promise<void> => {
    for (const model of parts) {
      const copies = model.map((part) => part?.slice()) as unknown as ModelParts<Uint8Array>;
      const buffers = copies.flatMap((copy) => (copy ? [copy.buffer as ArrayBuffer] : []));
      await lane.call.load(moving(copies, buffers), settings);
    }
  };
  const loadFiles = async (): Promise<void> => {
    for (const model of parts) {
      const files = await writeModelFiles(model.filter((part) => part !== undefined));
      try {
        const paths = [...files.paths];
        const given = model.map((part) => part && paths.shift()) as unknown as ModelParts<string>;
        for (const lane of lanes) await lane.call.load(given, settings);
      } finally {
        await files.remove();
      }
    }
  };
  try {
    if (bytes >= LARGE) await loadFiles();
    else await Promise.all(lanes.map(loadBytes));
  } catch (error) {
    await close();
    throw error;
  }
  const onFreeLane = oneByOne(lanes);
  return {
    count,
    run: (model, feeds) => onFreeLane((lane) => lane.call.run(model, feeds)),
    changed: () => {
      shared.revision[0]! += 1;
    },
    close,
  };
}

/** The same tensor in memory that all threads see: what is written there, runs are fed with after `changed`. */
export function shareTensor({ dtype, shape, data }: Tensor): Tensor {
  const shared = new SharedArrayBuffer(data.byteLength);
  const copy = new (data.constructor as Float32ArrayConstructor)(shared);
  copy.set(data as Float32Array);
  return { dtype, shape, data: copy };
}

/** Bytes of models from which on loading them twice at a time is felt. */
const LARGE = 50e6;

/** The whole of what lanes may take of the machine's memory, and about what one takes. */
const MEMORY_SHARE = 0.4;
const BYTES_PER_MODEL_BYTE = 4;
const ACTIVATION_BYTES = 400e6;

function affordable(modelBytes: number): number {
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return Math.floor((MEMORY_SHARE * memory) / (BYTES_PER_MODEL_BYTE * modelBytes + ACTIVATION_BYTES));
}
