/**
 * @file Calls across a process: an object's async methods served on one side, called like local ones on the other, and
 * events the other way. What crashes over there rejects the calls here, and takes nothing else with it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { TransfuseError } from '../../errors.js';

// biome-ignore lint/suspicious/noExplicitAny: any method whose arguments and result survive structured cloning
export type ProcessApi = Record<string, (...args: any[]) => Promise<unknown>>;

export interface CalledProcess<Api extends ProcessApi> {
  /** The served methods. A call rejects with the error thrown over there, or when the process dies. */
  readonly call: Api;
  /** Whether it has ended, by itself or not. */
  ended(): boolean;
  /** Ends it at once; pending calls reject. */
  kill(): void;
}

interface Request {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

type Message =
  | { readonly event: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { message: string; code?: string; stack?: string } };

/**
 * Starts the process beside `moduleUrl`: `foo.ts` starts `foo.process.ts`, compiled or not.
 * @param what it is, for the message when it dies
 */
export function startProcess<Api extends ProcessApi, Event = never>(
  moduleUrl: string,
  what: string,
  onEvent: (event: Event) => void = () => {},
): CalledProcess<Api> {
  const child: ChildProcess = fork(fileURLToPath(moduleUrl.replace(/\.([jt]s)$/, '.process.$1')), {
    serialization: 'advanced',
  });
  const pending = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  let count = 0;
  let ended: Error | undefined;

  const end = (how: string): void => {
    ended ??= new TransfuseError('process-ended', `${what} ended unexpectedly (${how})`);
    for (const { reject } of pending.values()) reject(ended);
    pending.clear();
  };
  child.on('error', (error) => end(error.message));
  child.on('exit', (code, signal) => end(signal ?? `status ${code}`));
  child.on('message', (message: Message) => {
    if ('event' in message) return onEvent(message.event as Event);
    const call = pending.get(message.id);
    pending.delete(message.id);
    if ('result' in message) call?.resolve(message.result);
    else call?.reject(revive(message.error));
  });

  const call = new Proxy({} as Api, {
    get:
      (_, method: string) =>
      (...args: unknown[]) =>
        new Promise((resolve, reject) => {
          if (ended) return reject(ended);
          const request: Request = { id: count++, method, args };
          pending.set(request.id, { resolve, reject });
          child.send(request, (error) => error && end(error.message));
        }),
  });
  return { call, ended: () => ended !== undefined, kill: () => void child.kill('SIGKILL') };
}

/**
 * Serves an object's methods to the process that started this one; calls run side by side. Ctrl-C is the other's
 * business: it says what is to end, and when it has gone, `onOrphaned` is told.
 * @returns a function that sends events
 */
export function serveProcess<Event>(api: ProcessApi, onOrphaned: () => void): (event: Event) => void {
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
  process.on('disconnect', onOrphaned);
  const send = (message: Message): void => {
    if (process.connected) process.send!(message, undefined, {}, () => {});
  };
  process.on('message', async ({ id, method, args }: Request) => {
    try {
      send({ id, result: await api[method]!(...args) });
    } catch (thrown) {
      const { message, stack } = thrown as Error;
      send({
        id,
        error: { message, stack, code: thrown instanceof TransfuseError ? thrown.code : undefined },
      });
    }
  });
  return (event) => send({ event });
}

function revive({ message, code, stack }: { message: string; code?: string; stack?: string }): Error {
  if (code) return new TransfuseError(code, message);
  const error = new Error(message);
  error.stack = stack;
  return error;
}
