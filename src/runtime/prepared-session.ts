/** @file A model with all that belongs to it in this thread, for looking at it closely; lanes.ts is what trains. */
import type { Tensor } from '../graph/tensor.js';
import type { LaneModel } from './lanes.js';
import { openModelFiles, writeConstants } from './model-files.js';
import { createSession, type Session, type SessionOptions } from './session.js';

export interface PreparedSession extends Session {
  /** To be fed beside a run's own feeds. */
  readonly prepared: Readonly<Record<string, Tensor>>;
}

/**
 * Makes a model's constants, loads it, and runs what prepares for it.
 * @param parameters of which the preparation takes what it needs, by name
 */
export async function createPreparedSession(
  { model, preparation, constants = [] }: LaneModel,
  parameters: ReadonlyMap<string, Tensor>,
  options: SessionOptions = {},
): Promise<PreparedSession> {
  const files = await openModelFiles();
  try {
    for (const maker of constants) await writeConstants(maker, files.folder);
    const session = await createSession(await files.write(model.slice()), options);
    if (!preparation) return { ...session, prepared: {} };
    const preparing = await createSession(await files.write(preparation.slice()), { threads: 1 });
    const feeds = preparing.inputs.map((name) => [name, parameters.get(name)!]);
    const prepared = await preparing.run(Object.fromEntries(feeds));
    await preparing.release();
    return { ...session, prepared };
  } finally {
    await files.remove();
  }
}
