/** @file One lane of lanes.ts. */
import { internal } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { discard } from './discard.js';
import type { LaneThread, Shared } from './lanes.js';
import { createSession, type Session, type SessionOptions } from './session.js';
import { moving, serveThread } from './thread.js';

type Feeds = Record<string, Tensor>;

interface Loaded {
  readonly session: Session;
  readonly preparation?: Session;
}

const loaded: Loaded[] = [];
let shared: Shared = { tensors: new Map(), revision: new Int32Array(1) };
/** What models are fed with beside a run's feeds, by model; empty since shared tensors changed. */
const prepared = new Map<number, Feeds>();
let preparedFor = -1;
/** Private copies of shared tensors, for all models: ONNX Runtime reads no shared memory. */
const copies = new Map<string, Tensor>();

serveThread<LaneThread>({
  async load(model, preparation, { shared: given, threads, device, ...optimising }) {
    shared = given;
    loaded.push({
      session: await load(model, { threads, device, ...optimising }),
      ...(preparation && { preparation: await load(preparation, { threads, device }) }),
    });
  },

  async run(model, feeds) {
    const { session } = loaded[model] ?? raise(model);
    const results = await session.run({ ...(await preparedFeeds(model)), ...feeds });
    return moving(
      results,
      Object.values(results).map(({ data }) => data.buffer as ArrayBuffer),
    );
  },
});

async function load(model: Uint8Array | string, options: SessionOptions): Promise<Session> {
  const session = await createSession(model, options);
  if (typeof model !== 'string') discard(model);
  return session;
}

async function preparedFeeds(model: number): Promise<Feeds> {
  const revision = Atomics.load(shared.revision, 0);
  if (revision !== preparedFor) {
    for (const name of copies.keys()) refresh(name);
    for (const feeds of prepared.values()) discardOwn(feeds);
    prepared.clear();
    preparedFor = revision;
  }
  const known = prepared.get(model);
  if (known) return known;
  const { session, preparation } = loaded[model]!;
  const own = Object.fromEntries(
    sharedNames(session).map((name) => [name, copies.get(name) ?? refresh(name)]),
  );
  const feeds = { ...own, ...(preparation && (await prepare(preparation))) };
  prepared.set(model, feeds);
  return feeds;
}

/** What nothing else is fed with is copied for this alone: it may be the whole network. */
async function prepare(preparation: Session): Promise<Feeds> {
  const names = sharedNames(preparation);
  const passing = names.filter((name) => !copies.has(name)).map((name) => [name, copyOf(name)] as const);
  const lasting = names.flatMap((name) => (copies.has(name) ? [[name, copies.get(name)!] as const] : []));
  const results = await preparation.run(Object.fromEntries([...passing, ...lasting]));
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

/** Frees at once what preparations have made: whole kernels, of which the garbage collector would let several pile up. */
function discardOwn(feeds: Feeds): void {
  discard(
    ...Object.entries(feeds)
      .filter(([name]) => !copies.has(name))
      .map(([, { data }]) => data),
  );
}

function raise(model: number): never {
  throw internal(`there is no model ${model}`);
}
