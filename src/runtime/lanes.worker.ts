/** @file One lane of lanes.ts. */
import { internal } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { discard } from './discard.js';
import type { LaneThread } from './lanes.js';
import { createSession, type Session } from './session.js';
import { moving, serveThread } from './thread.js';

interface Loaded {
  readonly session: Session;
  /** Those shared tensors that it is fed with. */
  readonly shared: readonly string[];
}

const loaded: Loaded[] = [];
/** Private copies of shared tensors, for all models: ONNX Runtime reads no shared memory. */
const copies = new Map<string, Tensor>();
let sharedTensors: ReadonlyMap<string, Tensor> = new Map();

serveThread<LaneThread>({
  async load(model, { threads, device, shared }) {
    sharedTensors = shared;
    const session = await createSession(model, { threads, device });
    if (typeof model !== 'string') discard(model);
    const names = session.inputs.filter((name) => shared.has(name));
    for (const name of names) {
      if (copies.has(name)) continue;
      const tensor = shared.get(name)!;
      copies.set(name, { ...tensor, data: tensor.data.slice() });
    }
    loaded.push({ session, shared: names });
  },

  async run(model, feeds) {
    const { session, shared } = loaded[model] ?? raise(model);
    const fed = shared.map((name) => {
      const copy = copies.get(name)!;
      (copy.data as Float32Array).set(sharedTensors.get(name)!.data as Float32Array);
      return [name, copy];
    });
    const results = await session.run({ ...Object.fromEntries(fed), ...feeds });
    return moving(
      results,
      Object.values(results).map(({ data }) => data.buffer as ArrayBuffer),
    );
  },
});

function raise(model: number): never {
  throw internal(`there is no model ${model}`);
}
