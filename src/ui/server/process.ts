/**
 * @file Calls across a process: an object's async methods served on one side, called like local ones on the other, and
 * events the other way. What crashes over there rejects the calls here, and takes nothing else with it.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { TransfuseError } from '../../errors.js';
import { answer, callsThrough, type RemoteApi, type Request, type Response } from '../../runtime/calls.js';

export interface CalledProcess<Api extends RemoteApi> {
  /** The served methods. A call rejects with the error thrown over there, or when the process dies. */
  readonly call: Api;
  /** Whether it has ended, by itself or not. */
  ended(): boolean;
  /** Ends it at once; pending calls reject. */
  kill(): void;
}

type Message = { readonly event: unknown } | Response;

/**
 * Starts the process beside `moduleUrl`: `foo.ts` starts `foo.process.ts`, compiled or not.
 * @param what it is, for the message when it dies
 */
export function startProcess<Api extends RemoteApi, Event = never>(
  moduleUrl: string,
  what: string,
  onEvent: (event: Event) => void = () => {},
): CalledProcess<Api> {
  const child: ChildProcess = fork(fileURLToPath(moduleUrl.replace(/\.([jt]s)$/, '.process.$1')), {
    serialization: 'advanced',
  });
  const calls = callsThrough<Api>((request) => child.send(request, (error) => error && end(error.message)));
  const end = (how: string): void =>
    calls.end(new TransfuseError('process-ended', `${what} ended unexpectedly (${how})`));
  child.on('error', (error) => end(error.message));
  child.on('exit', (code, signal) => end(signal ?? `status ${code}`));
  child.on('message', (message: Message) => {
    if ('event' in message) onEvent(message.event as Event);
    else calls.settle(message);
  });
  return { call: calls.call, ended: calls.ended, kill: () => void child.kill('SIGKILL') };
}

/**
 * Serves an object's methods to the process that started this one; calls run side by side. Ctrl-C is the other's
 * business: it says what is to end, and when it has gone, `onOrphaned` is told.
 * @returns a function that sends events
 */
export function serveProcess<Event>(api: RemoteApi, onOrphaned: () => void): (event: Event) => void {
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
  process.on('disconnect', onOrphaned);
  const send = (message: Message): void => {
    if (process.connected) process.send!(message, undefined, {}, () => {});
  };
  process.on('message', async (request: Request) => send(await answer(api, request)));
  return (event) => send({ event });
}
