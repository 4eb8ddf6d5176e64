/** @file A model with its constants in this thread, for looking at it closely; lanes.ts is what trains. */
import type { LaneModel } from './lanes.js';
import { openModelFiles, writeConstants } from './model-files.js';
import { createSession, type Session, type SessionOptions } from './session.js';

/** Makes a model's constants, and loads it. */
export async function createLoneSession(
  { model, constants = [] }: LaneModel,
  options: SessionOptions = {},
): Promise<Session> {
  const files = await openModelFiles();
  try {
    for (const maker of constants) await writeConstants(maker, files.folder);
    return await createSession(await files.write(model.slice()), options);
  } finally {
    await files.remove();
  }
}
