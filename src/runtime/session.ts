/**
 * @file ONNX Runtime in this thread. `run` blocks the thread for the whole call, so anything interactive goes through
 * a worker.
 */
import './no-telemetry.js';
import * as ort from 'onnxruntime-node';
import { internal, TransfuseError } from '../errors.js';
import type { DType, Tensor, TensorData } from '../graph/tensor.js';
import type { Device } from './device.js';

export interface SessionOptions {
  /** Threads within an operator; 0 or absent leaves it to ONNX Runtime (one per core). */
  readonly threads?: number;
  /** What computes; `cpu` by default. What a GPU's provider has no kernel for, the CPU computes. */
  readonly device?: Device;
  /** Path of the JSON profile to write when the session is released. */
  readonly profile?: string;
  /** Whether the runtime may rewrite the model first, which for a single run is not worth it; true by default. */
  readonly optimise?: boolean;
}

/** A loaded model. Feeds and results are tensors by name. */
export interface Session {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  run(feeds: Readonly<Record<string, Tensor>>, wanted?: readonly string[]): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

/**
 * Loads an ONNX model.
 * @param model its bytes, or the path of its file
 * @throws TransfuseError `device-failed` where a GPU cannot load it; `run` likewise, as where its memory is too small
 */
export async function createSession(
  model: Uint8Array | string,
  options: SessionOptions = {},
): Promise<Session> {
  const { device = 'cpu' } = options;
  const session = await blaming(device, () =>
    ort.InferenceSession.create(model as string, {
      executionProviders: [device],
      graphOptimizationLevel: options.optimise === false ? 'disabled' : 'all',
      // Its plan of one block for a whole run takes up to twice the memory of allocating as needed, and saves 1 to 3 %.
      enableMemPattern: false,
      logSeverityLevel: device === 'cpu' ? 3 : 4,
      intraOpNumThreads: options.threads ?? 0,
      ...(options.profile && { enableProfiling: true, profileFilePrefix: options.profile }),
    }),
  );
  return {
    inputs: session.inputNames,
    outputs: session.outputNames,
    async run(feeds, wanted = session.outputNames) {
      const tensors = toRuntime(feeds);
      const results = await blaming(device, () => session.run(tensors, wanted as string[]));
      return Object.fromEntries(wanted.map((name) => [name, fromRuntime(results[name]!)]));
    },
    async release() {
      if (options.profile) session.endProfiling();
      await session.release();
    },
  };
}

/** What fails on the CPU is our fault; what fails on a GPU may be its driver's, or too little memory. */
async function blaming<Result>(device: Device, work: () => Promise<Result>): Promise<Result> {
  if (device === 'cpu') return work();
  return work().catch((cause: Error) => {
    const [reason] = cause.message.split('\n');
    throw new TransfuseError('device-failed', `${device} failed: ${reason}; --device cpu does without it`, {
      cause,
    });
  });
}

function toRuntime(tensors: Readonly<Record<string, Tensor>>): Record<string, ort.Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, data, shape }]) => [
      name,
      new ort.Tensor(dtype, data as never, shape),
    ]),
  );
}

function fromRuntime({ type, dims, data }: ort.Tensor): Tensor {
  if (!['float32', 'uint8', 'int32', 'int64', 'bool'].includes(type)) {
    throw internal(`ONNX Runtime returned a tensor of type ${type}`);
  }
  return { dtype: type as DType, shape: dims, data: data as TensorData };
}
