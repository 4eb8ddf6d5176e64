/** @file A drawing as a file of its own: what the page's style would have given is written into it. */
import { STYLE } from './style.js';

/** The light theme's colours by the names of their variables: the first definition of each. */
const colours = new Map<string, string>();
for (const [, name, value] of STYLE.matchAll(/(--[\w-]+):\s*(#[0-9a-f]{6})/g)) {
  if (!colours.has(name)) colours.set(name, value);
}

const FONT = 'system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Noto Sans, Arial, sans-serif';

/** An SVG file, on white. @param svg the markup of one SVG element */
export function standaloneSvg(svg: string): string {
  const coloured = svg.replaceAll(/var\((--[\w-]+)\)/g, (whole, name) => colours.get(name) ?? whole);
  const attributes = `xmlns="http://www.w3.org/2000/svg" font-family="${FONT}" color="${colours.get('--ink')}"`;
  const background = `<rect width="100%" height="100%" fill="${colours.get('--paper')}"/>`;
  return `${coloured
    .replace(/ xmlns="[^"]*"/, '')
    .replace(/^<svg/, `<svg ${attributes}`)
    .replace('>', `>${background}`)}\n`;
}
