/**
 * @file Who may use the page: whoever opened the address that was printed when it started. The key in that address
 * becomes a cookie, which other web pages can neither read nor have sent; it is good until the server ends.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from '../../server/http/index.js';

export function newKey(): string {
  return randomBytes(24).toString('base64url');
}

/** Turns away every request that does not bring the key; one that has it in its address gets the cookie. */
export function requireKey(app: FastifyInstance, key: string): void {
  app.addHook('onRequest', async (request, reply) => {
    const { host = '' } = request.headers;
    // Cookies do not tell ports apart, so that two pages on one machine need two names.
    const name = `transfuse-${/:(\d+)$/.exec(host)?.[1] ?? '80'}`;
    if (isSame(cookieOf(request, name), key)) return;
    const url = new URL(request.url, 'http://localhost');
    if (request.method === 'GET' && isSame(url.searchParams.get('key') ?? '', key)) {
      url.searchParams.delete('key');
      return reply
        .header('set-cookie', `${name}=${key}; HttpOnly; SameSite=Strict; Path=/`)
        .redirect(url.pathname + url.search, 303);
    }
    const advice =
      'open the address that transfuse ui printed when it started; an older one is no longer good';
    if (!request.headers.accept?.includes('text/html')) throw new Problem(401, 'key-needed', advice);
    return reply.code(401).type('text/plain; charset=utf-8').send(`Transfuse: ${advice}\n`);
  });
}

function cookieOf({ headers: { cookie = '' } }: FastifyRequest, name: string): string {
  const pairs = cookie.split(/; */).map((pair) => pair.split('=', 2));
  return pairs.find(([own]) => own === name)?.[1] ?? '';
}

function isSame(given: string, key: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(key)];
  return a.length === b.length && timingSafeEqual(a, b);
}
