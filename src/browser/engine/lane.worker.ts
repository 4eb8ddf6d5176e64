/** @file One lane of lanes.ts: ONNX Runtime for browsers, with one thread of its own. */
import type * as Ort from 'onnxruntime-web';
import { TransfuseError } from '../../errors.js';
import type { Tensor, TensorData } from '../../graph/tensor.js';
import type { BrowserDevice } from './device.js';
import type { LaneApi } from './lanes.js';
import { serveWorker } from './workers.js';

/** Two builds: the small one runs everywhere; the one with WebGPU needs JavaScript Promise Integration. */
const builds: Record<BrowserDevice, () => Promise<typeof Ort>> = {
  cpu: () => import('onnxruntime-web/wasm'),
  webgpu: () => import('onnxruntime-web/jspi'),
};

let runtime: typeof Ort;
let sessions: Ort.InferenceSession[] = [];
let device: BrowserDevice;

serveWorker({
  async load(models, on) {
    device = on;
    runtime = await builds[on]();
    runtime.env.wasm.numThreads = 1;
    runtime.env.logLevel = 'error';
    sessions = [];
    for (const model of models) sessions.push(await blaming(() => open(model)));
    return sessions.map(({ inputNames }) => inputNames);
  },

  async run(model, feeds) {
    const tensors = Object.entries(feeds).map(
      ([name, { dtype, data, shape }]) => [name, new runtime.Tensor(dtype, data as never, shape)] as const,
    );
    const results = await blaming(() => sessions[model]!.run(Object.fromEntries(tensors)));
    return Object.fromEntries(
      Object.entries(results).map(([name, { type, dims, data }]) => [
        name,
        { dtype: type, shape: dims, data: data as TensorData } as Tensor,
      ]),
    );
  },
} satisfies LaneApi);

function open(model: Uint8Array): Promise<Ort.InferenceSession> {
  return runtime.InferenceSession.create(model, {
    executionProviders: [device === 'cpu' ? 'wasm' : 'webgpu'],
    graphOptimizationLevel: 'all',
    enableMemPattern: false,
  });
}

/** What fails on the processor is our fault; what fails on a GPU may be its driver's, or too little memory. */
async function blaming<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (device === 'cpu') throw cause;
    const [reason] = (cause as Error).message.split('\n');
    throw new TransfuseError('device-failed', `WebGPU failed: ${reason}`, { cause });
  }
}
