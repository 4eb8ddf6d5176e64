/** @file The page that needs nothing but a browser, offered beside the local one: files of ours, sent from the disk. */
import { createReadStream, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { mediaType } from '../../server/http/index.js';

const PREFIX = '/browser/';

/** ONNX Runtime compiles WebAssembly; blobs are what the page itself makes, for downloads and previews. */
export const BROWSER_PAGE_POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/**
 * Adds a route per file below `folder`; they are too large to be kept in memory for those who never come. The names of
 * assets change with their contents, so that browsers need not ask for them twice.
 */
export function serveBrowserPage(app: FastifyInstance, folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const type = mediaType(entry.name);
    const address = PREFIX + path.relative(folder, file).split(path.sep).join('/');
    const isPage = entry.name === 'index.html';
    const isForEver = address.startsWith(`${PREFIX}assets/`);
    app.get(isPage ? PREFIX : address, { schema: { hide: true } }, (_request, reply) =>
      reply
        .header('content-security-policy', BROWSER_PAGE_POLICY)
        .header('cache-control', isForEver ? 'private, max-age=31536000, immutable' : 'no-cache')
        .header('content-length', statSync(file).size)
        .type(type)
        .send(createReadStream(file)),
    );
  }
}
