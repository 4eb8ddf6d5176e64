/** @file Calls across a worker thread: an object's async methods served on one side, called like local ones on the other. */
import './no-telemetry.js';
import './full-precision.js';
import { type MessagePort, parentPort, type TransferListItem, Worker } from 'node:worker_threads';
import { internal } from '../errors.js';
import { answer, callsThrough, type RemoteApi, type Request, type Response } from './calls.js';

export type ThreadApi = RemoteApi;

export interface Thread<Api extends ThreadApi> {
  /** The served methods. A call rejects with the error thrown over there, or when the thread dies. */
  readonly call: Api;
  /** Ends the thread at once; pending calls reject. */
  close(): Promise<void>;
}

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
  const calls = callsThrough<Api>((request) => {
    worker.ref();
    worker.postMessage(request, buffersIn(request.args));
  });
  worker.on('error', calls.end);
  worker.on('exit', () => calls.end(internal('the worker thread has ended')));
  worker.on('message', (response: Response) => {
    calls.settle(response);
    if (calls.pending() === 0) worker.unref();
  });
  worker.unref();
  return {
    call: calls.call,
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
      const response = await answer(api, request);
      port.postMessage(response, 'result' in response ? buffersIn([response.result]) : []);
    });
  });
}
