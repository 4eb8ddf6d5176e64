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

/** A drawing of the given width in CSS pixels, described by one sentence for those who cannot see it. */
export function chart(description: string, options: (width: number) => Plot.PlotOptions): Html {
  const draw = (width: number, name: string) => {
    const { document } = parseHTML('<!doctype html><html><body></body></html>');
    const svg = Plot.plot({
      document,
      width,
      className: 'plot',
      ariaLabel: description,
      marginTop: 16,
      marginRight: 16,
      marginBottom: 40,
      marginLeft: 48,
      ...options(width),
    });
    svg.querySelector('style')?.remove();
    svg.setAttribute('class', name);
    svg.setAttribute('role', 'img');
    svg.removeAttribute('font-family');
    svg.setAttribute('font-size', '12');
    return trusted(svg.outerHTML);
  };
  return html`<div class="chart">${draw(WIDE, 'wide')}${draw(NARROW, 'narrow')}</div>`;
}

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
