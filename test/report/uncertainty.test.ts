/** @file What a report says of intervals, operating points and calibration. */
import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
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

test('calibration is told before and after', () => {
  const data = binaryReport();
  const { calibrated } = data.splits.at(-1)!.metrics;
  const text = textOf(section(data, 'Calibration'));
  expect(text).toContain('Temperature scaling');
  expect(text).toContain(percent(calibrated!.calibrationError.value));
});
