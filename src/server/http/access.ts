/** @file Who may ask: anybody on this machine, or whoever knows the token; and no web page of somebody else's. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TransfuseError } from '../../errors.js';
import { Problem } from './problem.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without a token: health checks. */
    open?: boolean;
  }
}

export interface Access {
  /** The address to listen on. */
  readonly host: string;
  /** What a client must show; may be absent only on a loopback address. */
  readonly token?: string;
}

/** Short ones can be guessed. */
const SHORTEST_TOKEN = 16;

/** The environment variable that a token is read from. */
export const TOKEN_VARIABLE = 'TRANSFUSE_TOKEN';

/**
 * The token in a file, or else in the environment; it is no option of its own, as all users of a machine can see those.
 * @throws TransfuseError `bad-token`
 */
export function readToken(
  file: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  if (file === undefined) return env[TOKEN_VARIABLE] || undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new TransfuseError('bad-token', `cannot read the token in ${file}: ${(error as Error).message}`);
  }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Refuses to be reachable from elsewhere without a token.
 * @throws TransfuseError `token-needed`, `bad-token`
 */
export function checkAccess({ host, token }: Access): void {
  if (token === undefined && !isLoopback(host)) {
    throw new TransfuseError(
      'token-needed',
      `listening on ${host} lets other machines in, which needs a token: put one into a file and name it with --token-file, or into ${TOKEN_VARIABLE}; or listen on 127.0.0.1`,
    );
  }
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new TransfuseError('bad-token', 'the token must be ASCII characters without spaces');
  }
  if (token !== undefined && token.length < SHORTEST_TOKEN) {
    throw new TransfuseError(
      'bad-token',
      `the token has ${token.length} characters; at least ${SHORTEST_TOKEN} are needed, such as openssl rand -hex 24 gives`,
    );
  }
}

/** Turns away, before anything of it is read, every request that may not be answered. */
export function guard(app: FastifyInstance, { token }: Access): void {
  const expected = token === undefined ? undefined : digest(token);
  app.addHook('onRequest', async (request) => {
    if (expected === undefined) refuseForeignHost(request);
    refuseForeignOrigin(request);
    if (expected === undefined || request.routeOptions.config.open) return;
    const shown = shownToken(request.headers.authorization);
    if (shown !== undefined && timingSafeEqual(digest(shown), expected)) return;
    throw new Problem(401, 'token-needed', 'a valid token is needed: Authorization: Bearer TOKEN', {
      'www-authenticate': 'Bearer realm="transfuse", Basic realm="transfuse (any user, token as password)"',
    });
  });
}

/** A name that somebody else lets point at this machine must not make a browser take us for theirs (DNS rebinding). */
function refuseForeignHost({ host }: FastifyRequest): void {
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (isLoopback(name)) return;
  throw new Problem(421, 'wrong-host', 'this server answers on localhost only');
}

/** Browsers say from whose page a request comes that changes something. */
function refuseForeignOrigin({ headers: { origin, host }, method }: FastifyRequest): void {
  if (origin === undefined || method === 'GET' || method === 'HEAD') return;
  if (origin === `http://${host}` || origin === `https://${host}`) return;
  throw new Problem(403, 'foreign-origin', 'requests from pages of another origin are not answered');
}

/** Bearer tokens for programs; browsers ask people for a password, and send that with every request of a page. */
function shownToken(authorization: string | undefined): string | undefined {
  const [, scheme, value] = /^(Bearer|Basic) +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (value === undefined) return undefined;
  if (scheme!.toLowerCase() === 'bearer') return value;
  return Buffer.from(value, 'base64')
    .toString('latin1')
    .replace(/^[^:]*:/, '');
}

/** Equally long for all, as the comparison in constant time needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
