/** @file A drawing as a file of its own: title and legend above it, and what the page's style would give written into it. */
import { escapeText } from './html.js';
import type { LegendEntry } from './plot.js';
import { STYLE } from './style.js';

/** The light theme's colours by the names of their variables: the first definition of each. */
const colours = new Map<string, string>();
for (const [, name, value] of STYLE.matchAll(/(--[\w-]+):\s*(#[0-9a-f]{6})/g)) {
  if (!colours.has(name)) colours.set(name, value);
}

const FONT = 'system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Noto Sans, Arial, sans-serif';
const LINE = 19;
const MARGIN = 12;
const SWATCH = 20;
/** Of the legend's text, in CSS pixels; an estimate, as only a browser could measure it. */
const CHARACTER = 6.4;

/**
 * An SVG file, on white.
 * @param svg the markup of one SVG element with width and height
 */
export function standaloneSvg(
  svg: string,
  { title, legend }: { readonly title: string; readonly legend: readonly LegendEntry[] },
): string {
  const [width, height] = ['width', 'height'].map((name) =>
    Number(new RegExp(` ${name}="(\\d+)`).exec(svg)![1]),
  );
  const entries = arranged(legend, width);
  const header = MARGIN + 22 + LINE * ((entries.at(-1)?.line ?? -1) + 1);
  const total = header + height;
  const inner = svg.replace(/ xmlns="[^"]*"/, '').replace(/^<svg/, `<svg y="${header}"`);
  const whole = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${total}" viewBox="0 0 ${width} ${total}" font-family="${FONT}" font-size="12" color="var(--ink)" fill="currentColor">
<rect width="100%" height="100%" fill="var(--paper)"/>
<text x="${MARGIN}" y="${MARGIN + 12}" font-size="15" font-weight="600">${escapeText(title)}</text>
${entries.map(drawn).join('\n')}
${inner}
</svg>
`;
  return whole.replaceAll(/var\((--[\w-]+)\)/g, (variable, name) => colours.get(name) ?? variable);
}

interface Placed {
  readonly entry: LegendEntry;
  readonly x: number;
  readonly line: number;
}

/** As many entries a line as fit. */
function arranged(legend: readonly LegendEntry[], width: number): Placed[] {
  let [x, line] = [MARGIN, 0];
  return legend.map((entry) => {
    const taken = SWATCH + 8 + CHARACTER * textOf(entry).length + 16;
    if (x > MARGIN && x + taken > width) [x, line] = [MARGIN, line + 1];
    const placed = { entry, x, line };
    x += taken;
    return placed;
  });
}

function drawn({ entry, x, line }: Placed): string {
  const y = MARGIN + 22 + LINE * line + 10;
  const { colour, mark = 'line' } = entry;
  const middle = y - 4;
  const swatch =
    mark === 'dot'
      ? `<rect x="${x + 5}" y="${middle - 5}" width="10" height="10" rx="2" fill="${colour}"/>`
      : mark === 'ring'
        ? `<circle cx="${x + 10}" cy="${middle}" r="5" fill="none" stroke="${colour}" stroke-width="2"/>`
        : `<line x1="${x}" x2="${x + 18}" y1="${middle}" y2="${middle}" stroke="${colour}" stroke-width="2.5"${mark === 'dashed' ? ' stroke-dasharray="4 3"' : ''}/>`;
  return `${swatch}<text x="${x + SWATCH + 6}" y="${y}">${escapeText(textOf(entry))}</text>`;
}

function textOf({ label, value }: LegendEntry): string {
  return value === undefined ? label : `${label} ${value}`;
}
