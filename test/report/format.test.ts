import { describe, expect, test } from 'vitest';
import { aucAxis } from '../../src/report/charts/auc-axis.js';
import {
  count,
  duration,
  learningRate,
  percent,
  pValue,
  range,
  score,
  share,
  significant,
} from '../../src/report/format.js';
import { html } from '../../src/report/html.js';

const plain = (text: string) => text.replace(/\u00a0/g, ' ');

describe('numbers', () => {
  test('what is undefined is a dash', () => {
    for (const f of [count, score, percent, significant, learningRate, duration, pValue])
      for (const nothing of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY])
        expect(f(nothing)).toBe('–');
    expect(range({ value: 0.5, low: null, high: null })).toBe('–');
  });

  test.each([
    [score(0.9567), '0.957'],
    [score(1), '1.000'],
    [score(0.99996), '>0.999'],
    [range({ value: 0.9, low: 0.85, high: 0.94999 }), '0.850–0.950'],
    [count(2259265), '2,259,265'],
    [percent(0.9567), '95.7 %'],
    [share(35393, 2259265), '1.6 %'],
    [share(1281, 4007548), '0.032 %'],
    [share(0, 10), '0 %'],
    [share(1, 0), '–'],
    [significant(0.15049), '0.150'],
    [significant(0.38), '0.380'],
    [significant(0), '0.00'],
    [significant(0.000123), '1.2e-4'],
    [significant(118.4), '118'],
    [learningRate(0.001), '1e-3'],
    [learningRate(0.0002), '2e-4'],
    [duration(3.14), '3.1 s'],
    [duration(59.7), '1 min 00 s'],
    [duration(512.3), '8 min 32 s'],
    [duration(7500), '2 h 05 min'],
    [pValue(0.0341), '0.034'],
    [pValue(1e-9), '<0.001'],
  ])('%s', (text, expected) => {
    expect(plain(text)).toBe(expected);
  });
});

test('templates escape text, keep markup, and drop nothings', () => {
  const inner = html`<b title="${'"<&>\''}">${'<i>'}</b>`;
  expect(inner.markup).toBe('<b title="&#34;&#60;&#38;&#62;&#39;">&#60;i&#62;</b>');
  expect(html`<p>${[inner, null, undefined, false, 0, ['x']]}</p>`.markup).toBe(`<p>${inner.markup}0x</p>`);
});

test.each([
  [[0.93, 0.99], 0.92],
  [[0.5], 0.5],
  [[1], 0.995],
  [[0.31, 0.9], 0.2],
  [[0], 0],
])('the axis of AUCs %j starts at %f and ends at 1', (values, bottom) => {
  const { domain, ticks } = aucAxis(values);
  expect(domain).toEqual([bottom, 1]);
  expect(ticks[0]).toBe(bottom);
  expect(ticks.at(-1)).toBe(1);
});
