/** @file Every number, one column per split: of the probabilities themselves, and of decisions made with them. */
import { classEstimateOf, estimateOf } from '../../metrics/estimates.js';
import { wilsonInterval } from '../../metrics/proportion.js';
import type { ClassMetrics, Estimate, Metrics } from '../../metrics/types.js';
import { count, known, percent, percentRange, range, score, significant } from '../format.js';
import { type Html, html } from '../html.js';
import type { ReportData } from '../types.js';

/** A value as text, and its interval where it has one. */
type Cell = readonly [value: string, interval?: string];

interface Row {
  name: string;
  note?: string;
  cell: (metrics: Metrics) => Cell;
}

/** What needs no threshold. */
export function probabilityNumbers(data: ReportData): Html {
  const mean = data.task === 'binary' ? '' : 'mean over classes';
  return table('Probabilities', data, [
    {
      name: 'AUC',
      note: mean || 'exact',
      cell: (m) => [score(m.auc.value), known(m.auc.low) ? range(m.auc) : ''],
    },
    { name: 'Keras AUC', note: '200 thresholds', cell: (m) => [score(m.kerasAuc)] },
    { name: 'Average precision', note: mean, cell: (m) => scoreCell(estimateOf(m, 'averagePrecision')) },
    {
      name: 'Loss',
      note: 'cross-entropy',
      cell: (m) => [significant(m.loss), rangeOf(estimateOf(m, 'loss'))],
    },
    {
      name: 'Brier score',
      note: data.task === 'multi-class' ? '0 to 2' : '0 to 1',
      cell: (m) => scoreCell(estimateOf(m, 'brier')),
    },
    {
      name: 'Calibration error',
      note: '15 bins',
      cell: (m) => percentCell(estimateOf(m, 'calibrationError')),
    },
    { name: 'Images', cell: (m) => [count(m.n)] },
  ]);
}

/** What follows from calling each image one thing or another. */
export function decisionNumbers(data: ReportData): Html {
  const { task } = data;
  const accuracy: Row = {
    name: 'Accuracy',
    note: 'at 0.5',
    cell: (m) =>
      m.uncertainty ? percentCell(estimateOf(m, 'accuracy')) : proportion(rounded(m.accuracy, m.n), m.n),
  };
  if (task === 'binary') return table('Decisions', data, [...binaryRows(data), accuracy]);
  const balanced: Row = {
    name: 'Balanced accuracy',
    cell: (m) => percentCell(estimateOf(m, 'balancedAccuracy')),
  };
  const specificity: Row = {
    name: 'Specificity',
    note: 'mean over classes',
    cell: (m) => percentCell(estimateOf(m, 'specificity')),
  };
  if (task === 'multi-class')
    return table('Decisions', data, [{ ...accuracy, note: 'most probable class' }, balanced, specificity]);
  return table('Decisions', data, [
    {
      name: 'Accuracy',
      note: 'at the thresholds',
      cell: (m) => percentCell(estimateOf(m, 'accuracyAtThreshold')),
    },
    balanced,
    { name: 'Sensitivity', note: 'mean over labels', cell: (m) => percentCell(estimateOf(m, 'sensitivity')) },
    { ...specificity, note: 'mean over labels' },
    { name: 'Accuracy', note: 'at 0.5', cell: (m) => percentCell(estimateOf(m, 'accuracy')) },
  ]);
}

function binaryRows({ splits }: ReportData): Row[] {
  const chosen = splits.some((split) => split.name === 'validation') ? 'chosen on validation' : undefined;
  return [
    { name: 'Threshold', note: chosen, cell: (m) => [score(m.thresholds?.[0])] },
    rate('Sensitivity', 'sensitivity', (c) => [c.truePositives, c.falseNegatives]),
    rate('Specificity', 'specificity', (c) => [c.trueNegatives, c.falsePositives]),
    rate('Positive predictive value', 'ppv', (c) => [c.truePositives, c.falsePositives]),
    rate('Negative predictive value', 'npv', (c) => [c.trueNegatives, c.falseNegatives]),
    { name: 'F1', cell: (m) => scoreCell(classEstimateOf(m, 0, 'f1')) },
    { name: 'Balanced accuracy', cell: (m) => percentCell(estimateOf(m, 'balancedAccuracy')) },
    rate('Accuracy', 'accuracy', (c) => [
      c.truePositives + c.trueNegatives,
      c.falsePositives + c.falseNegatives,
    ]),
  ];
}

/** A rate of the positive class; runs of earlier versions kept no intervals, and get Wilson's. */
function rate(
  name: string,
  key: Parameters<typeof classEstimateOf>[2],
  counts: (c: ClassMetrics) => readonly [part: number, rest: number],
): Row {
  return {
    name,
    cell: (m) => {
      if (m.uncertainty) return percentCell(classEstimateOf(m, 0, key));
      const [part, rest] = counts(m.perClass[0]);
      return proportion(part, part + rest);
    },
  };
}

function scoreCell(estimate: Estimate): Cell {
  return [score(estimate.value), rangeOf(estimate)];
}

function percentCell(estimate: Estimate): Cell {
  return [percent(estimate.value), percentRange(estimate)];
}

function rangeOf(estimate: Estimate): string {
  return known(estimate.low) ? range(estimate) : '';
}

function proportion(part: number, whole: number): Cell {
  return percentCell(wilsonInterval(part, whole));
}

function rounded(fraction: number | null, n: number): number {
  return Math.round((fraction ?? 0) * n);
}

function table(title: string, { splits }: ReportData, rows: readonly Row[]): Html {
  const body = rows.map((row) => ({ ...row, cells: splits.map(({ metrics }) => row.cell(metrics)) }));
  const intervals = body.some((row) => row.cells.some(([, interval]) => interval));
  const head = splits.map(
    ({ name }) =>
      html`<th class="n">${name}${intervals && html`<small class="range">95 % interval</small>`}</th>`,
  );
  const lines = body.map(({ name, note, cells }) => {
    const values = cells.map(
      ([value, interval]) =>
        html`<td class="n"><b>${value}</b>${intervals && html`<small class="range">${interval}</small>`}</td>`,
    );
    return html`<tr><th scope="row">${name} <small>${note}</small></th>${values}</tr>`;
  });
  return html`<div>
    <h3>${title}</h3>
    <div class="scroll"><table class="numbers">
      <thead><tr><th></th>${head}</tr></thead><tbody>${lines}</tbody>
    </table></div>
  </div>`;
}
