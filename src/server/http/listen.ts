/** @file Beginning and ending to listen. */
import type { FastifyInstance } from 'fastify';
import { TransfuseError } from '../../errors.js';

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
