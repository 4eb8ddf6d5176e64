/** @file The page that lists the adapters: plain HTML without scripts, readable in dark and light. */
import type { FastifyInstance } from 'fastify';
import { type Page, servePages } from '../http/index.js';
import type { Registry, Served } from '../registry.js';
import { trustNote } from '../trust.js';

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#c8ccd2, #42474f); --soft: light-dark(#545b66, #a9b1bc); }
body { margin: 2rem auto; padding: 0 1rem; max-width: 60rem; font: 1rem/1.5 system-ui, sans-serif;
  color: light-dark(#16191d, #e8ebef); background: light-dark(#fff, #16191d); }
h1 { font-size: 1.5rem; margin: 0 0 .25rem } h2 { font-size: 1.15rem; margin: 0 }
p { margin: .25rem 0 1rem } a { color: light-dark(#0b57d0, #8ab4f8) }
article { border-top: 1px solid var(--line); padding: 1rem 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .5rem 0 0 }
dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
pre { overflow-x: auto; padding: .75rem; border: 1px solid var(--line); border-radius: .4rem; font-size: .875rem }
@media (max-width: 32rem) { dl { grid-template-columns: 1fr } dd { margin-bottom: .4rem } }
`;

const style: Page = { type: 'text/css; charset=utf-8', body: STYLE };

export function pageRoutes(app: FastifyInstance, registry: Registry): void {
  servePages(app, new Map([['/style.css', style]]));
  app.get('/', { schema: { hide: true } }, async ({ host }, reply) =>
    reply.type('text/html; charset=utf-8').send(page(registry.list(), host)),
  );
}

function page(adapters: readonly Served[], host: string): string {
  const count = adapters.length === 1 ? '1 adapter is' : `${adapters.length} adapters are`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Transfuse: adapters</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="data:,">
<main>
<h1>Adapters</h1>
<p>${count} served. <a href="/openapi.json">OpenAPI description</a> · <a href="/metrics">Metrics</a></p>
${adapters.map(section).join('\n')}
<h2>Ask for a prediction</h2>
<pre tabindex="0">curl --data-binary @image.png --header 'content-type: image/png' \\
  'http://${escaped(host)}/v1/predictions?adapter=${escaped(adapters[0]?.name ?? 'NAME')}'</pre>
</main>
</html>
`;
}

function section({ name, adapter, trust }: Served): string {
  const { task, classes, height, width, method, base, thresholds } = adapter;
  const rows = [
    ['Classes', classes.join(', ')],
    ['Task', task],
    [
      'Threshold',
      thresholds === null ? 'the most probable class' : thresholds.map((t) => t.toFixed(3)).join(', '),
    ],
    ['Image size', `${height} × ${width} pixels`],
    ['Base', `${base.name} (sha256 ${base.sha256.slice(0, 12)}…)`],
    ['Method', method],
    ['Trust', trustNote(trust)],
  ];
  const list = rows.map(([term, text]) => `<dt>${term}</dt><dd>${escaped(text!)}</dd>`).join('');
  return `<article><h2>${escaped(name)}</h2><dl>${list}</dl></article>`;
}

/** Names of classes come with adapters, and may be anything. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
