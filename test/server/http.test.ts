import { request as rawRequest } from 'node:http';
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { TransfuseError } from '../../src/errors.js';
import {
  type AppOptions,
  createApp,
  type Listening,
  listen,
  Problem,
  servePages,
} from '../../src/server/http/index.js';

const TOKEN = 'correct-horse-battery-staple';
let listening: Listening | undefined;
afterEach(async () => {
  await listening?.close();
  listening = undefined;
});

async function start(options: Partial<AppOptions> = {}, routes: (app: FastifyInstance) => void = () => {}) {
  const app = await createApp({ host: '127.0.0.1', ...options });
  app.get('/open', { config: { open: true } }, async () => 'open');
  app.get('/hello', async () => ({ hello: 'world' }));
  app.post('/echo', async ({ body }) => body);
  routes(app);
  listening = await listen(app, { host: '127.0.0.1', port: 0, graceSeconds: 5 });
  return listening.url;
}

/** With headers that `fetch` does not let one set. */
function get(url: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    rawRequest(url, { headers, method }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    })
      .on('error', reject)
      .end();
  });
}

async function problem(response: Response) {
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  const body = (await response.json()) as { status: number; code: string };
  expect(body).toEqual({
    type: 'about:blank',
    title: expect.any(String),
    status: response.status,
    detail: expect.any(String),
    code: expect.stringMatching(/^[a-z0-9-]+$/),
  });
  return body;
}

describe('who may ask', () => {
  test.each(['0.0.0.0', '::', '192.168.1.7', 'example.org'])(
    'nobody listens on %s without a token',
    async (host) => {
      await expect(createApp({ host })).rejects.toMatchObject({ code: 'token-needed' });
    },
  );

  test('a short token, or one that no header can carry, is refused', async () => {
    await expect(createApp({ host: '::', token: 'secret' })).rejects.toMatchObject({ code: 'bad-token' });
    await expect(createApp({ host: '::', token: 'correct horse battery' })).rejects.toMatchObject({
      code: 'bad-token',
    });
  });

  test('with a token, only who shows it is answered, but for health', async () => {
    const url = await start({ token: TOKEN });
    expect((await fetch(`${url}/open`)).status).toBe(200);
    const without = await fetch(`${url}/hello`);
    expect(without.status).toBe(401);
    expect(without.headers.get('www-authenticate')).toContain('Bearer');
    expect((await problem(without)).code).toBe('token-needed');
    const withToken = (authorization: string) => fetch(`${url}/hello`, { headers: { authorization } });
    expect((await withToken(`Bearer ${TOKEN}`)).status).toBe(200);
    expect((await withToken(`Basic ${btoa(`anybody:${TOKEN}`)}`)).status).toBe(200);
    for (const wrong of [
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN.slice(1)}`,
      'Bearer',
      `Basic ${btoa(TOKEN.slice(1))}`,
      TOKEN,
    ]) {
      expect((await withToken(wrong)).status, wrong).toBe(401);
    }
    expect((await fetch(`${url}/nowhere`)).status).toBe(401);
  });

  test('on loopback without a token, no other name and no page of another origin is served', async () => {
    const url = await start();
    const { host, port } = new URL(url);
    expect(await get(`${url}/hello`, { host })).toBe(200);
    expect(await get(`${url}/hello`, { host: `localhost:${port}` })).toBe(200);
    expect(await get(`${url}/hello`, { host: `evil.example:${port}` })).toBe(421);
    expect(await get(`${url}/hello`, { host: `127.0.0.1.evil.example:${port}` })).toBe(421);
    expect(await get(`${url}/echo`, { host, origin: 'http://evil.example' }, 'POST')).toBe(403);
    expect(await get(`${url}/echo`, { host, origin: 'null' }, 'POST')).toBe(403);
    expect(await get(`${url}/echo`, { host, origin: `http://${host}` }, 'POST')).toBe(200);
  });
});

describe('answers', () => {
  test('pages come with headers that let them load nothing from elsewhere, and no answer is kept', async () => {
    const url = await start();
    const { headers } = await fetch(`${url}/hello`);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  test('errors are problem documents: ours with their code, bugs without what they were', async () => {
    const bugs: unknown[] = [];
    const options = { statuses: { teapot: 418 }, onBug: (error: unknown) => bugs.push(error) };
    const url = await start(options, (app) => {
      app.get('/teapot', async () => {
        throw new TransfuseError('teapot', 'short and stout');
      });
      app.get('/busy', async () => {
        throw new Problem(429, 'busy', 'too many', { 'retry-after': '3' });
      });
      app.get('/bug', async () => {
        throw new Error('Jane Doe, born 1970');
      });
    });
    const teapot = await fetch(`${url}/teapot`);
    expect(await problem(teapot)).toMatchObject({ status: 418, code: 'teapot', detail: 'short and stout' });
    const busy = await fetch(`${url}/busy`);
    expect(busy.headers.get('retry-after')).toBe('3');
    expect(await problem(busy)).toMatchObject({ status: 429, title: 'Too Many Requests' });
    const bug = await problem(await fetch(`${url}/bug`));
    expect(bug).toMatchObject({ status: 500, code: 'internal-error' });
    expect(JSON.stringify(bug)).not.toContain('Jane');
    expect(bugs).toHaveLength(1);
  });

  test('what is not there, not allowed, not JSON or too large is said so', async () => {
    const url = await start({ bodyLimit: 100 });
    expect(await problem(await fetch(`${url}/nowhere`))).toMatchObject({ status: 404 });
    const wrongMethod = await fetch(`${url}/hello`, { method: 'DELETE' });
    expect(wrongMethod.headers.get('allow')).toBe('GET');
    expect(await problem(wrongMethod)).toMatchObject({ status: 405 });
    const post = (body: string, type = 'application/json') =>
      fetch(`${url}/echo`, { method: 'POST', body, headers: { 'content-type': type } });
    expect(await problem(await post('{'))).toMatchObject({ status: 400 });
    expect(await problem(await post('{"__proto__": {"a": 1}}'))).toMatchObject({ status: 400 });
    expect(await problem(await post('<xml/>', 'text/xml'))).toMatchObject({ status: 415 });
    expect(await problem(await post(`"${'x'.repeat(100)}"`))).toMatchObject({ status: 413 });
    expect(await problem(await fetch(`${url}/%zz`))).toMatchObject({ status: 400 });
    expect(await problem(await fetch(`${url}/${'x'.repeat(20_000)}`))).toMatchObject({ status: 431 });
  });

  test('what is no HTTP is answered, too', async () => {
    const url = new URL(await start());
    const said = await new Promise<string>((resolve) => {
      const socket = connect(Number(url.port), url.hostname, () => socket.end('\0\x01 nonsense\r\n\r\n'));
      let text = '';
      socket.on('data', (data) => (text += data)).on('close', () => resolve(text));
    });
    expect(said).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(said.split('\r\n\r\n')[1]!)).toMatchObject({ status: 400, code: 'bad-request' });
  });

  test('an answer that takes too long is given up', async () => {
    const url = await start({ answerSeconds: 0.2 }, (app) => {
      app.get('/never', () => new Promise(() => {}));
    });
    const response = await fetch(`${url}/never`);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await problem(response)).toMatchObject({ status: 503, code: 'timeout' });
  });
});

test('pages are served from memory, and are not sent twice', async () => {
  const page = { type: 'text/html; charset=utf-8', body: '<!doctype html><title>x</title>' };
  const url = await start({}, (app) => servePages(app, new Map([['/page/', page]])));
  const first = await fetch(`${url}/page/`);
  expect(await first.text()).toBe(page.body);
  expect(first.headers.get('content-type')).toBe(page.type);
  const etag = first.headers.get('etag')!;
  expect((await fetch(`${url}/page/`, { headers: { 'if-none-match': etag } })).status).toBe(304);
  expect((await fetch(`${url}/page/..%2f..%2fpackage.json`)).status).toBe(404);
});

test('closing finishes what was accepted, and takes nothing new', async () => {
  let finish = () => {};
  let begun = () => {};
  const started = new Promise<void>((resolve) => (begun = resolve));
  const url = await start({}, (app) => {
    app.get('/slow', async () => {
      begun();
      await new Promise<void>((resolve) => (finish = resolve));
      return 'done';
    });
  });
  const slow = fetch(`${url}/slow`);
  await started;
  const closed = listening!.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  await expect(fetch(`${url}/hello`)).rejects.toThrow();
  finish();
  expect(await (await slow).text()).toBe('done');
  await closed;
});

test('a port that is taken is said in one line', async () => {
  const url = new URL(await start());
  const other = await createApp({ host: '127.0.0.1' });
  await expect(listen(other, { host: '127.0.0.1', port: Number(url.port) })).rejects.toMatchObject({
    code: 'cannot-listen',
  });
});
