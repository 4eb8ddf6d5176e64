/** @file The model card: what it says of any task, and text that stays text. */
import { describe, expect, test } from 'vitest';
import { aboutFields, type CardData, renderCard } from '../../src/report/card.js';
import type { ReportData } from '../../src/report/index.js';
import { binaryReport, multiClassReport, multiLabelReport } from './examples.js';

function cardOf(report: ReportData): CardData {
  const { name, task, classes, model, splits, dataset } = report;
  return {
    name,
    about: {},
    task,
    classes,
    base: { name: model.name, sha256: model.hash, source: `${model.name}.onnx` },
    method: report.method.name,
    height: 128,
    width: 128,
    version: '0.1.0',
    options: { seed: 1, augment: true, 'group-by': 'person(\\d+)' },
    phases: [{ name: 'head', epochs: 1 }],
    splits: dataset.splits,
    metrics: Object.fromEntries(splits.map((split) => [split.name, split.metrics])),
    evaluations: [],
  };
}

const examples = {
  binary: binaryReport(),
  'multi-class': multiClassReport(),
  'multi-label': multiLabelReport(),
};

describe.each(Object.entries(examples))('%s', (_, report) => {
  const card = renderCard(cardOf(report));
  const { metrics } = report.splits.at(-1)!;

  test('has every figure with its interval, and nothing like NaN', () => {
    const { value, low, high } = metrics.auc;
    expect(card).toContain(`${value!.toFixed(3)} (${low!.toFixed(3)}–${high!.toFixed(3)})`);
    expect(card).toContain(metrics.uncertainty!.overall.brier.low!.toFixed(3));
    expect(card).not.toMatch(/NaN|undefined|\[object|null/);
    for (const { name } of metrics.perClass) expect(card).toContain(name);
  });

  test('asks for all that only people know, and each once it is said no more', () => {
    for (const [field, what] of Object.entries(aboutFields)) {
      if (field === 'title') continue;
      expect(card).toContain(`To be completed: ${what}.`);
      const complete = renderCard({ ...cardOf(report), about: { [field]: 'Said by a person.' } });
      expect(complete).toContain('Said by a person.');
      expect(complete).not.toContain(`To be completed: ${what}.`);
    }
  });

  test('every row of a table has as many cells as its head', () => {
    const tables = card.split('\n\n').filter((part) => part.startsWith('| '));
    expect(tables.length).toBeGreaterThan(4);
    for (const rows of tables.map((part) => part.split('\n'))) {
      const cells = rows.map((row) => row.split(' | ').length);
      expect(new Set(cells).size).toBe(1);
    }
  });
});

test('names that are Markdown or HTML stay names', () => {
  const report = binaryReport();
  const card = renderCard({
    ...cardOf(report),
    name: '[a](http://x) <script>',
    classes: ['no|ne', '**ill**\n# Heading'],
  });
  expect(card).not.toContain('[a](http');
  expect(card).not.toContain('<script>');
  expect(card).not.toMatch(/^# Heading/m);
  expect(card).toContain('no\\|ne');
});
