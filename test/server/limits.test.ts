import { once } from 'node:events';
import { request as rawRequest } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { encodeAdapter } from '../../src/adapter/adapter.js';
import type { ServeOptionsInput } from '../../src/server/options.js';
import { serve } from '../../src/server/serve.js';
import {
  addAdapter,
  base64,
  bugs,
  drawnAdapter,
  pictures,
  start,
  temporaryFolder,
  writeAdapters,
} from './serving.js';

const folder = temporaryFolder();
let runs: string[];
let image: Buffer;
let server: Awaited<ReturnType<typeof start>> | undefined;

beforeAll(async () => {
  runs = writeAdapters(folder, { one: await drawnAdapter(1), two: await drawnAdapter(2) });
  [image] = (await pictures(1, 3)) as [Buffer];
}, 120_000);

afterEach(async () => {
  await server?.close();
  server = undefined;
  expect(bugs).toEqual([]);
});

async function withLimits(options: ServeOptionsInput): Promise<string> {
  server = await start(runs, options);
  return server.url;
}

const SLOW = 120_000;
const json = { 'content-type': 'application/json' };

function ask(url: string, images: readonly Uint8Array[], adapter = 'one', query = ''): Promise<Response> {
  const body = JSON.stringify({ adapter, images: images.map((bytes) => ({ data: base64(bytes) })) });
  return fetch(`${url}/v1/predictions${query}`, { method: 'POST', body, headers: json });
}

async function refusal(response: Response) {
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  return (await response.json()) as { status: number; code: string; detail: string };
}

test(
  'bytes, images and pixels of a request',
  async () => {
    const url = await withLimits({ 'max-body': 0.05, 'max-images': 3, 'max-pixels': 0.01 });
    expect((await ask(url, [image, image, image])).status).toBe(200);
    expect(await refusal(await ask(url, [image, image, image, image]))).toMatchObject({
      status: 413,
      code: 'too-many-images',
    });
    expect(await refusal(await ask(url, [new Uint8Array(60_000)]))).toMatchObject({
      status: 413,
      code: 'body-too-large',
    });
    const form = new FormData();
    for (let i = 0; i < 4; i++) form.append('x', new Blob([new Uint8Array(20_000)]));
    // As a stream, whose length is not announced.
    const encoded = new Response(form);
    const streamed = await fetch(`${url}/v1/predictions?adapter=one`, {
      method: 'POST',
      body: encoded.body,
      headers: { 'content-type': encoded.headers.get('content-type')! },
      duplex: 'half',
    } as RequestInit);
    expect(await refusal(streamed)).toMatchObject({ status: 413 });
    const large = await sharp({ create: { width: 101, height: 100, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    expect(await refusal(await ask(url, [large]))).toMatchObject({
      status: 422,
      code: 'unreadable-image',
      detail: expect.stringContaining('101 × 100 pixels; at most 0.01 million'),
    });
    expect(await refusal(await ask(url, Array(9).fill(image), 'one', '?heatmap=true'))).toMatchObject({
      status: 413,
    });
  },
  SLOW,
);

test(
  'images that wait, and requests of one client: 503 and 429, with when to come back',
  async () => {
    const url = await withLimits({ queue: 4, 'per-client': 6, 'max-images': 64 });
    // One request with more images than may wait finds the server idle, and keeps it busy for a while.
    const long = ask(url, Array(40).fill(image));
    const others = await Promise.all(Array.from({ length: 30 }, () => ask(url, [image])));
    const statuses = new Set(others.map(({ status }) => status));
    expect([...statuses].every((status) => [200, 429, 503].includes(status))).toBe(true);
    const refused = others.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    for (const response of refused) {
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect((await refusal(response)).code).toMatch(/^(overloaded|too-many-requests)$/);
    }
    expect((await long).status).toBe(200);
    expect((await ask(url, [image])).status).toBe(200);
  },
  SLOW,
);

test(
  'what announces more than may be buffered is turned away before it is read',
  async () => {
    const url = await withLimits({ 'max-body': 10, 'max-buffered': 15 });
    const { hostname, port } = new URL(url);
    const headers = { ...json, 'content-length': '9000000' };
    const first = rawRequest({ hostname, port, path: '/v1/predictions', method: 'POST', headers });
    first.on('error', () => {});
    first.flushHeaders();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const second = rawRequest({ hostname, port, path: '/v1/predictions', method: 'POST', headers });
    second.flushHeaders();
    const [response] = await once(second, 'response');
    expect(response.statusCode).toBe(503);
    second.destroy();
    first.destroy();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await ask(url, [image])).status).toBe(200);
  },
  SLOW,
);

test(
  'whoever sends slowly is cut off, and the others are served',
  async () => {
    const url = await withLimits({ 'answer-seconds': 1 });
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write('POST /v1/predictions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n');
    socket.write('content-length: 1000\r\n\r\n{"images"');
    let said = '';
    socket.on('data', (data) => (said += data)).on('error', () => {});
    expect((await ask(url, [image])).status).toBe(200);
    await once(socket, 'close');
    expect(said).toMatch(/^HTTP\/1\.1 (408|503) /);
  },
  SLOW,
);

test(
  'adapters: how many, how often a base is loaded, of which base, and none where they are fixed',
  async () => {
    const url = await withLimits({ 'max-adapters': 4, 'max-engines': 2 });
    const add = async (name: string, ...of: Parameters<typeof drawnAdapter>) =>
      addAdapter(url, name, encodeAdapter(await drawnAdapter(...of)));
    expect((await add('three', 3)).status).toBe(201);
    expect(await refusal(await add('huge', 4, { side: 1500 }))).toMatchObject({
      status: 422,
      code: 'adapter-too-large',
    });
    const other = await drawnAdapter(5);
    const stranger = { ...other, base: { ...other.base, sha256: '0'.repeat(64), source: '/etc/passwd' } };
    expect(await refusal(await addAdapter(url, 'stranger', encodeAdapter(stranger)))).toMatchObject({
      status: 422,
      code: 'unknown-base',
      detail: expect.not.stringContaining('passwd'),
    });
    expect((await add('four', 6, { side: 48 })).status).toBe(201);
    expect(await refusal(await add('five', 7))).toMatchObject({ status: 507, code: 'too-many-adapters' });
    expect((await fetch(`${url}/v1/adapters/three`, { method: 'DELETE' })).status).toBe(204);
    expect(await refusal(await add('five', 7, { side: 52 }))).toMatchObject({
      status: 507,
      code: 'too-many-engines',
    });
    await server!.close();

    const fixed = await withLimits({ fixed: true });
    expect(await refusal(await addAdapter(fixed, 'x', new Uint8Array(9)))).toMatchObject({ status: 403 });
    const removed = await fetch(`${fixed}/v1/adapters/one`, { method: 'DELETE' });
    expect(await refusal(removed)).toMatchObject({ status: 403 });
  },
  SLOW,
);

/** Waits until the server works on something. */
async function accepted(url: string): Promise<void> {
  for (;;) {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    if (/^transfuse_images_pending [1-9]/m.test(metrics)) return;
  }
}

test(
  'what is accepted is finished, also when the server is told to end meanwhile',
  async () => {
    const url = await withLimits({});
    const asked = Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => ask(url, Array(30).fill(image), i % 2 ? 'one' : 'two')),
    );
    await accepted(url);
    await server!.close();
    const statuses = (await asked).map((result) =>
      result.status === 'fulfilled' ? result.value.status : 'not connected',
    );
    expect(statuses).toContain(200);
    expect(statuses.every((status) => [200, 503, 'not connected'].includes(status))).toBe(true);
  },
  SLOW,
);

test('runs whose names cannot stand in an address need another; no address but loopback without a token', async () => {
  await expect(serve([`a b=${runs[0]}`], [], { port: 0 })).rejects.toMatchObject({ code: 'bad-option' });
  await expect(serve([path.join(folder, 'nothing')], [], { port: 0 })).rejects.toMatchObject({
    code: 'no-run',
  });
  await expect(serve(runs, [], { port: 0, host: '0.0.0.0' })).rejects.toMatchObject({ code: 'token-needed' });
});
