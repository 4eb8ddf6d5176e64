/** @file Pages and what they load, read once and served from memory: no path of a client's is ever opened. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type {} from '@fastify/swagger'; // declares that routes can be hidden from the OpenAPI description
import type { FastifyInstance } from 'fastify';
import { internal } from '../../errors.js';

export interface Page {
  readonly type: string;
  readonly body: string | Uint8Array;
}

/** Media types by extension: those that our own pages are made of. */
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.safetensors': 'application/octet-stream',
};

/** @param name of a file of our own pages */
export function mediaType(name: string): string {
  const type = types[path.extname(name)];
  if (type === undefined) throw internal(`${name} has no media type`);
  return type;
}

/** Everything below a folder of ours, by address: `index.html` also stands for its folder. */
export function readPages(folder: string, prefix = '/'): ReadonlyMap<string, Page> {
  const pages = new Map<string, Page>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const type = mediaType(entry.name);
    const address = prefix + path.relative(folder, file).split(path.sep).join('/');
    const page = { type, body: readFileSync(file) };
    pages.set(address, page);
    if (entry.name === 'index.html') pages.set(address.slice(0, -entry.name.length), page);
  }
  return pages;
}

/** Adds a route per page. Browsers ask each time whether it has changed, and are told so in a word. */
export function servePages(app: FastifyInstance, pages: ReadonlyMap<string, Page>): void {
  for (const [address, { type, body }] of pages) {
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    app.get(address, { schema: { hide: true } }, (request, reply) => {
      reply.header('cache-control', 'no-cache').header('etag', etag);
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      return reply.type(type).send(body);
    });
  }
}
