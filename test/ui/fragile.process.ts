/** @file A process for tests that does what it is told, dying included. */
import { internal, TransfuseError } from '../../src/errors.js';
import { serveProcess } from '../../src/ui/server/process.js';

export type FragileApi = {
  echo(value: unknown): Promise<unknown>;
  refuse(how: 'ours' | 'bug'): Promise<never>;
  forever(): Promise<never>;
  crash(): Promise<never>;
};

const api: FragileApi = {
  async echo(value) {
    tell('echoed');
    return value;
  },
  async refuse(how) {
    throw how === 'ours' ? new TransfuseError('no-such-thing', 'there is no such thing') : internal('oops');
  },
  forever: () => new Promise(() => {}),
  async crash() {
    process.kill(process.pid, 'SIGKILL');
    return new Promise(() => {});
  },
};

const tell = serveProcess<string>(api, () => process.exit());
