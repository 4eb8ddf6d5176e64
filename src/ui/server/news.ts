/** @file What happens to a run, as server-sent events: first all that is known, then what changes, then its end. */
import { PassThrough, type Readable } from 'node:stream';
import type { RunView } from '../api.js';
import type { LiveRun } from './live-run.js';

/** Often enough that nothing in between takes the connection for dead. */
const HEARTBEAT_MS = 15_000;

/** A stream of events: `view` and `patch` with JSON, `over` when nothing more will come. */
export function newsOf(view: RunView, live: LiveRun | undefined): { stream: Readable; end: () => void } {
  const stream = new PassThrough();
  const send = (event: string, data: unknown): void => {
    stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  send('view', view);
  if (!live || live.isOver) {
    send('over', {});
    stream.end();
    return { stream, end: () => {} };
  }
  const heartbeat = setInterval(() => stream.write(': \n\n'), HEARTBEAT_MS);
  const end = (): void => {
    clearInterval(heartbeat);
    unlisten();
    stream.end();
  };
  const unlisten = live.listen((patch) => {
    send('patch', patch);
    if (!live.isOver) return;
    send('over', {});
    end();
  });
  stream.on('close', end);
  return { stream, end };
}
