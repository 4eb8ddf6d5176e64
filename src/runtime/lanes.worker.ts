/** @file One lane of lanes.ts. */
import path from 'node:path';
import { internal } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { discard } from './discard.js';
import type { LaneThread, Shared } from './lanes.js';
import { writeConstants } from './model-files.js';
import { createSession, type Session } from './session.js';
import { moving, serveThread } from './thread.js';

type Feeds = Record<string, Tensor>;

interface Loaded {
  readonly session: Session;
  readonly preparation?: Session;
  /** What it is fed with beside a run's own feeds, as of a revision of what is shared. */
  feeds?: Feeds;
  /** Those of them that the preparation has made, in memory that it writes to again. */
  prepared?: Feeds;
  revision: number;
}

const loaded: Loaded[] = [];
let shared: Shared = { tensors: new Map(), revision: new Int32Array(1) };
/** Private copies of shared tensors, for all models: ONNX Runtime reads no shared memory. */
const copies = new Map<string, Tensor>();
let copiedAt = -1;

serveThread<LaneThread>({
  async load(model, preparation, { shared: given, threads, device }) {
    shared = given;
    loaded.push({
      session: await createSession(model, { threads, device }),
      ...(preparation !== undefined && {
        preparation: await createSession(preparation, { threads, device }),
      }),
      revision: -1,
    });
  },

  makeConstants: (model) => writeConstants(model, path.dirname(model)),

  async run(model, feeds) {
    const lasting = await lastingFeeds(loaded[model] ?? raise(model));
    const results = await loaded[model]!.session.run({ ...lasting, ...feeds });
    return moving(
      results,
      Object.values(results).map(({ data }) => data.buffer as ArrayBuffer),
    );
  },
});

async function lastingFeeds(model: Loaded): Promise<Feeds> {
  const revision = Atomics.load(shared.revision, 0);
  if (revision !== copiedAt) for (const name of copies.keys()) refresh(name);
  copiedAt = revision;
  if (model.feeds && model.revision === revision) return model.feeds;
  const { session, preparation } = model;
  const own = Object.fromEntries(
    sharedNames(session).map((name) => [name, copies.get(name) ?? refresh(name)]),
  );
  if (preparation) model.prepared = await prepare(preparation, model.prepared);
  model.feeds = { ...own, ...model.prepared };
  model.revision = revision;
  return model.feeds;
}

/** What nothing else is fed with is copied for this alone: it may be the whole network. */
async function prepare(preparation: Session, before: Feeds | undefined): Promise<Feeds> {
  const names = sharedNames(preparation);
  const passing = names.filter((name) => !copies.has(name)).map((name) => [name, copyOf(name)] as const);
  const lasting = names.flatMap((name) => (copies.has(name) ? [[name, copies.get(name)!] as const] : []));
  const feeds = Object.fromEntries([...passing, ...lasting]);
  const results = before ?? (await preparation.run(feeds));
  if (before) await preparation.runInto(before, feeds);
  discard(...passing.map(([, { data }]) => data));
  return results;
}

/** Those shared tensors that a session takes. */
function sharedNames({ inputs }: Session): string[] {
  return inputs.filter((name) => shared.tensors.has(name));
}

function refresh(name: string): Tensor {
  const copy = copies.get(name);
  if (copy) (copy.data as Float32Array).set(shared.tensors.get(name)!.data as Float32Array);
  else copies.set(name, copyOf(name));
  return copies.get(name)!;
}

function copyOf(name: string): Tensor {
  const { data, ...type } = shared.tensors.get(name)!;
  return { ...type, data: data.slice() };
}

function raise(model: number): never {
  throw internal(`there is no model ${model}`);
}
