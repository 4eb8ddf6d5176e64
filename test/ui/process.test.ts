/** @file Calls to another process: results, errors of ours and others, events, and what happens when it dies. */
import { expect, test } from 'vitest';
import { TransfuseError } from '../../src/errors.js';
import { startProcess } from '../../src/ui/server/process.js';
import type { FragileApi } from './fragile.process.js';

const fragile = new URL('fragile.ts', import.meta.url).href;

test('results, events and errors come across', async () => {
  const events: string[] = [];
  const { call, kill } = startProcess<FragileApi, string>(fragile, 'the test', (event) => events.push(event));
  expect(await call.echo({ bytes: Uint8Array.of(1, 2) })).toEqual({ bytes: Uint8Array.of(1, 2) });
  expect(events).toEqual(['echoed']);
  const ours = await call.refuse('ours').catch((error) => error);
  expect(ours).toBeInstanceOf(TransfuseError);
  expect(ours).toMatchObject({ code: 'no-such-thing', message: 'there is no such thing' });
  const other = await call.refuse('bug').catch((error) => error);
  expect(other).not.toBeInstanceOf(TransfuseError);
  expect(other.message).toBe('internal: oops');
  kill();
});

test('a crash rejects what was asked, in a line, and takes nothing else with it', async () => {
  const { call, ended } = startProcess<FragileApi>(fragile, 'the test');
  const answers = await Promise.allSettled([call.forever(), call.crash()]);
  for (const answer of answers) {
    expect(answer).toMatchObject({
      status: 'rejected',
      reason: { code: 'process-ended', message: 'the test ended unexpectedly (SIGKILL)' },
    });
  }
  expect(ended()).toBe(true);
  await expect(call.echo(1)).rejects.toThrow('the test ended unexpectedly');
});
