/** @file Loss and AUC by epoch, with the phases as numbered bands and the kept epoch ringed. */
import * as Plot from '@observablehq/plot';
import { known, score, significant } from '../format.js';
import { type Html, html } from '../html.js';
import { axisBelow, axisLeft, chart, INK, type LegendEntry, legend, MUTED, SERIES } from '../plot.js';
import type { ReportEpoch } from '../types.js';
import { aucAxis } from './auc-axis.js';

/** Consecutive epochs of one phase; `first` and `last` are epoch numbers. */
export interface PhaseSpan {
  phase: string;
  first: number;
  last: number;
}

export function phaseSpans(history: readonly ReportEpoch[]): PhaseSpan[] {
  const spans: PhaseSpan[] = [];
  for (const { phase, epoch } of history) {
    const span = spans.at(-1);
    if (span?.phase === phase) span.last = epoch;
    else spans.push({ phase, first: epoch, last: epoch });
  }
  return spans;
}

/** The epoch whose weights were kept at the end. */
export function keptEpoch(history: readonly ReportEpoch[]): ReportEpoch | undefined {
  return history.findLast((epoch) => epoch.best);
}

interface Series {
  label: string;
  value: (epoch: ReportEpoch) => number | undefined;
  colour: string;
  dashed?: boolean;
}

/** Training and validation loss. */
export function lossChart(history: readonly ReportEpoch[]): Html {
  return epochChart(history, 'Loss', significant, [
    { label: 'training', value: (e) => e.trainLoss, colour: SERIES[1], dashed: true },
    { label: 'validation', value: (e) => e.validationLoss, colour: SERIES[0] },
  ]);
}

/** AUC on the validation split. */
export function aucChart(history: readonly ReportEpoch[]): Html {
  return epochChart(history, 'AUC', score, [
    { label: 'validation', value: (e) => e.validationAuc, colour: SERIES[0] },
  ]);
}

function epochChart(
  history: readonly ReportEpoch[],
  quantity: 'Loss' | 'AUC',
  format: (value: number) => string,
  series: readonly Series[],
): Html {
  const shown = series
    .map((s) => ({
      ...s,
      points: history.flatMap((e) => {
        const value = s.value(e);
        return known(value) ? [{ epoch: e.epoch, value }] : [];
      }),
    }))
    .filter((s) => s.points.length > 0);
  if (shown.length === 0) return html`<p class="absent">No ${quantity} was recorded.</p>`;

  const kept = keptEpoch(history);
  const spans = phaseSpans(history);
  const values = shown.flatMap((s) => s.points.map((p) => p.value));
  const ringed = shown.at(-1)!;
  const ring = ringed.points.filter((p) => p.epoch === kept?.epoch);
  const last = history.at(-1)!.epoch;
  const first = history[0].epoch;

  const axis = quantity === 'AUC' ? aucAxis(values) : undefined;

  const drawn = chart(`${quantity} by epoch`, (width) => ({
    height: 280,
    marginTop: spans.length > 1 ? 26 : 10,
    x: { domain: [first - 0.5, last + 0.5] },
    y: axis ? { domain: axis.domain } : { domain: [0, Math.max(...values, 1e-3)], nice: true },
    marks: [
      spans.length < 2
        ? null
        : [
            Plot.rectX(
              spans.filter((_, i) => i % 2 === 0),
              { x1: (s) => s.first - 0.5, x2: (s) => s.last + 0.5, fill: INK, fillOpacity: 0.045 },
            ),
            Plot.text(spans, {
              x: (s) => (s.first + s.last) / 2,
              text: (_, i) => String(i + 1),
              frameAnchor: 'top',
              dy: -16,
              fill: MUTED,
              fontWeight: 600,
            }),
          ],
      axisLeft(null, axis && { ticks: axis.ticks }),
      axisBelow('epoch', { ticks: epochTicks(first, last, width), tickFormat: (d: number) => String(d) }),
      shown.map((s) => [
        Plot.line(s.points, {
          x: 'epoch',
          y: 'value',
          stroke: s.colour,
          strokeWidth: 2,
          strokeDasharray: s.dashed ? '5 4' : undefined,
        }),
        Plot.dot(s.points, {
          x: 'epoch',
          y: 'value',
          fill: s.colour,
          r: history.length > 40 ? 1.5 : 2.5,
          title: (p) => `epoch ${p.epoch}, ${s.label}: ${format(p.value)}`,
        }),
      ]),
      Plot.dot(ring, { x: 'epoch', y: 'value', r: 6, stroke: INK, strokeWidth: 1.75 }),
    ],
  }));

  const entries: LegendEntry[] = shown.map(({ label, colour, dashed }) => ({
    label,
    colour,
    mark: dashed ? 'dashed' : 'line',
  }));
  if (ring.length > 0)
    entries.push({
      label: `kept, epoch ${kept!.epoch}:`,
      value: format(ring[0].value),
      colour: INK,
      mark: 'ring',
    });
  return html`<figure><figcaption>${quantity}</figcaption>${legend(entries)}${drawn}</figure>`;
}

/** Whole epochs only, as many as fit. */
function epochTicks(first: number, last: number, width: number): number[] {
  const room = Math.floor(width / 40);
  const step = [1, 2, 5, 10, 20, 50, 100, 200].find((s) => (last - first) / s <= room) ?? 500;
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => first + i).filter((e) => e % step === 0);
  return ticks.length > 0 ? ticks : [first];
}
