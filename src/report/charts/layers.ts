/** @file How far training moved each batch norm's scale and centre, from the first layer to the last. */
import * as Plot from '@observablehq/plot';
import { known, percent } from '../format.js';
import { type Html, html } from '../html.js';
import { axisBelow, axisLeft, chart, SERIES } from '../plot.js';
import type { LayerMovement } from '../types.js';

/** One chart for the scale or the centre; `top` is the end of the axis, so that two charts compare. */
export function movementChart(layers: readonly LayerMovement[], part: 'scale' | 'centre', top: number): Html {
  const colour = part === 'scale' ? SERIES[0] : SERIES[1];
  const moved = layers.flatMap(({ layer, scaleChange, centreChange }, i) => {
    const change = part === 'scale' ? scaleChange : centreChange;
    return known(change) ? [{ layer, position: i + 1, change }] : [];
  });
  if (moved.length === 0)
    return html`<figure><figcaption>${part}</figcaption><p class="absent">No ${part} was trained.</p></figure>`;
  const most = moved.toSorted((a, b) => b.change - a.change).slice(0, 3);
  const svg = chart(`Relative change of each layer's ${part}`, (width) => ({
    height: 260,
    x: { domain: [0.5, layers.length + 0.5] },
    y: { domain: [0, top] },
    marks: [
      axisLeft(null, { tickFormat: (d: number) => `${Number((100 * d).toPrecision(3))} %` }),
      axisBelow('batch norm, from input to output', {
        tickFormat: (d: number) => (Number.isInteger(d) ? String(d) : ''),
      }),
      Plot.ruleX(moved, {
        x: 'position',
        y: 'change',
        stroke: colour,
        strokeOpacity: 0.35,
        strokeWidth: stem(width, layers.length),
      }),
      Plot.dot(moved, {
        x: 'position',
        y: 'change',
        fill: colour,
        r: layers.length > 80 ? 2 : 3,
        title: (d) => `${d.layer}: ${percent(d.change)}`,
      }),
    ],
  }));
  return html`<figure>
    <figcaption>${part}</figcaption>
    ${svg}
    <p class="note">Most moved: ${most.map((d, i) => html`${i > 0 && ', '}<code>${d.layer}</code> ${percent(d.change)}`)}.</p>
  </figure>`;
}

function stem(width: number, layers: number): number {
  return Math.max(1, Math.min(3, (width / layers) * 0.3));
}
