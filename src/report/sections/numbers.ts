/** @file Every number, one column per split: of the probabilities themselves, and of decisions made with them. */
import { wilsonInterval } from '../../metrics/proportion.js';
import type { Estimate, Metrics } from '../../metrics/types.js';
import { count, known, percent, range, score, significant } from '../format.js';
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
    { name: 'Average precision', note: mean, cell: (m) => [score(m.averagePrecision)] },
    { name: 'Loss', note: 'cross-entropy', cell: (m) => [significant(m.loss)] },
    {
      name: 'Brier score',
      note: data.task === 'multi-class' ? '0 to 2' : '0 to 1',
      cell: (m) => [score(m.brier)],
    },
    { name: 'Calibration error', note: '15 bins', cell: (m) => [percent(m.calibrationError)] },
    { name: 'Images', cell: (m) => [count(m.n)] },
  ]);
}

/** What follows from calling each image one thing or another. */
export function decisionNumbers(data: ReportData): Html {
  const { task } = data;
  const accuracy: Row = {
    name: 'Accuracy',
    note: 'at 0.5',
    cell: (m) => proportion(rounded(m.accuracy, m.n), m.n),
  };
  if (task === 'binary') return table('Decisions', data, [...binaryRows(data), accuracy]);
  const balanced: Row = { name: 'Balanced accuracy', cell: (m) => [percent(m.balancedAccuracy)] };
  const specificity: Row = {
    name: 'Specificity',
    note: 'mean over classes',
    cell: (m) => [percent(m.specificity)],
  };
  if (task === 'multi-class')
    return table('Decisions', data, [{ ...accuracy, note: 'most probable class' }, balanced, specificity]);
  return table('Decisions', data, [
    { name: 'Accuracy', note: 'at the thresholds', cell: (m) => [percent(m.accuracyAtThreshold)] },
    balanced,
    { name: 'Sensitivity', note: 'mean over labels', cell: (m) => [percent(m.sensitivity)] },
    { ...specificity, note: 'mean over labels' },
    { name: 'Accuracy', note: 'at 0.5', cell: (m) => [percent(m.accuracy)] },
  ]);
}

function binaryRows({ splits }: ReportData): Row[] {
  const chosen = splits.some((split) => split.name === 'validation') ? 'chosen on validation' : undefined;
  return [
    { name: 'Threshold', note: chosen, cell: (m) => [score(m.thresholds?.[0])] },
    {
      name: 'Sensitivity',
      cell: ({ perClass: [c] }) => proportion(c.truePositives, c.truePositives + c.falseNegatives),
    },
    {
      name: 'Specificity',
      cell: ({ perClass: [c] }) => proportion(c.trueNegatives, c.trueNegatives + c.falsePositives),
    },
    {
      name: 'Positive predictive value',
      cell: ({ perClass: [c] }) => proportion(c.truePositives, c.truePositives + c.falsePositives),
    },
    {
      name: 'Negative predictive value',
      cell: ({ perClass: [c] }) => proportion(c.trueNegatives, c.trueNegatives + c.falseNegatives),
    },
    { name: 'F1', cell: ({ perClass: [c] }) => [score(c.f1)] },
    { name: 'Balanced accuracy', cell: (m) => [percent(m.balancedAccuracy)] },
    { name: 'Accuracy', cell: ({ n, perClass: [c] }) => proportion(c.truePositives + c.trueNegatives, n) },
  ];
}

function proportion(part: number, whole: number): Cell {
  const { value, low, high }: Estimate = wilsonInterval(part, whole);
  return [percent(value), known(low) && known(high) ? `${(100 * low).toFixed(1)}–${percent(high)}` : ''];
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
