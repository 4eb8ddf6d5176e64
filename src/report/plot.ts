/** @file Draws a chart with Observable Plot into inline SVG, once for wide and once for narrow screens. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { type Html, html, trusted } from './html.js';

/** Colours as CSS variables, so that one drawing serves light and dark; told apart by colour-blind readers too. */
export const SERIES = Array.from({ length: 8 }, (_, k) => `var(--series-${k + 1})`);
export const INK = 'currentColor';
export const MUTED = 'var(--muted)';
export const FAINT = 'var(--line)';

/** Width of the drawing in CSS pixels: half a laptop's page, or a phone's. */
export const WIDE = 520;
export const NARROW = 350;

/** A drawing as wide as the page and one for phones, described by one sentence for those who cannot see it. */
export function chart(description: string, options: (width: number) => Plot.PlotOptions): Html {
  const drawn = [
    drawing(description, WIDE, options, 'wide'),
    drawing(description, NARROW, options, 'narrow'),
  ].map(trusted);
  return html`<div class="chart">${drawn}</div>`;
}

/** One drawing of the given width in CSS pixels, as an SVG element whose colours are the page's. */
export function drawing(
  description: string,
  width: number,
  options: (width: number) => Plot.PlotOptions,
  name = 'plot',
): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({
    document,
    width,
    className: 'plot',
    ariaLabel: description,
    marginTop: 16,
    marginRight: 16,
    marginBottom: 40,
    marginLeft: 52,
    ...options(width),
  });
  svg.querySelector('style')?.remove();
  svg.setAttribute('class', name);
  svg.setAttribute('role', 'img');
  svg.removeAttribute('font-family');
  svg.setAttribute('font-size', '12');
  return svg.outerHTML;
}

/** The axis below, without a line; a tick's text may be empty to leave it out. */
export function axisBelow(label: string, options: Plot.AxisXOptions = {}): Plot.Markish {
  return Plot.axisX({ ...AXIS, label, labelOffset: 34, ...options });
}

/** The axis at the left, without a line, with horizontal grid lines. */
export function axisLeft(label: string | null, options: Plot.AxisYOptions = {}): Plot.Markish {
  return [
    Plot.gridY({ ...GRID, ticks: options.ticks ?? AXIS.ticks }),
    Plot.axisY({ ...AXIS, label, labelOffset: 46, ...options }),
  ];
}

/** Vertical grid lines, for axes that are both to be read. */
export function verticalGrid(): Plot.Markish {
  return Plot.gridX(GRID);
}

/** The line from (0, 0) to (1, 1). */
export function diagonal(): Plot.Markish {
  return Plot.link([0], {
    x1: 0,
    y1: 0,
    x2: 1,
    y2: 1,
    stroke: MUTED,
    strokeWidth: 1.25,
    strokeDasharray: '3 4',
  });
}

const AXIS = { ticks: 5, tickSize: 0, fill: MUTED, labelAnchor: 'center', labelArrow: 'none' } as const;
const GRID = { stroke: FAINT, strokeOpacity: 1, ticks: 5 } as const;

/** One entry of a legend, drawn in HTML so that its text wraps and scales with the page. */
export interface LegendEntry {
  label: string;
  /** A value shown after the label. */
  value?: string;
  colour: string;
  mark?: 'line' | 'dashed' | 'dot' | 'ring';
}

export function legend(entries: readonly LegendEntry[]): Html {
  const items = entries.map(
    ({ label, value, colour, mark = 'line' }) =>
      html`<li><i class="${mark}" style="color:${colour}"></i>${label}${value && html` <b>${value}</b>`}</li>`,
  );
  return html`<ul class="legend">${items}</ul>`;
}

/** Leaves out points that no eye could tell from the last one kept; the ends stay. @param x, y in [0, 1] */
export function thinned<T>(points: readonly T[], x: (point: T) => number, y: (point: T) => number): T[] {
  let last = points[0];
  return points.filter((point, i) => {
    const distance = Math.abs(x(point) - x(last)) + Math.abs(y(point) - y(last));
    if (i > 0 && i < points.length - 1 && distance < 1 / WIDE) return false;
    last = point;
    return true;
  });
}
