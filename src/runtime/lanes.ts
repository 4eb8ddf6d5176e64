/**
 * @file The same models loaded in several worker threads, so that runs which do not need each other happen side by side.
 * One core per run wastes nothing on splitting every operator, and gives the same bits however many lanes there are.
 */
import { availableParallelism, totalmem } from 'node:os';
import type { Tensor } from '../graph/tensor.js';
import type { Device } from './device.js';
import { clearModelFilesAtExit, openModelFiles } from './model-files.js';
import { oneByOne } from './one-by-one.js';
import { startThread, type ThreadApi } from './thread.js';

export interface LaneModel {
  readonly model: Uint8Array;
  /** Each run once; their results are the files that the others name. Those of one name are the same for all models. */
  readonly constants?: readonly Uint8Array[];
  /** About how many bytes a run takes, beside the model's own; 400 MB where it is not said. */
  readonly memory?: number;
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

export interface LaneThread extends ThreadApi {
  /** Loads one more model from its file. */
  load(model: string, options: LoadOptions): Promise<void>;
  /** Runs the model in a file for its results to be files in the same folder, unless they are there already. */
  makeConstants(model: string): Promise<void>;
  run(model: number, feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
}

/**
 * Loads ONNX models, of which `run` takes the index, by way of files. Their bytes are taken over, and gone afterwards.
 * Loading takes up to three times a model's memory, so large ones are loaded by one lane after another.
 * @throws TransfuseError `cannot-write` where the system's folder for temporary files takes no more
 */
export async function startLanes(models: readonly LaneModel[], options: LaneOptions = {}): Promise<Lanes> {
  const threads = options.threads || availableParallelism();
  const { device = 'cpu', shared: tensors = new Map() } = options;
  const shared: Shared = { tensors, revision: new Int32Array(new SharedArrayBuffer(4)) };
  const most = device === 'cpu' ? options.most : 1;
  const count = Math.max(1, Math.min(threads, most ?? threads, affordable(models)));
  clearModelFilesAtExit();
  const files = await openModelFiles();
  const lanes = Array.from({ length: count }, () => startThread<LaneThread>(import.meta.url));
  const close = async () => {
    await Promise.all(lanes.map((lane) => lane.close()));
    await files.remove();
  };

  const settings = { threads: Math.floor(threads / count), device, shared };
  const load = async ({ model, constants = [] }: LaneModel): Promise<void> => {
    const isLarge = model.length >= LARGE;
    for (const maker of constants) await lanes[0]!.call.makeConstants(await files.write(maker));
    const file = await files.write(model);
    const loadBy = (lane: (typeof lanes)[number]) => lane.call.load(file, settings);
    if (isLarge) for (const lane of lanes) await loadBy(lane);
    else await Promise.all(lanes.map(loadBy));
  };
  try {
    for (const model of models) await load(model);
    await files.remove();
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

/** The whole of what lanes may take of the machine's memory, and about what one takes beside what they share. */
const MEMORY_SHARE = 0.4;
const BYTES_PER_MODEL_BYTE = 4;
const BYTES_PER_RUN = 400e6;

function affordable(models: readonly LaneModel[]): number {
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  const all = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  const common = sum(models.flatMap(({ constants = [] }) => constants.map(({ length }) => length)));
  const own = sum(models.map(({ model }) => model.length));
  const run = models.reduce((most, { memory = BYTES_PER_RUN }) => Math.max(most, memory), 0);
  const left = MEMORY_SHARE * all - BYTES_PER_MODEL_BYTE * common;
  return Math.floor(left / (BYTES_PER_MODEL_BYTE * own + run));
}
