/** @file Calls across a worker thread: an object's async methods served on one side, called like local ones on the other. */
import './no-telemetry.js';
import './full-precision.js';
import { type MessagePort, parentPort, type TransferListItem, Worker } from 'node:worker_threads';
import { internal, TransfuseError } from '../errors.js';

// biome-ignore lint/suspicious/noExplicitAny: any method whose arguments and result survive structured cloning
export type ThreadApi = Record<string, (...args: any[]) => Promise<unknown>>;

export interface Thread<Api extends ThreadApi> {
  /** The served methods. A call rejects with the error thrown over there, or when the thread dies. */
  readonly call: Api;
  /** Ends the thread at once; pending calls reject. */
  close(): Promise<void>;
}

interface Request {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

type Response = { readonly id: number } & (
  | { readonly result: unknown }
  | { readonly error: { readonly message: string; readonly code?: string; readonly stack?: string } }
);

/** Marks buffers inside a call's arguments or result as moved, not copied; the sender loses them. */
export function moving<T>(value: T, buffers: readonly TransferListItem[]): T {
  if (typeof value === 'object' && value !== null) moved.set(value, buffers);
  return value;
}
const moved = new WeakMap<object, readonly TransferListItem[]>();

function buffersIn(values: readonly unknown[]): TransferListItem[] {
  return values.flatMap((value) => (typeof value === 'object' && value ? [...(moved.get(value) ?? [])] : []));
}

/** Starts the worker beside `moduleUrl`: `foo.ts` starts `foo.worker.ts`, compiled or not. */
export function startThread<Api extends ThreadApi>(moduleUrl: string): Thread<Api> {
  const worker = new Worker(new URL(moduleUrl.replace(/\.([jt]s)$/, '.worker.$1')));
  const pending = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  let count = 0;
  let ended: Error | undefined;

  const end = (error: Error): void => {
    ended ??= error;
    for (const { reject } of pending.values()) reject(ended);
    pending.clear();
  };
  worker.on('error', end);
  worker.on('exit', () => end(internal('the worker thread has ended')));
  worker.on('message', (response: Response) => {
    const call = pending.get(response.id);
    pending.delete(response.id);
    if (pending.size === 0) worker.unref();
    if ('result' in response) call?.resolve(response.result);
    else call?.reject(revive(response.error));
  });
  worker.unref();

  const call = new Proxy({} as Api, {
    get:
      (_, method: string) =>
      (...args: unknown[]) =>
        new Promise((resolve, reject) => {
          if (ended) return reject(ended);
          const request: Request = { id: count++, method, args };
          pending.set(request.id, { resolve, reject });
          worker.ref();
          worker.postMessage(request, buffersIn(args));
        }),
  });
  return {
    call,
    close: async () => {
      await worker.terminate();
    },
  };
}

/** Serves an object's methods to the thread that started this one. Calls run one after another, in order. */
export function serveThread<Api extends ThreadApi>(api: Api): void {
  const port = parentPort as MessagePort;
  let last: Promise<unknown> = Promise.resolve();
  port.on('message', (request: Request) => {
    last = last.then(async () => {
      const response: Response = await api[request.method]!(...request.args).then(
        (result) => ({ id: request.id, result }),
        (error: Error & { code?: string }) => ({
          id: request.id,
          error: { message: error.message, stack: error.stack, code: codeOf(error) },
        }),
      );
      port.postMessage(response, 'result' in response ? buffersIn([response.result]) : []);
    });
  });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof TransfuseError ? error.code : undefined;
}

function revive({ message, code, stack }: { message: string; code?: string; stack?: string }): Error {
  if (code) return new TransfuseError(code, message);
  const error = new Error(message);
  error.stack = stack;
  return error;
}
