import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { drawnAdapter, pictures, temporaryFolder, writeAdapters } from './serving.js';

const SLOW = 240_000;
const folder = temporaryFolder();
const program = ['--import', './scripts/register-typescript.mjs', 'src/cli/main.ts', 'serve', '--port', '0'];

function transfuse(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [...program, ...args], { env: { ...process.env, ...env } });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => (said.stdout += data));
  child.stderr.on('data', (data) => (said.stderr += data));
  return { child, said, ended: once(child, 'exit') as Promise<[number | null]> };
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  'the command serves with a token, logs nothing of what it is sent, and ends on %s with status 0',
  async (signal) => {
    const [run] = writeAdapters(folder, { cxr: await drawnAdapter(1, { side: 32 }) });
    const tokenFile = path.join(folder, 'token');
    writeFileSync(tokenFile, 'a-token-of-twenty-four-ch\n');
    const { child, said, ended } = transfuse([
      '--adapter',
      `eyes=${run}`,
      '--token-file',
      tokenFile,
      '--threads',
      '1',
    ]);
    while (!said.stdout.includes('http:')) {
      expect(child.exitCode, said.stderr).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(said.stdout).toMatch(/^Serving eyes at http:\/\/127\.0\.0\.1:\d+\n$/);
    const url = /http:\S+/.exec(said.stdout)![0];
    expect((await fetch(`${url}/v1/adapters`)).status).toBe(401);
    const authorization = 'Bearer a-token-of-twenty-four-ch';
    const [image] = await pictures(1, 1);
    const post = (bytes: Uint8Array) =>
      fetch(`${url}/v1/predictions?adapter=eyes`, {
        method: 'POST',
        body: new Uint8Array(bytes),
        headers: { authorization, 'content-type': 'image/png' },
      });
    expect((await post(image!)).status).toBe(200);
    expect((await post(Buffer.from('Jane Doe'))).status).toBe(422);
    child.kill(signal);
    expect(await ended).toEqual([0, null]);
    expect(said.stderr).toBe('Finishing what was accepted …\n');
    expect(said.stdout.split('\n')).toHaveLength(2);
  },
  SLOW,
);

test(
  'the command refuses in one line what it cannot serve',
  async () => {
    const open = transfuse(['--host', '0.0.0.0'], { TRANSFUSE_TOKEN: '' });
    expect(await open.ended).toEqual([1, null]);
    expect(open.said.stderr).toMatch(
      /^transfuse: listening on 0\.0\.0\.0 lets other machines in, which needs a token.*\n$/,
    );
    const wrong = transfuse(['--queue', '0']);
    expect(await wrong.ended).toEqual([1, null]);
    expect(wrong.said.stderr).toMatch(
      /^transfuse: --queue is 0; it must be a whole number from 1 to 100000\n$/,
    );
  },
  SLOW,
);
