/** @file Calls across a browser's worker, and what it tells unasked. */
import { internal } from '../../errors.js';
import { answer, callsThrough, type RemoteApi, type Request, type Response } from '../../runtime/calls.js';

type Message = { readonly told: unknown } | Response;

export interface CalledWorker<Api extends RemoteApi> {
  /** The served methods; calls run side by side. */
  readonly call: Api;
  /** Ends the worker at once; pending calls reject. */
  close(): void;
}

/** @param onTold gets what `serveWorker` gave a function to tell with */
export function callWorker<Api extends RemoteApi, Told = never>(
  worker: Worker,
  onTold: (told: Told) => void = () => {},
): CalledWorker<Api> {
  const calls = callsThrough<Api>((request) => worker.postMessage(request));
  worker.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if ('told' in data) onTold(data.told as Told);
    else calls.settle(data);
  });
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    calls.end(new Error(event.message || 'a worker could not be loaded'));
  });
  return {
    call: calls.call,
    close: () => {
      worker.terminate();
      calls.end(internal('the worker has ended'));
    },
  };
}

/** @returns a function that tells whoever started this worker */
export function serveWorker<Told>(api: RemoteApi): (told: Told) => void {
  const scope = self as unknown as Worker;
  scope.addEventListener('message', async ({ data }: MessageEvent<Request>) => {
    scope.postMessage(await answer(api, data));
  });
  return (told) => scope.postMessage({ told });
}
