/** @file A server in a process of its own, and the load that is put on it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Pool } from 'undici';
import { Random } from '../src/random.js';

export interface RunningServer {
  readonly pool: Pool;
  /** Resident memory of its process, in MB. */
  memory(): Promise<number>;
  add(name: string, adapter: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts `transfuse serve` as people do. */
export async function startServer(args: readonly string[], connections: number): Promise<RunningServer> {
  const command = [
    '--import',
    './scripts/register-typescript.mjs',
    'src/cli/main.ts',
    'serve',
    '--port',
    '0',
  ];
  const child = spawn(process.execPath, [...command, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => child.kill());
  const url = await urlOf(child);
  const pool = new Pool(url, { connections, pipelining: 1 });
  const ask = async (method: 'POST' | 'DELETE', path: string, body?: Uint8Array) => {
    const headers = body && { 'content-type': 'application/octet-stream' };
    const answer = await pool.request({ method, path, headers, body });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
  };
  return {
    pool,
    async memory() {
      const { body } = await pool.request({ method: 'GET', path: '/metrics' });
      const [, bytes] = /^process_resident_memory_bytes (\S+)/m.exec(await body.text())!;
      return Number(bytes) / 1e6;
    },
    add: (name, adapter) => ask('POST', `/v1/adapters/${name}`, adapter),
    remove: (name) => ask('DELETE', `/v1/adapters/${name}`),
    async close() {
      await pool.close();
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = await ended;
      if (code !== 0) throw new Error(`the server ended with status ${code}`);
    },
  };
}

async function urlOf(child: ChildProcess): Promise<string> {
  let said = '';
  for await (const chunk of child.stdout!) {
    said += chunk;
    const url = /http:\S+/.exec(said);
    if (url) {
      child.stdout!.resume();
      return url[0];
    }
  }
  throw new Error('the server did not start');
}

export interface LoadOptions {
  readonly image: Uint8Array;
  /** Names of the adapters, of which each request takes one at random. */
  readonly adapters: readonly string[];
  /** Requests under way at any time. */
  readonly requests: number;
  readonly seconds: number;
}

export interface LoadResult {
  readonly imagesPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Answers other than a prediction, by what they were. */
  readonly errors: ReadonlyMap<string, number>;
}

/** Each request is made as soon as one before it is answered. */
export async function load(pool: Pool, options: LoadOptions): Promise<LoadResult> {
  const { image, adapters, requests, seconds } = options;
  const latencies: number[] = [];
  const errors = new Map<string, number>();
  const began = performance.now();
  const end = began + seconds * 1000;
  async function client(random: Random): Promise<void> {
    while (performance.now() < end) {
      const name = adapters[random.integer(0, adapters.length - 1)]!;
      const asked = performance.now();
      try {
        const { statusCode, body } = await pool.request({
          method: 'POST',
          path: `/v1/predictions?adapter=${name}`,
          headers: { 'content-type': 'image/jpeg' },
          body: image,
        });
        const text = await body.text();
        if (statusCode === 200) latencies.push(performance.now() - asked);
        else count(`${statusCode} ${text.slice(0, 200)}`);
      } catch (error) {
        count((error as Error).message);
      }
    }
  }
  function count(error: string): void {
    errors.set(error, (errors.get(error) ?? 0) + 1);
  }
  await Promise.all(Array.from({ length: requests }, (_, i) => client(new Random(11, i))));
  const took = (performance.now() - began) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (fraction: number) => latencies[Math.floor(fraction * (latencies.length - 1))] ?? Number.NaN;
  return { imagesPerSecond: latencies.length / took, p50: at(0.5), p99: at(0.99), errors };
}
