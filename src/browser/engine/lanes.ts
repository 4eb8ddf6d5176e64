/**
 * @file The same models in several workers of the browser, a core each, so that runs which do not need each other happen
 * side by side. Workers share no memory here, so that this needs no cross-origin isolation, which few static hosts give.
 */
import type { Tensor } from '../../graph/tensor.js';
import { oneByOne } from '../../runtime/one-by-one.js';
import type { BrowserDevice } from './device.js';
import { callWorker } from './workers.js';

export interface Lanes {
  readonly count: number;
  /** Runs one of the models on the next free lane. */
  run(model: number, feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  close(): void;
}

export interface LaneOptions {
  /** Most lanes; default: one per core. */
  readonly most?: number;
  readonly device?: BrowserDevice;
  /** Fed to every run that has inputs of these names, with the values that they then have. */
  readonly shared?: ReadonlyMap<string, Tensor>;
}

export type LaneApi = {
  /** @returns the names of each model's inputs */
  load(models: readonly Uint8Array[], device: BrowserDevice): Promise<(readonly string[])[]>;
  run(model: number, feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
};

/** Each holds the runtime, the models and a micro-batch: 0.3 GB and more, of which a tab may have a few. */
const MOST_LANES = 8;

/** @throws TransfuseError `device-failed` where a GPU cannot load the models; `run` likewise */
export async function startLanes(
  models: readonly Uint8Array[],
  { most = MOST_LANES, device = 'cpu', shared = new Map() }: LaneOptions = {},
): Promise<Lanes> {
  const count = device === 'cpu' ? Math.min(most, MOST_LANES, navigator.hardwareConcurrency || 1) : 1;
  const lanes = Array.from({ length: count }, () =>
    callWorker<LaneApi>(new Worker(new URL('./lane.worker.ts', import.meta.url), { type: 'module' })),
  );
  const close = () => {
    for (const lane of lanes) lane.close();
  };
  const loading = lanes.map((lane) => lane.call.load(models, device));
  const [inputs] = await Promise.all(loading).catch((error) => {
    close();
    throw error;
  });

  const onFreeLane = oneByOne(lanes);
  return {
    count,
    run(model, feeds) {
      const own = inputs![model]!.flatMap((name) => (shared.has(name) ? [[name, shared.get(name)!]] : []));
      return onFreeLane((lane) => lane.call.run(model, { ...Object.fromEntries(own), ...feeds }));
    },
    close,
  };
}
