/**
 * @file The built page, and a static host for it: files of one folder, with or without the headers that the local
 * page's server sends.
 */
import { createReadStream, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { BROWSER_PAGE_POLICY } from '../../src/ui/server/browser-page.js';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

export interface StaticHost {
  readonly url: string;
  close(): void;
}

export async function serveStatically(
  folder: string,
  { isolated }: { isolated: boolean },
): Promise<StaticHost> {
  const server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://localhost');
    const file = path.join(folder, pathname.endsWith('/') ? `${pathname}index.html` : pathname);
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return response.writeHead(404).end();
    response.writeHead(200, {
      'content-type': types[path.extname(file)] ?? 'application/octet-stream',
      ...(isolated && {
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
        'content-security-policy': BROWSER_PAGE_POLICY,
      }),
    });
    return createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

/** Bundles the page as the package has it. */
export async function buildBrowserPage(outDir: string): Promise<void> {
  const { build } = await import('vite');
  const root = path.resolve(import.meta.dirname, '../../src/browser/page');
  await build({ root, configFile: path.join(root, 'vite.config.ts'), build: { outDir }, logLevel: 'warn' });
}
