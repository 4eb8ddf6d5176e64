import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { evaluatePredictions } from '../../src/metrics/index.js';
import { type ReportData, renderReport } from '../../src/report/index.js';
import { binaryReport, multiClassReport, multiLabelReport } from './examples.js';
import { expectSelfContained, type Page, textOf } from './page.js';

const examples = {
  binary: binaryReport(),
  'multi-class': multiClassReport(),
  'multi-label': multiLabelReport(),
};
const parse = (data: ReportData) => parseHTML(renderReport(data)).document;
const headings = (document: Page) =>
  [...document.querySelectorAll('h2')].map((h) => h.firstChild!.textContent!.trim());
const chartNames = (document: Page) =>
  [...document.querySelectorAll('svg.wide')].map((svg) => svg.getAttribute('aria-label')!);

describe.each(Object.entries(examples))('%s', (_, data) => {
  const document = parse(data);

  test('stands alone', () => expectSelfContained(renderReport(data)));

  test('has every section, the answer first', () => {
    expect(document.querySelector('main')!.firstElementChild!.className).toBe('headline');
    expect(headings(document)).toEqual([
      'Training',
      'Results',
      'Operating points',
      'Calibration',
      'Confusion',
      'Most wrong',
      'What moved',
      'Data',
      'How it was run',
    ]);
  });

  test('the headline is the test AUC with its interval', () => {
    const { auc } = data.splits.at(-1)!.metrics;
    expect(textOf(document.querySelector('.auc .what'))).toMatch(/AUC, test$/);
    expect(textOf(document.querySelector('.auc .value'))).toBe(auc.value!.toFixed(3));
    expect(textOf(document.querySelector('.auc .interval b'))).toBe(
      `${auc.low!.toFixed(3)}–${auc.high!.toFixed(3)}`,
    );
  });

  test('every chart is drawn, for wide and for narrow screens, with real lines', () => {
    const names = chartNames(document);
    expect(names.map((name) => name.split(':')[0])).toEqual([
      'Loss by epoch',
      'AUC by epoch',
      'ROC curves',
      'Precision–recall curves',
      'Reliability diagram of the test split',
      'Histogram of probabilities on the test split',
      'Relative change of each layer&apos;s scale'.replace('&apos;', "'"),
      "Relative change of each layer's centre",
    ]);
    expect(document.querySelectorAll('svg.narrow')).toHaveLength(names.length);
    for (const svg of document.querySelectorAll('svg')) {
      expect(svg.querySelectorAll('path, circle, rect').length).toBeGreaterThan(1);
      expect(svg.querySelectorAll('text').length).toBeGreaterThan(6);
      expect(svg.outerHTML).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  test('colours come from variables, so that dark mode reaches the charts', () => {
    for (const svg of document.querySelectorAll('svg'))
      expect(svg.outerHTML).not.toMatch(/(fill|stroke)="(#|rgb|black|white)/);
    expect(renderReport(data)).toContain('prefers-color-scheme: dark');
  });

  test('says nothing like NaN or undefined', () => {
    expect(textOf(document.querySelector('main'))).not.toMatch(/NaN|undefined|null|\[object/);
  });
});

describe('binary report', () => {
  const data = examples.binary;
  const document = parse(data);

  test('phases are numbered over the curves and the kept epoch is ringed', () => {
    const loss = document.querySelector('svg.wide')!;
    const texts = [...loss.querySelectorAll('text')].map((t) => t.textContent);
    expect(texts).toEqual(expect.arrayContaining(['1', '2']));
    const kept = data.history.find((e) => e.best)!;
    expect(textOf(document.querySelector('.legend'))).toContain(`kept, epoch ${kept.epoch}`);
    expect(loss.querySelectorAll('circle[r="6"]')).toHaveLength(1);
  });

  test('the ROC curve ends in both corners of its frame', () => {
    const roc = document.querySelectorAll('svg.wide')[2];
    const lines = [...roc.querySelectorAll('g[aria-label="line"] path')].map((p) => p.getAttribute('d')!);
    expect(lines).toHaveLength(2);
    for (const d of lines) {
      expect(d).toMatch(/^M52,392/);
      expect(d).toMatch(/L504,16$/);
    }
  });

  test('the confusion matrix holds counts and row percentages', () => {
    const [[tn, fp], [fn, tp]] = data.splits[1].metrics.confusionMatrix!;
    const cells = [...document.querySelectorAll('.confusion tbody td:not(.total)')].map((td) => [
      td.querySelector('b')!.textContent,
      td.querySelector('small')!.textContent!.replace('\u00a0', ' '),
    ]);
    const percent = (part: number, other: number) => `${((100 * part) / (part + other)).toFixed(1)} %`;
    expect(cells).toEqual([
      [String(tn), percent(tn, fp)],
      [String(fp), percent(fp, tn)],
      [String(fn), percent(fn, tp)],
      [String(tp), percent(tp, fn)],
    ]);
  });

  test('warnings, command line, configuration and parameters are there', () => {
    expect(document.querySelectorAll('.warnings li')).toHaveLength(2);
    expect(textOf(document.querySelector('.command'))).toBe(data.environment.commandLine);
    expect(document.querySelector('details pre')!.textContent).toBe(data.config);
    expect(textOf(document.querySelector('main'))).toContain('35,393');
    expect(document.querySelectorAll('.gallery img')).toHaveLength(12);
  });
});

describe('hostile text', () => {
  const evil = '"><script>alert(1)</script><img src=https://evil.example/x onerror=alert(2)>&amp;\'';
  const all: ReportData = {
    ...examples.binary,
    name: evil,
    classes: [`a${evil}`, `b${evil}`],
    model: { ...examples.binary.model, name: evil, hash: evil },
    method: {
      name: evil,
      phases: examples.binary.method.phases.map((p) => ({
        ...p,
        name: evil + p.name,
        trains: [evil],
        statistics: evil,
      })),
      roles: examples.binary.method.roles.map((r) => ({ ...r, role: evil })),
    },
    dataset: { ...examples.binary.dataset, source: evil, groupedBy: evil },
    history: examples.binary.history.map((e) => ({ ...e, phase: evil + e.phase })),
    splits: examples.binary.splits.map((s) => ({
      ...s,
      name: evil,
      metrics: { ...s.metrics, notes: [evil] },
    })),
    mostWrong: examples.binary.mostWrong.map((w, i) => ({
      ...w,
      id: evil,
      target: evil,
      predicted: evil,
      dataUrl: [
        'https://evil.example/x.png',
        'javascript:alert(1)',
        'data:image/svg+xml;base64,AAAA',
        `${w.dataUrl}${evil}`,
      ][i % 4],
    })),
    layers: examples.binary.layers.map((l) => ({ ...l, layer: evil })),
    config: evil,
    environment: {
      ...examples.binary.environment,
      commandLine: evil,
      version: evil,
      started: evil,
      facts: { [evil]: evil },
    },
    warnings: [evil],
  };

  test.each([
    ['binary', all],
    ['multi-class', { ...multiClassReport(['a', 'b', 'c'].map((c) => c + evil)) }],
  ])('stays text everywhere: %s', (_, data) => {
    const markup = renderReport(data);
    expectSelfContained(markup);
    const { document } = parseHTML(markup);
    expect(document.querySelectorAll('script')).toHaveLength(0);
    for (const element of document.querySelectorAll('*'))
      for (const { name } of element.attributes) expect(name).not.toMatch(/^on/);
    expect(document.body.textContent).toContain('<script>alert(1)</script>');
  });

  test('pictures that are not embedded bitmaps are not shown', () => {
    expect(parse(all).querySelectorAll('.gallery img')).toHaveLength(0);
  });
});

describe('degenerate runs', () => {
  const data = examples.binary;

  test('one epoch still has its points', () => {
    const document = parse({ ...data, history: [{ ...data.history[0], best: true }] });
    expect(document.querySelector('svg.wide')!.querySelectorAll('circle[r="2.5"]')).toHaveLength(2);
    expect(document.querySelector('svg.wide')!.outerHTML).not.toMatch(/NaN/);
  });

  test('losses that went astray are left out of the curve and shown as a dash', () => {
    const history = data.history.map((e, i) =>
      i > 8 ? { ...e, trainLoss: Number.NaN, validationLoss: Number.NaN, validationAuc: Number.NaN } : e,
    );
    const markup = renderReport({ ...data, history });
    expect(markup).not.toMatch(/NaN/);
    expect(textOf(parseHTML(markup).document.querySelector('details table'))).toContain('–');
  });

  test('nothing measured: no epoch, no split, no layer', () => {
    const document = parse({ ...data, history: [], splits: [], mostWrong: [], layers: [], warnings: [] });
    expect(textOf(document.querySelector('.headline'))).toContain('No split was evaluated');
    expect(document.querySelectorAll('svg')).toHaveLength(0);
    expect(textOf(document.querySelector('main'))).not.toMatch(/NaN|undefined/);
  });

  test('only a validation split: the headline says so', () => {
    const document = parse({ ...data, splits: data.splits.slice(0, 1) });
    expect(textOf(document.querySelector('.auc .what'))).toBe('AUC, validation');
  });

  test('one class only: the AUC is a dash, and the reason is given', () => {
    const targets = new Float32Array(20);
    const probabilities = targets.map((_, i) => i / 20);
    const metrics = evaluatePredictions({ task: 'binary', classes: data.classes, targets, probabilities });
    const document = parse({ ...data, splits: [{ name: 'test', metrics, targets, probabilities }] });
    expect(textOf(document.querySelector('.auc .value'))).toBe('–');
    expect(textOf(document.querySelector('.auc .meaning'))).toContain('No sample of PNEUMONIA');
    expect(chartNames(document).some((name) => name.startsWith('ROC'))).toBe(false);
    expect(textOf(document.querySelector('main'))).not.toMatch(/NaN/);
  });

  test('an empty split', () => {
    const none = new Float32Array(0);
    const metrics = evaluatePredictions({
      task: 'binary',
      classes: data.classes,
      targets: none,
      probabilities: none,
    });
    const document = parse({
      ...data,
      splits: [{ name: 'test', metrics, targets: none, probabilities: none }],
    });
    expect(headings(document)).not.toContain('Calibration');
    expect(textOf(document.querySelector('main'))).not.toMatch(/NaN/);
  });

  test('many classes: the commonest confusions instead of a matrix, colours for the hardest only', () => {
    const document = parse(multiClassReport(Array.from({ length: 24 }, (_, k) => `species ${k + 1}`)));
    expect(document.querySelector('.confusion')).toBeNull();
    expect(textOf(document.querySelector('main'))).toContain('commonest confusion');
    expect(textOf(document.querySelector('main'))).toContain('17 easier classes');
  });

  test('head only: nothing moved', () => {
    const layers = data.layers.map(({ layer }) => ({ layer, scaleChange: null, centreChange: null }));
    expect(textOf(parse({ ...data, layers }).querySelector('main'))).toContain('No batch norm was trained');
  });
});

test('a large test set still makes a small file', () => {
  const n = 20_000;
  const targets = Float32Array.from({ length: n }, (_, i) => i % 2);
  const probabilities = targets.map((y, i) => (((i * 7919) % n) / n) * 0.7 + 0.3 * y);
  const metrics = evaluatePredictions({ task: 'binary', classes: ['a', 'b'], targets, probabilities });
  const markup = renderReport({
    ...examples.binary,
    splits: [{ name: 'test', metrics, targets, probabilities }],
  });
  expect(markup.length).toBeLessThan(300_000);
});
