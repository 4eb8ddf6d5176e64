/** @file Validation AUC of several runs over each other, by epoch and by time. */
import * as Plot from '@observablehq/plot';
import { duration, known, score } from '../format.js';
import { type Html, html } from '../html.js';
import { axisBelow, axisLeft, chart, legend } from '../plot.js';
import type { ComparisonRow } from '../types.js';
import { aucAxis } from './auc-axis.js';

/** @param colours one per row */
export function convergenceChart(
  rows: readonly ComparisonRow[],
  colours: readonly string[],
  by: 'epoch' | 'time',
): Html {
  const curves = rows.map((row, i) => {
    let elapsed = 0;
    const points = row.history.flatMap(({ epoch, seconds, validationAuc, best }) => {
      elapsed += seconds;
      return known(validationAuc)
        ? [{ x: by === 'epoch' ? epoch : elapsed, epoch, elapsed, auc: validationAuc, best }]
        : [];
    });
    return { name: row.name, colour: colours[i], points };
  });
  const points = curves.flatMap((curve) => curve.points);
  const title = by === 'epoch' ? 'By epoch' : 'By time';
  if (points.length === 0)
    return html`<figure><figcaption>${title}</figcaption><p class="absent">No validation AUC was recorded.</p></figure>`;
  const minutes = Math.max(...points.map((p) => p.elapsed)) > 180;
  const scale = by === 'time' && minutes ? 60 : 1;
  const axis = aucAxis(points.map((p) => p.auc));
  const svg = chart(`Validation AUC of ${rows.length} runs, ${title.toLowerCase()}`, () => ({
    height: 320,
    x: { domain: [0, Math.max(...points.map((p) => p.x)) / scale], nice: by === 'time' },
    y: { domain: axis.domain },
    marks: [
      axisLeft(null, { ticks: axis.ticks }),
      axisBelow(by === 'epoch' ? 'epoch' : minutes ? 'minutes' : 'seconds', {
        tickFormat: (d: number) => (by === 'time' || Number.isInteger(d) ? String(d) : ''),
      }),
      curves.map(({ points, colour, name }) => [
        Plot.line(points, { x: (p) => p.x / scale, y: 'auc', stroke: colour, strokeWidth: 2 }),
        Plot.dot(points, {
          x: (p) => p.x / scale,
          y: 'auc',
          r: 2.5,
          fill: colour,
          title: (p) => `${name}, epoch ${p.epoch}, ${duration(p.elapsed)}: ${score(p.auc)}`,
        }),
        Plot.dot(
          points.filter((p) => p.best),
          { x: (p) => p.x / scale, y: 'auc', r: 6, stroke: colour, strokeWidth: 1.75 },
        ),
      ]),
    ],
  }));
  const entries = curves.map(({ name, colour }) => ({ label: name, colour }));
  return html`<figure><figcaption>${title}</figcaption>${legend(entries)}${svg}</figure>`;
}
