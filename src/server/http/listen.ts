/** @file Beginning and ending to listen. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { TransfuseError } from '../../errors.js';
import { Problem } from './problem.js';

export interface Listening {
  /** Where it answers, e.g. `http://127.0.0.1:8000`. */
  readonly url: string;
  /** Takes nothing new, finishes what was accepted, and ends what is left after `graceSeconds`. */
  close(): Promise<void>;
}

/**
 * @param port 0 for any that is free
 * @param graceSeconds how long `close` waits for answers that are under way
 * @throws TransfuseError `cannot-listen`
 */
export async function listen(
  app: FastifyInstance,
  { host, port, graceSeconds = 30 }: { host: string; port: number; graceSeconds?: number },
): Promise<Listening> {
  let url: string;
  try {
    url = await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw new TransfuseError('cannot-listen', `cannot listen on ${host}:${port}: ${whyNot(error)}`, {
      cause: error,
    });
  }
  let closed: Promise<void> | undefined;
  const close = async () => {
    const last = setTimeout(() => app.server.closeAllConnections(), graceSeconds * 1000);
    try {
      await app.close();
    } finally {
      clearTimeout(last);
    }
  };
  return { url, close: () => (closed ??= close()) };
}

function whyNot(error: unknown): string {
  const words: Record<string, string> = {
    EADDRINUSE: 'something else listens there; choose another --port, or 0 for any that is free',
    EACCES: 'no permission; ports below 1024 are for the system',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'there is no such name',
  };
  return words[(error as NodeJS.ErrnoException).code ?? ''] ?? (error as Error).message;
}

/**
 * Aborted once nobody waits for an answer any more: it was given (in time or too late), or the client has left.
 * (Fastify's own `request.signal` is aborted as soon as a body has been read.)
 */
export function untilAnswered({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  raw.once('close', () =>
    controller.abort(new Problem(499, 'client-gone', 'nobody waits for this any more')),
  );
  return controller.signal;
}
