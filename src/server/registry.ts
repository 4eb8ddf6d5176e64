/** @file The adapters that are served, by name, and the engines they share; both come and go while the server runs. */
import { createHash } from 'node:crypto';
import type { Adapter } from '../adapter/adapter.js';
import { applyAdapter } from '../adapter/apply.js';
import type { Network } from '../graph/network.js';
import type { Tensor } from '../graph/tensor.js';
import type { Classifier, Weights } from '../models/classifier.js';
import type { Base, Bases } from './bases.js';
import { type Engine, startEngine } from './engine.js';
import { Problem } from './http/index.js';
import { affineRow } from './shared-model.js';
import type { Trust } from './trust.js';

/** An adapter ready to predict. */
export interface Served {
  readonly name: string;
  readonly adapter: Adapter;
  readonly classifier: Classifier;
  /** What makes the engine's base its own. */
  readonly affine: Float32Array;
  readonly engine: Engine;
  readonly trust: Trust | null;
  /** What it takes of memory beside its engine, in bytes. */
  readonly bytes: number;
}

export interface Registry {
  /** In the order of their names. */
  list(): readonly Served[];
  get(name: string): Served | undefined;
  /** Keeps an adapter's engine alive until `release`, also if the adapter is removed meanwhile. */
  hold(served: Served): () => void;
  /**
   * @throws Problem `adapter-exists`, `too-many-adapters`, `too-many-engines`; TransfuseError `unknown-base`, and what
   * `applyAdapter` throws
   */
  add(name: string, adapter: Adapter, trust: Trust | null): Promise<Served>;
  /** @returns whether it was there */
  remove(name: string): boolean;
  /** How many bases are loaded, counted once per image size and preprocessing. */
  readonly engines: number;
  close(): Promise<void>;
}

/** So that nobody asks for an engine that fills the memory. */
const MOST_INPUT_PIXELS = 2 ** 20;

export interface RegistryOptions {
  readonly bases: Bases;
  readonly mostAdapters: number;
  readonly mostEngines: number;
  readonly threads: number;
}

interface SharedEngine {
  readonly engine: Engine;
  /** Adapters and requests. */
  users: number;
}

export function createRegistry({ bases, mostAdapters, mostEngines, threads }: RegistryOptions): Registry {
  const adapters = new Map<string, Served>();
  const engines = new Map<string, SharedEngine>();
  const closing = new Set<Promise<void>>();
  let last: Promise<unknown> = Promise.resolve();

  function leave(key: string, shared: SharedEngine): void {
    if (--shared.users > 0) return;
    engines.delete(key);
    const closed = shared.engine.close().finally(() => closing.delete(closed));
    closing.add(closed);
  }

  async function engineFor(base: Base, adapter: Adapter): Promise<[string, SharedEngine]> {
    const { preprocessing, height, width } = adapter;
    const { network, layers } = base;
    const weights = constantsOf(base, adapter.weights);
    const key = JSON.stringify([network.sha256, preprocessing, height, width, hashOf(weights)]);
    const known = engines.get(key);
    if (known) return [key, known];
    if (engines.size >= mostEngines) {
      throw new Problem(
        507,
        'too-many-engines',
        `this adapter needs its base loaded once more (another size, preprocessing, or more than batch norm was trained), and the limit of ${mostEngines} is reached; see --max-engines`,
      );
    }
    const form = { preprocessing, height, width };
    const engine = await startEngine({ network, form, layers, weights, threads });
    const shared = { engine, users: 0 };
    engines.set(key, shared);
    return [key, shared];
  }

  async function add(name: string, adapter: Adapter, trust: Trust | null): Promise<Served> {
    if (adapters.has(name)) {
      throw new Problem(409, 'adapter-exists', `there is an adapter ${name} already; remove it first`);
    }
    if (adapters.size >= mostAdapters) {
      throw new Problem(
        507,
        'too-many-adapters',
        `${mostAdapters} adapters are served, and no more are taken; see --max-adapters`,
      );
    }
    if (adapter.height * adapter.width > MOST_INPUT_PIXELS) {
      throw new Problem(
        422,
        'adapter-too-large',
        `this adapter’s images have ${adapter.height} × ${adapter.width} pixels; at most ${MOST_INPUT_PIXELS} are served`,
      );
    }
    const base = await bases.find(adapter);
    const { classifier } = applyAdapter(base.network, adapter);
    const affine = affineRow(base.layers, parameterOf(base.network, adapter.weights));
    const [key, shared] = await engineFor(base, adapter);
    const bytes = [...adapter.weights.values()].reduce(
      (sum, { data }) => sum + data.byteLength,
      affine.byteLength,
    );
    const served: Served = { name, adapter, classifier, affine, engine: shared.engine, trust, bytes };
    shared.users++;
    keys.set(served, [key, shared]);
    adapters.set(name, served);
    return served;
  }

  const keys = new WeakMap<Served, [string, SharedEngine]>();
  return {
    list: () => [...adapters.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    get: (name) => adapters.get(name),
    hold(served) {
      const [key, shared] = keys.get(served)!;
      shared.users++;
      return () => leave(key, shared);
    },
    add(name, adapter, trust) {
      // One after another, so that two of the same base do not both load it.
      const added = last.then(() => add(name, adapter, trust));
      last = added.catch(() => {});
      return added;
    },
    remove(name) {
      const served = adapters.get(name);
      if (!served) return false;
      adapters.delete(name);
      leave(...keys.get(served)!);
      return true;
    },
    get engines() {
      return engines.size;
    },
    async close() {
      await last;
      adapters.clear();
      await Promise.all([...engines.values()].map(({ engine }) => engine.close()));
      await Promise.all(closing);
    },
  };
}

/** What an adapter changes of its base beyond what is a run's input. */
function constantsOf({ network, layers }: Base, weights: Weights): Weights {
  const inputs = new Set(layers.flatMap(({ names }) => names as readonly string[]));
  const own = new Map(network.parameters.map(({ name, tensor }) => [name, tensor]));
  return new Map(
    [...weights].filter(([name, tensor]) => {
      const original = own.get(name);
      return original !== undefined && !inputs.has(name) && !isEqual(tensor, original);
    }),
  );
}

function isEqual(a: Tensor, b: Tensor): boolean {
  const bytes = ({ data }: Tensor) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return bytes(a).equals(bytes(b));
}

function hashOf(weights: Weights): string {
  const hash = createHash('sha256');
  for (const name of [...weights.keys()].sort()) {
    const { data } = weights.get(name)!;
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

function parameterOf(network: Network, weights: Weights): (name: string) => Tensor {
  const own = new Map(network.parameters.map(({ name, tensor }) => [name, tensor]));
  return (name) => weights.get(name) ?? own.get(name)!;
}
