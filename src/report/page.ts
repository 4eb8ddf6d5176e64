/** @file The skeleton of a page that stands alone: no script, no request, everything inside. */
import { type Content, html, trusted } from './html.js';
import { STYLE } from './style.js';

/** Forbids the page whatever it does not need, should anything hostile ever get past the escaping. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

export function page(title: string, body: Content): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body><main>${body}</main></body>
</html>
`.markup;
}
