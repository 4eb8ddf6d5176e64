/** @file One lane of lanes.ts. */
import path from 'node:path';
import { internal } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import type { LaneThread, Shared } from './lanes.js';
import { writeConstants } from './model-files.js';
import { createSession, type Session } from './session.js';
import { moving, serveThread } from './thread.js';

type Feeds = Record<string, Tensor>;

const loaded: Session[] = [];
let shared: Shared = { tensors: new Map(), revision: new Int32Array(1) };
/** Private copies of shared tensors, for all models: ONNX Runtime reads no shared memory. */
const copies = new Map<string, Tensor>();
let copiedAt = -1;

serveThread<LaneThread>({
  async load(model, { shared: given, threads, device }) {
    shared = given;
    loaded.push(await createSession(model, { threads, device }));
  },

  makeConstants: (model) => writeConstants(model, path.dirname(model)),

  async run(model, feeds) {
    const session = loaded[model] ?? raise(model);
    const results = await session.run({ ...lastingFeeds(session), ...feeds });
    return moving(
      results,
      Object.values(results).map(({ data }) => data.buffer as ArrayBuffer),
    );
  },
});

/** Those shared tensors that a session takes, as they are now. */
function lastingFeeds({ inputs }: Session): Feeds {
  const revision = Atomics.load(shared.revision, 0);
  if (revision !== copiedAt) for (const name of copies.keys()) refresh(name);
  copiedAt = revision;
  const names = inputs.filter((name) => shared.tensors.has(name));
  return Object.fromEntries(names.map((name) => [name, copies.get(name) ?? refresh(name)]));
}

function refresh(name: string): Tensor {
  const { data, ...type } = shared.tensors.get(name)!;
  const copy = copies.get(name);
  if (copy) (copy.data as Float32Array).set(data as Float32Array);
  else copies.set(name, { ...type, data: data.slice() });
  return copies.get(name)!;
}

function raise(model: number): never {
  throw internal(`there is no model ${model}`);
}
