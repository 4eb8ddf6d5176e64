/** @file A session in a worker thread of its own, so that the caller's thread never blocks. */
import type { Tensor } from '../graph/tensor.js';
import type { Session, SessionOptions } from './session.js';
import { moving, startThread, type ThreadApi } from './thread.js';

export interface SessionThread extends ThreadApi {
  load(model: Uint8Array, options: SessionOptions): Promise<{ inputs: string[]; outputs: string[] }>;
  run(feeds: Record<string, Tensor>, wanted: readonly string[]): Promise<Record<string, Tensor>>;
  release(): Promise<void>;
}

/** Loads a model in a new worker thread. The bytes are moved there: the caller's array is empty afterwards. */
export async function createWorkerSession(model: Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const thread = startThread<SessionThread>(import.meta.url);
  try {
    const { inputs, outputs } = await thread.call.load(moving(model, [model.buffer as ArrayBuffer]), options);
    return {
      inputs,
      outputs,
      run: (feeds, wanted = outputs) => thread.call.run(feeds, wanted),
      release: async () => {
        await thread.call.release();
        await thread.close();
      },
    };
  } catch (error) {
    await thread.close();
    throw error;
  }
}
