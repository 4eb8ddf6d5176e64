/** @file The other side of worker-session.ts. */
import { internal } from '../errors.js';
import { createSession, type Session } from './session.js';
import { moving, serveThread } from './thread.js';
import type { SessionThread } from './worker-session.js';

let session: Session | undefined;

serveThread<SessionThread>({
  async load(model, options) {
    session = await createSession(model, options);
    return { inputs: [...session.inputs], outputs: [...session.outputs] };
  },
  async run(feeds, wanted) {
    if (!session) throw internal('run before load');
    const results = await session.run(feeds, wanted);
    return moving(
      results,
      Object.values(results).map(({ data }) => data.buffer as ArrayBuffer),
    );
  },
  async release() {
    await session?.release();
  },
});
