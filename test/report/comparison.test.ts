import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { renderComparison } from '../../src/report/index.js';
import { comparison } from './examples.js';
import { expectSelfContained, textOf } from './page.js';

describe('comparison', () => {
  const data = comparison();
  const { document } = parseHTML(renderComparison(data));

  test('stands alone', () => expectSelfContained(renderComparison(data)));

  test('one line per method: AUC with interval, parameters, epochs, time', () => {
    const rows = [...document.querySelector('table')!.querySelectorAll('tbody tr')];
    expect(rows.map((row) => textOf(row.querySelector('th')))).toEqual(data.rows.map((row) => row.name));
    const { auc } = data.rows[1];
    expect(textOf(rows[1])).toContain(
      `${auc.value!.toFixed(3)} ${auc.low!.toFixed(3)}–${auc.high!.toFixed(3)}`.replace(' ', ''),
    );
    expect(textOf(rows[1])).toContain('35,393');
    expect(textOf(rows[1])).toContain('1.6 %');
  });

  test('one curve per method and a ring where its weights were kept', () => {
    const [byEpoch, byTime] = document.querySelectorAll('svg.wide');
    for (const svg of [byEpoch, byTime]) {
      expect(svg.querySelectorAll('g[aria-label="line"] path')).toHaveLength(3);
      expect(svg.querySelectorAll('circle[r="6"]')).toHaveLength(3);
    }
  });

  test('differences carry their sign, interval and p', () => {
    const rows = [...document.querySelectorAll('.compact tbody tr')].map(textOf);
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatch(
      /^fc-then-bn against fc\s?\+0\.\d{3} ?[+−]0\.\d{3} to [+−]0\.\d{3}(<0\.001|0\.\d{3})$/,
    );
  });

  test('links stay beside the page whatever they say', () => {
    const evil = [
      'javascript:alert(1)',
      'https://evil.example/x',
      '//evil.example',
      '"><script>alert(1)</script>',
      'data:text/html,x',
    ];
    const markup = renderComparison({
      ...data,
      rows: evil.map((href, i) => ({ ...data.rows[i % 3], name: href, description: href, href })),
    });
    expectSelfContained(markup);
    for (const a of parseHTML(markup).document.querySelectorAll('a')) {
      const url = new URL(a.getAttribute('href')!, 'file:///runs/comparison.html');
      expect(url.href).toMatch(/^file:\/\/\/runs\//);
    }
  });

  test('a link keeps its folders', () => {
    expect(document.querySelector('a')!.getAttribute('href')).toBe('./fc/report.html');
  });

  test('runs without epochs or AUC', () => {
    const rows = data.rows.map((row) => ({
      ...row,
      history: [],
      auc: { value: null, low: null, high: null },
      accuracy: undefined,
      validationAuc: undefined,
    }));
    const bare = parseHTML(renderComparison({ title: 't', summary: 's', rows })).document;
    expect(textOf(bare.querySelector('main'))).toContain('No validation AUC was recorded');
    expect(textOf(bare.querySelector('main'))).not.toMatch(/NaN|undefined|null/);
  });
});
