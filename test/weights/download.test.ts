/** Downloads from a local server that drops, stalls, corrupts, redirects and forgets how to resume. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type DownloadOptions, type DownloadProgress, download } from '../../src/weights/download.js';
import { exclusively } from '../../src/weights/exclusive.js';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i + (i >> 8)) % 251));
const md5 = createHash('md5').update(content).digest('hex');
const sha256 = createHash('sha256').update(content).digest('hex');
const ETAG = '"v1"';

type Answer = (request: IncomingMessage, response: ServerResponse, number: number) => void;

let folder: string;
let file: string;
let requests: IncomingMessage[];
let answer: Answer;
const sockets = new Set<Socket>();
const server = createServer((request, response) => {
  requests.push(request);
  answer(request, response, requests.length);
});
server.on('connection', (socket) => {
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
});
let origin: string;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'transfuse-download-'));
  file = path.join(folder, 'weights', 'x.h5');
  requests = [];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

/** As a sound server does it: the rest where a range of the same version is asked for, else everything. */
const sound: Answer = ({ headers }, response) => {
  const from = headers['if-range'] === ETAG ? Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0) : 0;
  const rest = content.subarray(from);
  response.writeHead(from > 0 ? 206 : 200, {
    etag: ETAG,
    'content-length': rest.length,
    ...(from > 0 && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
  });
  response.end(rest);
};

/** Waits until so much has come: what is on its way when a connection breaks may be lost. */
async function arrived(bytes: number): Promise<void> {
  await vi.waitFor(() => expect(statSync(`${file}.part`).size).toBe(bytes), { timeout: 20_000, interval: 5 });
}

/** Announces everything, sends a part, and then does something else. */
const partly =
  (length: number, then: (socket: Socket) => void, part = content): Answer =>
  (_, response) => {
    response.writeHead(200, { etag: ETAG, 'content-length': part.length });
    response.write(part.subarray(0, length));
    void arrived(length).then(() => then(response.socket!));
  };

const get = (options: DownloadOptions = {}) =>
  download(`${origin}/x.h5`, file, { pauseSeconds: 0.01, stallSeconds: 1, ...options });

const left = () => (existsSync(path.dirname(file)) ? readdirSync(path.dirname(file)).sort() : []);

test('a whole file, with progress, under its name alone', async () => {
  answer = sound;
  const progress: DownloadProgress[] = [];
  await get({ checksum: { algorithm: 'md5', hex: md5 }, onProgress: (state) => progress.push(state) });
  expect(readFileSync(file).equals(content)).toBe(true);
  expect(left()).toEqual(['x.h5']);
  expect(progress.at(-1)).toMatchObject({ received: content.length, total: content.length });
  expect(progress.at(-1)!.bytesPerSecond).toBeGreaterThan(0);
});

test('the first digits of a SHA-256 are enough', async () => {
  answer = sound;
  await get({ checksum: { algorithm: 'sha256', hex: sha256.slice(0, 8) } });
  expect(left()).toEqual(['x.h5']);
});

test('a connection that drops three times goes on each time where it broke', async () => {
  answer = (request, response, number) => {
    if (number === 1) return partly(100_000, (socket) => socket.destroy())(request, response, number);
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range!)![1]);
    if (number === 4) return sound(request, response, number);
    response.writeHead(206, {
      'content-length': content.length - from,
      'content-range': `bytes ${from}-${content.length - 1}/${content.length}`,
    });
    response.write(content.subarray(from, from + 50_000));
    void arrived(from + 50_000).then(() => response.destroy());
  };
  await get({ checksum: { algorithm: 'md5', hex: md5 } });
  expect(requests.map(({ headers }) => headers.range)).toEqual([
    undefined,
    'bytes=100000-',
    'bytes=150000-',
    'bytes=200000-',
  ]);
  expect(requests[1]!.headers['if-range']).toBe(ETAG);
});

test('a server that stalls is asked again', async () => {
  answer = (request, response, number) =>
    (number === 1 ? partly(120_000, () => undefined) : sound)(request, response, number);
  await get({ checksum: { algorithm: 'md5', hex: md5 } });
  expect(requests).toHaveLength(2);
  expect(requests[1]!.headers.range).toBe('bytes=120000-');
});

test('a server that always stalls is given up, and what came stays for the next time', async () => {
  answer = (request, response, number) => {
    if (number === 1) return partly(120_000, () => undefined)(request, response, number);
    // and says nothing ever after
  };
  await expect(get()).rejects.toMatchObject({
    code: 'download-failed',
    message: expect.stringMatching(/does not answer; the 0\.1 MB that came are kept in .*x\.h5\.part/),
  });
  expect(existsSync(file)).toBe(false);
  expect(statSync(`${file}.part`).size).toBe(120_000);
  answer = sound;
  requests = [];
  await get({ checksum: { algorithm: 'md5', hex: md5 } });
  expect(requests[0]!.headers.range).toBe('bytes=120000-');
  expect(left()).toEqual(['x.h5']);
});

test('a server that ignores ranges sends everything again', async () => {
  answer = (request, response, number) => {
    if (number === 1) return partly(90_000, (socket) => socket.destroy())(request, response, number);
    delete request.headers['if-range'];
    sound(request, response, number);
  };
  await get({ checksum: { algorithm: 'md5', hex: md5 } });
  expect(readFileSync(file).equals(content)).toBe(true);
});

test('a server with another version meanwhile, or another range, begins anew', async () => {
  answer = (request, response, number) => {
    if (number === 1) return partly(90_000, (socket) => socket.destroy())(request, response, number);
    if (number === 2) {
      response.writeHead(206, { 'content-range': 'bytes 10-20/300000', 'content-length': 10 });
      return response.end(Buffer.alloc(10));
    }
    if (number === 3) return sound(request, response, number);
  };
  await get({ checksum: { algorithm: 'md5', hex: md5 } });
  expect(requests[2]!.headers.range).toBeUndefined();
});

test('a server that tells no version is never resumed from', async () => {
  answer = (_, response, number) => {
    response.writeHead(200, { 'content-length': content.length });
    if (number > 1) return response.end(content);
    response.write(content.subarray(0, 1000), () => setTimeout(() => response.destroy(), 30));
  };
  await get({ checksum: { algorithm: 'md5', hex: md5 } });
  expect(requests[1]!.headers.range).toBeUndefined();
});

test('a part that is longer than the file begins anew', async () => {
  answer = (request, response, number) => {
    if (request.headers.range) return response.writeHead(416).end();
    return sound(request, response, number);
  };
  await get();
  rmSync(file);
  writeFileSync(`${file}.part`, Buffer.alloc(400_000));
  writeFileSync(`${file}.part.tag`, ETAG);
  await get({ checksum: { algorithm: 'md5', hex: md5 } });
  expect(readFileSync(file).equals(content)).toBe(true);
});

test('a corrupted file is removed, and the next try is a fresh one', async () => {
  const corrupted = Buffer.from(content);
  corrupted[1234]! ^= 1;
  answer = (_, response) => response.writeHead(200, { etag: ETAG }).end(corrupted);
  await expect(get({ checksum: { algorithm: 'md5', hex: md5 } })).rejects.toMatchObject({
    code: 'download-corrupt',
    message: expect.stringContaining(`instead of ${md5}; it was removed, so try again`),
  });
  expect(left()).toEqual([]);
  answer = sound;
  await get({ checksum: { algorithm: 'md5', hex: md5 } });
  expect(left()).toEqual(['x.h5']);
});

test('redirects are followed', async () => {
  answer = (request, response, number) =>
    request.url === '/x.h5'
      ? response.writeHead(302, { location: '/y' }).end()
      : sound(request, response, number);
  await get({ checksum: { algorithm: 'md5', hex: md5 } });
});

describe('refusals, in one line', () => {
  test.each<[string, Answer, RegExp]>([
    ['not found', (_, response) => response.writeHead(404).end(), /the server answered 404 \(not found\)$/],
    ['forbidden', (_, response) => response.writeHead(403).end(), /answered 403 \(forbidden\)$/],
    [
      'a page to log in',
      (_, response) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>'),
      /a web page came instead of the file; perhaps the network wants you to log in first$/,
    ],
    ['broken for good', (_, response) => response.writeHead(503).end(), /the server answered 503$/],
    ['gone silent', () => undefined, /the server does not answer$/],
    ['dropping', (request) => request.socket.destroy(), /the connection broke$/],
  ])('%s', async (_, how, message) => {
    answer = how;
    await expect(get()).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringMatching(message),
    });
    expect(existsSync(file)).toBe(false);
  });

  test('nobody listens, or there is no such host', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    await expect(download(`http://127.0.0.1:${port}/x`, file)).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringMatching(/the connection was refused$/),
    });
    await expect(download('http://no-such-host.invalid/x', file)).rejects.toMatchObject({
      message: expect.stringMatching(
        /the server’s name (is not known|cannot be looked up) \(is there a network\?\)/,
      ),
    });
  });

  test.skipIf(!existsSync('/dev/full'))('a full disk', async () => {
    answer = sound;
    const { symlinkSync, mkdirSync } = await import('node:fs');
    mkdirSync(path.dirname(file));
    symlinkSync('/dev/full', `${file}.part`);
    await expect(get()).rejects.toMatchObject({
      code: 'cannot-write',
      message: expect.stringMatching(/the disk is full$/),
    });
    expect(left()).toEqual([]);
  });

  test('more than the disk has room for is not even begun', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': 1e15 });
      response.write('x');
    };
    await expect(get()).rejects.toMatchObject({
      code: 'cannot-write',
      message: expect.stringMatching(/it needs 1000000000\.0 MB, but only .* MB are free there/),
    });
  });

  test('a folder that cannot be made', async () => {
    writeFileSync(path.join(folder, 'weights'), '');
    await expect(get()).rejects.toMatchObject({ code: 'cannot-write' });
  });
});

test('an abort ends it at once, and the part stays', async () => {
  answer = partly(100_000, () => undefined);
  const stop = new AbortController();
  const begun = get({
    signal: stop.signal,
    stallSeconds: 60,
    onProgress: () => stop.abort(new Error('enough')),
  });
  await expect(begun).rejects.toThrow('enough');
  expect(statSync(`${file}.part`).size).toBeGreaterThan(0);
});

describe('a proxy', () => {
  test('of HTTP_PROXY is used, but not for those of NO_PROXY', async () => {
    answer = sound;
    const asked: string[] = [];
    const proxy = createServer((_, response) => response.writeHead(502).end());
    proxy.on('connect', (request, socket: Socket) => {
      asked.push(request.url!);
      const port = Number(new URL(origin).port);
      const onward = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.pipe(socket);
        socket.pipe(onward);
      });
      for (const end of [socket, onward]) end.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    try {
      vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
      vi.stubEnv('NO_PROXY', '127.0.0.1');
      await get();
      expect(asked).toEqual([]);
      vi.stubEnv('NO_PROXY', '');
      await download('http://weights.example/x.h5', file, { checksum: { algorithm: 'md5', hex: md5 } });
      expect(asked).toEqual(['weights.example:80']);
    } finally {
      await new Promise((resolve) => proxy.close(resolve));
    }
  });

  test('that refuses is named', async () => {
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9');
    vi.stubEnv('NO_PROXY', '');
    await expect(download('http://weights.example/x.h5', file)).rejects.toMatchObject({
      code: 'download-failed',
    });
  });
});

describe('one process at a time', () => {
  test('others wait, and a lock whose process has ended is taken over', async () => {
    const lock = path.join(folder, 'x.lock');
    writeFileSync(lock, '999999999');
    const order: string[] = [];
    const work = (name: string) => async () => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      order.push(`${name} ends`);
    };
    await exclusively(lock, async () => {
      const second = exclusively(lock, work('second'));
      await work('first')();
      order.push('first lets go');
      // The second cannot begin before the lock is gone, so it is not waited for here.
      void second.then(() => order.push('done'));
    });
    await vi.waitFor(() => expect(order).toContain('done'));
    expect(order).toEqual([
      'first begins',
      'first ends',
      'first lets go',
      'second begins',
      'second ends',
      'done',
    ]);
    expect(existsSync(lock)).toBe(false);
  });
});
