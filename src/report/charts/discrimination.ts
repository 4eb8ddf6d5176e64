/** @file ROC and precision–recall curves: of each split for a binary task, of each class otherwise. */
import * as Plot from '@observablehq/plot';
import { classColumns } from '../../metrics/columns.js';
import { precisionRecallCurve, rocCurve } from '../../metrics/curves.js';
import { known, percent, score } from '../format.js';
import { type Html, html } from '../html.js';
import {
  axisBelow,
  axisLeft,
  chart,
  diagonal,
  FAINT,
  INK,
  type LegendEntry,
  legend,
  MUTED,
  SERIES,
  thinned,
  verticalGrid,
} from '../plot.js';
import type { ReportData } from '../types.js';

/** One curve's samples and how it is drawn. */
interface Curve {
  label: string;
  colour: string;
  dashed: boolean;
  targets: Float32Array;
  probabilities: Float32Array;
  auc: number | null;
  averagePrecision: number | null;
}

/** Curves in the order they are drawn. Beyond eight classes only the seven hardest to tell have a colour. */
function curvesOf({ splits, task, classes }: ReportData): Curve[] {
  if (task === 'binary')
    return splits.map((split, i) => ({
      label: split.name,
      colour: i === splits.length - 1 ? SERIES[0] : SERIES[1],
      dashed: i < splits.length - 1,
      targets: split.targets,
      probabilities: split.probabilities,
      auc: split.metrics.auc.value,
      averagePrecision: split.metrics.averagePrecision,
    }));
  const split = splits.at(-1)!;
  const { perClass } = split.metrics;
  const hardest = perClass
    .map((_, k) => k)
    .sort((a, b) => (perClass[a].auc.value ?? 2) - (perClass[b].auc.value ?? 2))
    .slice(0, classes.length > SERIES.length ? 7 : SERIES.length)
    .sort((a, b) => a - b);
  const columns = classColumns({ task, classes, targets: split.targets, probabilities: split.probabilities });
  return columns.map((column, k) => ({
    label: column.name,
    colour: hardest.includes(k) ? SERIES[hardest.indexOf(k)] : FAINT,
    dashed: false,
    targets: column.targets,
    probabilities: column.probabilities,
    auc: perClass[k].auc.value,
    averagePrecision: perClass[k].averagePrecision,
  }));
}

function frame(xLabel: string, yLabel: string): Plot.Markish {
  return [verticalGrid(), axisLeft(yLabel), axisBelow(xLabel)];
}

/** Square on both widths. */
const square = (width: number) => ({
  width,
  height: Math.min(width, 440) - 8,
  x: { domain: [0, 1] },
  y: { domain: [0, 1] },
});

/** ROC curves; a binary task's operating point is marked on the last split. */
export function rocChart(data: ReportData): Html {
  const curves = curvesOf(data);
  const drawn = curves
    .map((curve) => ({
      ...curve,
      points: thinned(
        rocCurve(curve.targets, curve.probabilities),
        (p) => p.falsePositiveRate,
        (p) => p.truePositiveRate,
      ),
    }))
    .filter((curve) => curve.points.length > 0);
  if (drawn.length === 0) return absent('ROC', 'a split needs images of both classes');
  const { sensitivity, specificity, thresholds, perClass } = data.splits.at(-1)!.metrics;
  const operating =
    data.task === 'binary' && known(sensitivity) && known(specificity) ? [{ sensitivity, specificity }] : [];
  const axes = frame('1 − specificity', 'sensitivity');
  const svg = chart(`ROC curves: ${describe(drawn, 'auc')}`, (width) => ({
    ...square(width),
    marks: [
      axes,
      diagonal(),
      data.task !== 'binary'
        ? null
        : Plot.areaY(drawn.at(-1)!.points, {
            x: 'falsePositiveRate',
            y1: 0,
            y2: 'truePositiveRate',
            fill: SERIES[0],
            fillOpacity: 0.08,
          }),
      drawn.map((c) =>
        Plot.line(c.points, {
          x: 'falsePositiveRate',
          y: 'truePositiveRate',
          ...stroke(c),
          title: () => c.label,
        }),
      ),
      Plot.dot(operating, {
        x: (p) => 1 - p.specificity,
        y: 'sensitivity',
        r: 5,
        fill: 'var(--paper)',
        stroke: INK,
        strokeWidth: 2,
      }),
    ],
  }));
  const entries = legendOf(drawn, 'auc');
  if (operating.length > 0)
    entries.push({
      label: `at threshold ${score(thresholds?.[0])}:`,
      value: `${percent(perClass[0].sensitivity)} sensitive, ${percent(perClass[0].specificity)} specific`,
      colour: INK,
      mark: 'ring',
    });
  return html`<figure><figcaption>ROC <small>area under the curve</small></figcaption>${legend(entries)}${svg}</figure>`;
}

/** Precision–recall curves, in steps, with the prevalence as the line to beat for a binary task. */
export function precisionRecallChart(data: ReportData): Html {
  const drawn = curvesOf(data)
    .map((curve) => ({
      ...curve,
      points: thinned(
        // Of equal recalls only the first, the most precise: the rest would be spikes that no step rests on.
        precisionRecallCurve(curve.targets, curve.probabilities).filter(
          (point, i, all) => point.recall !== all[i - 1]?.recall,
        ),
        (p) => p.recall,
        (p) => p.precision,
      ),
    }))
    .filter((curve) => curve.points.length > 0);
  if (drawn.length === 0) return absent('Precision–recall', 'a split needs positive images');
  const prevalence = data.task === 'binary' ? data.splits.at(-1)!.metrics.prevalence[1] : null;
  const axes = frame('recall', 'precision');
  const svg = chart(`Precision–recall curves: ${describe(drawn, 'averagePrecision')}`, (width) => ({
    ...square(width),
    marks: [
      axes,
      known(prevalence) ? Plot.ruleY([prevalence], { stroke: MUTED, strokeDasharray: '2 4' }) : null,
      drawn.map((c) =>
        Plot.line(c.points, {
          x: 'recall',
          y: 'precision',
          curve: 'step-before',
          ...stroke(c),
          title: () => c.label,
        }),
      ),
    ],
  }));
  const entries = legendOf(drawn, 'averagePrecision');
  if (known(prevalence))
    entries.push({ label: 'prevalence', value: percent(prevalence), colour: MUTED, mark: 'dashed' });
  return html`<figure><figcaption>Precision–recall <small>average precision</small></figcaption>${legend(entries)}${svg}</figure>`;
}

function stroke({ colour, dashed }: Curve) {
  return { stroke: colour, strokeWidth: dashed ? 1.5 : 2, strokeDasharray: dashed ? '5 4' : undefined };
}

function legendOf(curves: readonly Curve[], value: 'auc' | 'averagePrecision'): LegendEntry[] {
  const coloured = curves.filter((c) => c.colour !== FAINT);
  const entries: LegendEntry[] = coloured.map((c) => ({
    label: c.label,
    value: score(c[value]),
    colour: c.colour,
    mark: c.dashed ? 'dashed' : 'line',
  }));
  const others = curves.length - coloured.length;
  if (others > 0) entries.push({ label: `${others} easier classes`, colour: FAINT });
  return entries.toSorted((a, b) => Number(a.mark === 'dashed') - Number(b.mark === 'dashed'));
}

function describe(curves: readonly Curve[], value: 'auc' | 'averagePrecision'): string {
  return curves.map((c) => `${c.label} ${score(c[value])}`).join(', ');
}

function absent(title: string, reason: string): Html {
  return html`<figure><figcaption>${title}</figcaption><p class="absent">No curve: ${reason}.</p></figure>`;
}
