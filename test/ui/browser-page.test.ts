/** @file The local page's server offers the page that needs nothing but a browser: isolated, and only to who has the key. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startUi, type Ui } from '../../src/ui/server/ui-server.js';

const folder = mkdtempSync(path.join(tmpdir(), 'transfuse-ui-browser-'));
const page = path.join(folder, 'page');
const browserPage = path.join(folder, 'browser');
let ui: Ui;

beforeAll(async () => {
  mkdirSync(page);
  mkdirSync(path.join(browserPage, 'assets'), { recursive: true });
  writeFileSync(path.join(page, 'index.html'), '<title>local</title>');
  writeFileSync(path.join(browserPage, 'index.html'), '<title>tab</title>');
  writeFileSync(path.join(browserPage, 'assets/ort-1.wasm'), 'wasm');
  writeFileSync(path.join(browserPage, 'assets/petri-1.safetensors'), 'weights');
  ui = await startUi({ port: 0, runs: path.join(folder, 'runs'), page, browserPage });
});

afterAll(async () => {
  await ui.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(address: string, withKey = true): Promise<Response> {
  const { headers } = await fetch(ui.url, { redirect: 'manual' });
  const cookie = headers.get('set-cookie')!.split(';')[0]!;
  return fetch(new URL(address, ui.url), { headers: withKey ? { cookie } : {}, redirect: 'manual' });
}

test('the page may compile WebAssembly and is isolated, so that threads are allowed', async () => {
  const answer = await ask('/browser/');
  expect(await answer.text()).toBe('<title>tab</title>');
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(answer.headers.get('content-security-policy')).toContain("script-src 'self' 'wasm-unsafe-eval'");
  expect(answer.headers.get('cross-origin-opener-policy')).toBe('same-origin');
  expect(answer.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
  expect(answer.headers.get('cache-control')).toBe('no-cache');
});

test.each([
  ['ort-1.wasm', 'application/wasm', 'wasm'],
  ['petri-1.safetensors', 'application/octet-stream', 'weights'],
])('%s is sent from the disk, to be kept', async (name, type, body) => {
  const answer = await ask(`/browser/assets/${name}`);
  expect(answer.headers.get('content-type')).toBe(type);
  expect(answer.headers.get('cache-control')).toContain('immutable');
  expect(await answer.text()).toBe(body);
});

test('without the key there is nothing, and nothing but its files is ever sent', async () => {
  expect((await ask('/browser/', false)).status).toBe(401);
  expect((await ask('/browser/assets/ort-1.wasm', false)).status).toBe(401);
  expect((await ask('/browser/..%2fpage%2findex.html')).status).toBe(404);
});
