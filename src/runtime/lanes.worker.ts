/** @file One lane of lanes.ts. */
import { internal } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import type { LaneThread } from './lanes.js';
import { createSession, type Session } from './session.js';
import { discard, moving, serveThread } from './thread.js';

interface Loaded {
  readonly session: Session;
  /** Private copies of those shared tensors that it is fed with: ONNX Runtime reads no shared memory. */
  readonly fed: Readonly<Record<string, Tensor>>;
}

const loaded: Loaded[] = [];
let sharedTensors: ReadonlyMap<string, Tensor> = new Map();

serveThread<LaneThread>({
  async load(model, { threads, device, shared }) {
    sharedTensors = shared;
    const session = await createSession(model, { threads, device });
    if (typeof model !== 'string') discard(model);
    const names = session.inputs.filter((name) => shared.has(name));
    const fed = names.map((name) => [name, { ...shared.get(name)!, data: shared.get(name)!.data.slice() }]);
    loaded.push({ session, fed: Object.fromEntries(fed) });
  },

  async run(model, feeds) {
    const { session, fed } = loaded[model] ?? raise(model);
    for (const [name, { data }] of Object.entries(fed)) {
      (data as Float32Array).set(sharedTensors.get(name)!.data as Float32Array);
    }
    const results = await session.run({ ...fed, ...feeds });
    return moving(
      results,
      Object.values(results).map(({ data }) => data.buffer as ArrayBuffer),
    );
  },
});

function raise(model: number): never {
  throw internal(`there is no model ${model}`);
}
