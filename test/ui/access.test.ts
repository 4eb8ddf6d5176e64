/** @file Who gets in: only who has the key of this start, only under this machine's names, only from its own page. */
import { request } from 'node:http';
import { expect, test } from 'vitest';
import { uiForTests } from './client.js';

const { client } = uiForTests();

/** A request with headers that `fetch` does not let one set. */
function bare(headers: Record<string, string>, method = 'GET', path = '/api/welcome'): Promise<number> {
  const { hostname, port } = client().url;
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    })
      .on('error', reject)
      .end();
  });
}

test('without the key nothing is said, in words where a person asks', async () => {
  const { url } = client();
  const answer = await fetch(new URL('/api/welcome', url));
  expect(answer.status).toBe(401);
  expect(await answer.json()).toMatchObject({ code: 'key-needed' });
  const page = await fetch(new URL('/', url), { headers: { accept: 'text/html' } });
  expect(page.status).toBe(401);
  expect(await page.text()).toMatch(/^Transfuse: open the address that transfuse ui printed/);
  const guessed = await fetch(new URL('/?key=guess', url), { redirect: 'manual' });
  expect(guessed.status).toBe(401);
});

test('the key in the address becomes a cookie that no script and no other page can use', async () => {
  const answer = await fetch(client().url, { redirect: 'manual' });
  expect(answer.status).toBe(303);
  expect(answer.headers.get('location')).toBe('/');
  const cookie = answer.headers.get('set-cookie')!;
  expect(cookie).toMatch(/; HttpOnly; SameSite=Strict; Path=\/$/);
  expect((await client().get('/api/welcome')).status).toBe(200);
});

test('a name that somebody else lets point here is refused', async () => {
  const { cookie, url } = client();
  expect(await bare({ cookie, host: url.host })).toBe(200);
  expect(await bare({ cookie, host: `evil.example:${url.port}` })).toBe(421);
  expect(await bare({ cookie, host: `127.0.0.1.evil.example:${url.port}` })).toBe(421);
});

test('other pages cannot have anything done', async () => {
  const { cookie, url } = client();
  const path = '/api/runs/stop?run=x';
  expect(await bare({ cookie, host: url.host, origin: 'https://evil.example' }, 'POST', path)).toBe(403);
  expect(await bare({ cookie, host: url.host, origin: 'null' }, 'POST', path)).toBe(403);
  expect(await bare({ cookie, host: url.host, origin: url.origin }, 'POST', path)).toBe(409);
});

test('browsers are told to load nothing from elsewhere', async () => {
  const { headers } = await client().get('/');
  expect(headers.get('content-security-policy')).toContain("default-src 'self'");
  expect(headers.get('content-security-policy')).not.toMatch(/https?:|unsafe/);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});
