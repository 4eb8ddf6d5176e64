/** @file What a report says of intervals, operating points and calibration. */
import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { subgroupTable } from '../../src/metrics/index.js';
import { type ReportData, renderReport } from '../../src/report/index.js';
import { binaryReport, multiLabelReport } from './examples.js';
import { textOf } from './page.js';

const parse = (data: ReportData) => parseHTML(renderReport(data)).document;
const section = (data: ReportData, heading: string) =>
  [...parse(data).querySelectorAll('section')].find((part) =>
    textOf(part.querySelector('h2')).startsWith(heading),
  )!;
const percent = (x: number | null) => `${(100 * x!).toFixed(1)}`;

describe('operating points', () => {
  test('show the validation’s rates beside those that the test confirms', () => {
    const data = binaryReport();
    const [validation, testing] = data.splits.map(({ metrics }) => metrics.operatingPoints!);
    const rows = [...section(data, 'Operating points').querySelectorAll('tbody tr')].map((row) =>
      textOf(row),
    );
    expect(rows).toHaveLength(2);
    for (const [i, row] of rows.entries()) {
      expect(row).toContain(percent(validation[i].sensitivity.value));
      expect(row).toContain(percent(testing[i].specificity.value));
      expect(row).toContain(percent(testing[i].sensitivity.low));
    }
  });

  test('name the label where there are several', () => {
    expect(textOf(section(multiLabelReport(), 'Operating points'))).toContain('Edema: specificity ≥ 95');
  });

  test('are left out of reports of runs that have none', () => {
    const data = binaryReport();
    for (const { metrics } of data.splits) {
      delete metrics.operatingPoints;
      delete metrics.uncertainty;
      delete metrics.calibrated;
    }
    expect(section(data, 'Operating points')).toBeUndefined();
    expect(textOf(section(data, 'Calibration'))).not.toContain('Temperature');
    expect(renderReport(data)).toContain('Wilson&#39;s for proportions');
  });
});

describe('intervals', () => {
  test('stand beside every figure, and the footer says whose they are', () => {
    const data = binaryReport();
    const { uncertainty } = data.splits.at(-1)!.metrics;
    const results = textOf(section(data, 'Results'));
    expect(results).toContain(uncertainty!.overall.brier.low!.toFixed(3));
    expect(results).toContain(percent(uncertainty!.perClass[0].npv.low));
    expect(textOf(parse(data).querySelector('footer'))).toContain(
      'BCa of a bootstrap for the rest (60 draws)',
    );
  });

  test('by patient are said to be', () => {
    const data = binaryReport();
    data.splits.at(-1)!.metrics.uncertainty!.unit = 'group';
    expect(textOf(parse(data).querySelector('footer'))).toContain('bootstrap over groups');
  });
});

describe('subgroups', () => {
  const withColumn = (data: ReportData, values: (i: number) => string | undefined) => {
    const { metrics, targets, probabilities } = data.splits.at(-1)!;
    const predictions = { task: data.task, classes: data.classes, targets, probabilities };
    const told = Array.from({ length: metrics.n }, (_, i) => values(i));
    const { thresholds } = metrics;
    metrics.subgroups = [subgroupTable(predictions, 'hospital', told, { thresholds, resamples: 60 })];
    return metrics.subgroups[0];
  };

  test('have a row each, with counts and intervals, and small ones a mark', () => {
    const data = binaryReport();
    const { rows, missing } = withColumn(data, (i) =>
      i < 12 ? '<b>north</b>' : i % 3 ? 'south' : i % 2 ? 'east' : undefined,
    );
    const part = section(data, 'Subgroups');
    expect(textOf(part.querySelector('h3'))).toBe(`By hospital ${missing} images without`);
    const lines = [...part.querySelectorAll('tbody tr')].map((line) => textOf(line));
    expect(lines).toHaveLength(3);
    for (const [i, { n, positives, auc, sensitivity }] of rows.entries()) {
      for (const shown of [`${n}`, `${positives[0]}`, auc.value!.toFixed(3), percent(sensitivity.low)]) {
        expect(lines[i]).toContain(shown);
      }
    }
    expect(lines.map((line) => line.includes('*'))).toEqual([false, false, true]);
    expect(lines[2]).toContain('<b>north</b>');
    expect(textOf(part.querySelector('p'))).toContain('* fewer than 20 patients');
    expect(part.querySelector('thead')!.textContent).not.toContain('groups');
  });

  test('of several labels count the images of each', () => {
    const data = multiLabelReport();
    const { rows } = withColumn(data, (i) => (i % 2 ? 'a' : 'b'));
    expect(textOf(section(data, 'Subgroups'))).toContain(rows[0].positives.join(' / '));
  });

  test('are left out where nobody asked for them', () => {
    expect(section(binaryReport(), 'Subgroups')).toBeUndefined();
  });
});

test('calibration is told before and after', () => {
  const data = binaryReport();
  const { calibrated } = data.splits.at(-1)!.metrics;
  const text = textOf(section(data, 'Calibration'));
  expect(text).toContain('Temperature scaling');
  expect(text).toContain(percent(calibrated!.calibrationError.value));
});
