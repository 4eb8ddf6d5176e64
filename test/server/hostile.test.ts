import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeAdapter } from '../../src/adapter/adapter.js';
import { Random } from '../../src/random.js';
import { craftedFiles, damaged, goodFiles, hostileNames } from './hostile.js';
import {
  addAdapter,
  base64,
  bugs,
  drawnAdapter,
  type Prediction,
  pictures,
  post,
  start,
  temporaryFolder,
  writeAdapters,
} from './serving.js';

let server: Awaited<ReturnType<typeof start>>;
let url: string;
let image: Buffer;
let before: Prediction[];

beforeAll(async () => {
  [image] = (await pictures(1, 3)) as [Buffer];
  const adapters = { one: await drawnAdapter(1, { side: 32 }), two: await drawnAdapter(2, { side: 32 }) };
  server = await start(writeAdapters(temporaryFolder(), adapters), {
    'max-pixels': 4,
    'max-body': 5,
    'decode-seconds': 10,
  });
  url = server.url;
  before = await ask(image);
}, 240_000);

afterAll(async () => {
  await server?.close();
  expect(bugs).toEqual([]);
});

const ask = (bytes: Uint8Array) => post(url, { adapter: 'one', images: [{ data: base64(bytes) }] });

/** Legal answers to an upload that may be anything. */
const LEGAL = [200, 201, 400, 404, 406, 409, 413, 415, 422, 431, 507];

async function expectClear(response: Response): Promise<number> {
  const text = await response.text();
  expect(LEGAL, text).toContain(response.status);
  expect(text).not.toMatch(/DOE|passwd|shadow|node_modules|at .*\(.*:\d+/);
  if (response.status >= 400) {
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(JSON.parse(text)).toMatchObject({ status: response.status, detail: expect.any(String) });
  }
  return response.status;
}

/** In one of the three ways that images come, the form with a name that means harm. */
function send(bytes: Buffer, random: Random): Promise<Response> {
  const address = `${url}/v1/predictions?adapter=${random.chance(0.5) ? 'one' : 'two'}`;
  switch (random.integer(0, 2)) {
    case 0:
      return fetch(address, {
        method: 'POST',
        body: new Uint8Array(bytes),
        headers: { 'content-type': random.chance(0.5) ? 'image/jpeg' : 'application/octet-stream' },
      });
    case 1:
      return fetch(address, {
        method: 'POST',
        body: JSON.stringify({ images: [{ data: base64(bytes) }] }),
        headers: { 'content-type': 'application/json' },
      });
    default: {
      const form = new FormData();
      const name = hostileNames[random.integer(0, hostileNames.length - 1)]!;
      form.append(name.slice(0, 50), new Blob([new Uint8Array(bytes)]), name);
      return fetch(address, { method: 'POST', body: form });
    }
  }
}

/** Does all of it, a few at a time. */
async function each<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: 6 }, worker));
}

test('a thousand damaged images and adapters: each is answered, nothing grows, and the server goes on', async () => {
  const files = goodFiles();
  expect(files.length).toBeGreaterThan(40);
  const adapter = Buffer.from(encodeAdapter(await drawnAdapter(9, { side: 32 })));
  const uploads = Array.from({ length: 1000 }, (_, i) => ({ i, random: new Random(2021, i) }));
  const statuses = new Map<number, number>();
  let slowest = 0;
  const memory = process.memoryUsage.rss();
  await each(uploads, async ({ i, random }) => {
    const began = performance.now();
    const isAdapter = i % 8 === 0;
    const response = isAdapter
      ? await addAdapter(url, `x${i}`, damaged(adapter, random))
      : await send(damaged(files[i % files.length]!, random), random);
    const status = await expectClear(response);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    slowest = Math.max(slowest, performance.now() - began);
    if (status === 201) await fetch(`${url}/v1/adapters/x${i}`, { method: 'DELETE' });
  });
  const grown = (process.memoryUsage.rss() - memory) / 2 ** 20;
  const counts = [...statuses].map(([status, n]) => `${n} × ${status}`).join(', ');
  console.log(`${counts}; slowest ${(slowest / 1000).toFixed(1)} s; memory ${grown.toFixed(0)} MiB more`);
  expect(statuses.get(422)).toBeGreaterThan(200);
  expect(slowest).toBeLessThan(60_000);
  expect(grown).toBeLessThan(700);
  expect(await ask(image)).toEqual(before);
}, 600_000);

test('files that are hostile by design', async () => {
  for (const { name, bytes, readable } of await craftedFiles()) {
    const response = await fetch(`${url}/v1/predictions?adapter=one`, {
      method: 'POST',
      body: new Uint8Array(bytes),
      headers: { 'content-type': 'application/octet-stream' },
    });
    const status = await expectClear(response);
    expect(status === 200, `${name}: ${status}`).toBe(readable);
  }
  expect(await ask(image)).toEqual(before);
}, 240_000);

test('adapters that are hostile by design', async () => {
  const header = (json: string, length = json.length) => {
    const bytes = Buffer.alloc(8 + json.length);
    bytes.writeBigUInt64LE(BigInt(length));
    bytes.write(json, 8);
    return bytes;
  };
  const hostile = [
    Buffer.alloc(0),
    Buffer.alloc(7),
    header('{}', 2 ** 40),
    header(`${'['.repeat(1e5)}${']'.repeat(1e5)}`),
    header('{"__proto__":{"polluted":1},"__metadata__":{"format":"transfuse-adapter-1"}}'),
    header('{"x":{"dtype":"F32","shape":[4294967295,4294967295],"data_offsets":[0,4]}}'),
    header('{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,-4]}}'),
  ];
  for (const bytes of hostile) {
    const status = await expectClear(await addAdapter(url, 'bad', bytes));
    expect([400, 422]).toContain(status);
  }
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
  const good = encodeAdapter(await drawnAdapter(9, { side: 32 }));
  for (const name of ['..%2f..%2fetc', '%00', 'a b', '.hidden', 'x'.repeat(65), 'é']) {
    expect(await expectClear(await addAdapter(url, name, good)), name).toBeGreaterThanOrEqual(400);
  }
  // Names of classes come with adapters; the page shows them as text.
  const adapter = await drawnAdapter(9, { side: 32 });
  const scripted = { ...adapter, classes: ['healthy', '<script>alert(1)</script>'] };
  expect((await addAdapter(url, 'scripted', encodeAdapter(scripted))).status).toBe(201);
  expect(await (await fetch(url)).text()).not.toContain('<script>');
  await fetch(`${url}/v1/adapters/scripted`, { method: 'DELETE' });
}, 240_000);

test('requests that are hostile by design', async () => {
  const json = (body: string) =>
    fetch(`${url}/v1/predictions`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  const bodies = [
    'null',
    '[]',
    '{}',
    '{"images":[]}',
    '{"images":[{}]}',
    '{"images":[{"data":"@@@@"}]}',
    '{"images":[{"data":"AAAA","adapter":"../../etc"}]}',
    '{"images":[{"data":"AAAA","path":"/etc/passwd"}]}',
    '{"adapter":"nobody","images":[{"data":"AAAA"}]}',
    '{"__proto__":{"a":1},"images":[{"data":"AAAA"}]}',
    `{"images":${'['.repeat(50_000)}`,
  ];
  for (const body of bodies)
    expect(await expectClear(await json(body)), body.slice(0, 60)).toBeGreaterThanOrEqual(400);

  const form = (body: string, type = 'multipart/form-data; boundary=x') =>
    fetch(`${url}/v1/predictions?adapter=one`, { method: 'POST', body, headers: { 'content-type': type } });
  const part = '--x\r\ncontent-disposition: form-data; name="a"; filename="../a"\r\n\r\n';
  const forms = [
    form(''),
    form('--x--\r\n'),
    form(part),
    form(`${part}no end`),
    form(`--x\r\n\r\n\r\n--x--\r\n`),
    form('whatever', 'multipart/form-data'),
    form(`${'--x\r\ncontent-disposition: form-data; name="f"\r\n\r\nv\r\n'.repeat(500)}--x--\r\n`),
    form(`--x\r\n${'a: b\r\n'.repeat(5000)}\r\n\r\n--x--\r\n`),
  ];
  for (const [i, answer] of forms.entries()) {
    expect(await expectClear(await answer), `form ${i}`).toBeGreaterThanOrEqual(400);
  }
  expect(await ask(image)).toEqual(before);
}, 240_000);
