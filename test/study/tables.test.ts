/** @file Tables and figures: ours beside the published, in every format; convergence; comparison. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { drawing } from '../../src/report/plot.js';
import { standaloneSvg } from '../../src/report/standalone-svg.js';
import { cellComparisonTable, compareMethods, comparisonTable } from '../../src/study/comparison.js';
import { bestAuc, convergenceOf, convergenceTable, effortUntil } from '../../src/study/convergence.js';
import { type FigureKind, figureKinds, figuresOf } from '../../src/study/figures.js';
import { Grids, placeOf } from '../../src/study/grid.js';
import { readPublishedResults, spreadOf } from '../../src/study/published-results.js';
import { publishedTable } from '../../src/study/published-table.js';
import type { CellEpoch, CellResult } from '../../src/study/results.js';
import { openStudy } from '../../src/study/study.js';
import { studyPage } from '../../src/study/study-page.js';
import { formatTables, type Table, tableFormats } from '../../src/study/table.js';

const study = await openStudy('paper', { out: '/nowhere', data: '/data' });
const published = await readPublishedResults();

function epochs(aucs: readonly number[], phase = 'head', flops = 1e12): CellEpoch[] {
  return aucs.map((validationAuc, i) => ({
    phase,
    epoch: i + 1,
    trainLoss: 1,
    validationLoss: 1,
    validationAuc,
    best: false,
    seconds: 2,
    flops,
  }));
}

function result(
  dataset: string,
  architecture: string,
  method: string,
  repetition: number,
  auc: number,
): CellResult {
  const figures = { loss: 0.3, accuracy: 0.9, auc, kerasAuc: auc, images: 100, perClass: {} };
  return {
    cell: [dataset, architecture, method, repetition].join('~'),
    dataset,
    architecture,
    method,
    repetition,
    seed: repetition - 1,
    settings: '',
    test: figures,
    testSets: {},
    images: { train: 300, validation: 50, test: 100 },
    parameters: { trained: 10, all: 1000 },
    history: epochs([0.5, 0.7, auc - 0.01, auc]),
    bestEpoch: 4,
    reused: 0,
    seconds: 9,
    host: 'here',
    version: '0',
    finished: '2026-01-01T00:00:00Z',
  };
}

const results = [
  ...[0.955, 0.965, 0.975].map((auc, i) => result('malaria', 'densenet121', 'fc', i + 1, auc)),
  ...[0.9943, 0.9942, 0.9941].map((auc, i) => result('malaria', 'densenet121', 'fc_then_full', i + 1, auc)),
  result('chest_xray', 'resnet50v2', 'fc', 1, 0.5),
  {
    ...result('patch_camelyon17', 'densenet121', 'fc', 1, 0.95),
    testSets: Object.fromEntries(
      [0, 2, 3].map((n) => [`hospital ${n}`, { ...result('', '', '', 1, 0.9 + n / 100).test }]),
    ),
  },
  {
    ...result('chexpert', 'densenet121', 'fc', 1, 0.72),
    test: { ...result('', '', '', 1, 0.72).test, perClass: { Edema: 0.8, 'Pleural Effusion': 0.81 } },
  },
];
const grids = new Grids(study, results, published);

test('the asset holds every published run', () => {
  const { datasets } = JSON.parse(
    readFileSync(new URL('../../assets/published-results.json', import.meta.url), 'utf8'),
  ) as { datasets: Record<string, { runs: Record<string, Record<string, unknown[]>> }> };
  const runs = Object.values(datasets).flatMap((d) => Object.values(d.runs).flatMap((m) => Object.values(m)));
  expect(runs.reduce((sum, own) => sum + own.length, 0)).toBe(1011);
  expect(Object.keys(datasets).length).toBe(9);
  expect(published.values('malaria', 'resnet50v2', 'fc_then_full')).toEqual([0.99443, 0.99712, 0.99062]);
  expect(published.values('chexpert', 'densenet121', 'fc', 'AUC_Edema').length).toBe(6);
  expect(published.values('malaria', 'densenet121', 'fc', 'AUC_Edema')).toEqual([]);
  expect(published.values('no', 'such', 'thing')).toEqual([]);
});

test('ours, the published, the difference, and whether it lies within the published runs', () => {
  const grid = grids.auc();
  const row = grid.rows.find((r) => r.dataset === 'malaria' && r.architecture === 'densenet121')!;
  const [fc, full] = row.entries;
  expect(fc.ours).toMatchObject({ n: 3, lowest: 0.955, highest: 0.975 });
  expect(fc.ours!.mean).toBeCloseTo(0.965, 12);
  expect(fc.ours!.deviation).toBeCloseTo(0.01, 12);
  expect(fc.published).toEqual(spreadOf(published.values('malaria', 'densenet121', 'fc')));
  expect(placeOf(fc)).toBe('within');
  expect(placeOf(full)).toBe('within');
  const xray = grid.rows.find((r) => r.dataset === 'chest_xray' && r.architecture === 'resnet50v2')!;
  expect(placeOf(xray.entries[0])).toBe('below');
  expect(xray.entries[1].ours).toBeUndefined();
  const long = grids.asLongTable(grid);
  const line = long.rows.find(([d, a, , m]) => d === 'malaria' && a === 'densenet121' && m === 'fc')!;
  expect(line.at(-1)).toBe('within');
  expect(line[long.columns.indexOf('difference')]).toBeCloseTo(0.965 - fc.published!.mean, 12);
});

test('classes and hospitals beside their published columns', () => {
  const classes = grids
    .perClass()
    .rows.filter((r) => r.dataset === 'chexpert' && r.architecture === 'densenet121');
  expect(classes.map(({ part }) => part)).toEqual([
    'Atelectasis',
    'Cardiomegaly',
    'Consolidation',
    'Edema',
    'Pleural Effusion',
  ]);
  expect(classes[4].entries[0].ours!.mean).toBe(0.81);
  expect(classes[4].entries[0].published!.n).toBe(6);
  expect(classes[0].entries[0].ours).toBeUndefined();
  const hospitals = grids
    .perHospital()
    .rows.filter((r) => r.dataset === 'patch_camelyon17' && r.architecture === 'densenet121');
  expect(hospitals.map(({ part }) => part)).toEqual(['hospital 0', 'hospital 2', 'hospital 3']);
  expect(hospitals.map(({ entries }) => entries[0].ours!.mean)).toEqual([0.9, 0.92, 0.93]);
  expect(hospitals[1].entries[0].published!.n).toBe(6);
});

test('a network that was not published stands beside all that were', async () => {
  const other = {
    ...study,
    definition: { ...study.definition, architectures: { mine: { model: 'mine.onnx', title: 'Mine' } } },
  };
  const own = new Grids(other, [result('malaria', 'mine', 'fc', 1, 0.9)], published);
  const [entry] = own.auc().rows.find(({ dataset }) => dataset === 'malaria')!.entries;
  expect(entry.pooled).toBe(true);
  expect(entry.published!.n).toBe(6 + 3 + 3 + 3);
  const table = own.asTable(own.auc());
  expect(table.notes!.join(' ')).toContain('† Published: all architectures together');
  expect(table.rows[0][1]).toBe('Mine');
});

test('every format says the same', () => {
  const table: Table = {
    title: 'A & B',
    columns: ['name', '50 % | p'],
    rows: [
      ['x_1', '0.950 ± 0.010 (0.9, −0.1)'],
      ['a|b <i>', null],
    ],
    notes: ['A note.'],
  };
  const [markdown, csv, latex, html] = tableFormats.map((format) => formatTables([table], format, 'Title'));
  expect(markdown).toContain('| x_1 | 0.950 ± 0.010 (0.9, −0.1) |');
  expect(markdown).toContain('| a\\|b <i> | – |');
  expect(csv).toBe('name,50 % | p\nx_1,"0.950 ± 0.010 (0.9, −0.1)"\na|b <i>,\n');
  expect(latex).toContain('x\\_1 & 0.950 $\\pm$ 0.010 (0.9, $-$0.1) \\\\');
  expect(latex).toContain('\\caption{A \\& B. A note.}');
  expect(latex).toContain('name & 50 \\% | p \\\\');
  expect(html).toContain('<th scope="row">a|b &#60;i&#62;</th>');
  expect(html).not.toContain('<script');
});

test('the CSV has the published columns first', () => {
  const [header, ...rows] = publishedTable(results, study.definition).trim().split('\n');
  expect(header.split(',').slice(0, 32).join(',')).toBe(
    'method,model,dataset,loss,accuracy,auc,loss_test_hosp_0,accuracy_test_hosp_0,auc_test_hosp_0,loss_test_hosp_2,accuracy_test_hosp_2,auc_test_hosp_2,loss_test_hosp_3,accuracy_test_hosp_3,auc_test_hosp_3,AUC_tumor,AUC_stroma,AUC_complex,AUC_lympho,AUC_debris,AUC_mucosa,AUC_adipose,AUC_empty,AUC_Atelectasis,AUC_Cardiomegaly,AUC_Consolidation,AUC_Edema,AUC_Pleural_Effusion,AUC_0,AUC_1,AUC_2,AUC_3',
  );
  expect(rows.length).toBe(results.length);
  expect(rows[7].split(',').slice(6, 15).join(',')).toBe('0.3,0.9,0.9,0.3,0.9,0.92,0.3,0.9,0.93');
});

test('epochs, seconds and FLOPs until it was good', () => {
  const history = [...epochs([0.6, 0.9]), ...epochs([0.94, 0.96, 0.95], 'bn', 3e12)];
  expect(bestAuc(history)).toBe(0.96);
  expect(effortUntil(history, 0.9)).toEqual({ epochs: 2, seconds: 4, flops: 2e12 });
  expect(effortUntil(history, 0.95)).toEqual({ epochs: 4, seconds: 8, flops: 8e12 });
  expect(effortUntil(history, 0.97)).toBeUndefined();

  const convergence = convergenceOf(study, results);
  const [fc, full] = convergence.filter(({ dataset }) => dataset === 'malaria');
  expect(fc).toMatchObject({ method: 'fc', n: 3 });
  expect(fc.own[95].epochs).toBe(3);
  // 99 % of the other method's 0.994 is reached by none of the three but the one of 0.975 not either.
  expect(fc.common).toEqual({ effort: undefined, reached: 0 });
  expect(full.common.reached).toBe(3);
  const titles = { dataset: String, architecture: String, method: String };
  expect(convergenceTable([fc], titles).rows[0].slice(0, 4)).toEqual(['malaria', 'densenet121', 'fc', 3]);
});

test('two methods on the same repetitions', async () => {
  const comparison = (await compareMethods(study, results, 'fc_then_full', 'fc'))!;
  const [cell] = comparison.cells;
  expect(comparison.cells.length).toBe(1);
  expect(cell.differences.map((d) => Number(d.toFixed(4)))).toEqual([0.0393, 0.0292, 0.0191]);
  // By hand: mean 0.0292, deviation 0.0101, t = 0.0292 / (0.0101 / √3).
  expect(cell.test!.t).toBeCloseTo(0.0292 / (0.0101 / Math.sqrt(3)), 6);
  expect(comparison.test).toMatchObject({ n: 1, pValue: 1 });
  expect(await compareMethods(study, results, 'fc', 'bn_and_fc')).toBeUndefined();
  const rows = comparisonTable([comparison], String).rows;
  expect(rows).toEqual([['fc_then_full', 'fc', 1, '+0.0292', '1 of 1', '1.000']]);
  const titles = { dataset: String, architecture: String, method: String };
  expect(cellComparisonTable(comparison, titles).rows[0].slice(0, 4)).toEqual([
    'malaria',
    'densenet121',
    3,
    '+0.0292',
  ]);
});

test('figures of each kind, as a page and as files of their own', () => {
  const counts = figureKinds.map((kind: FigureKind) => figuresOf(kind, grids, results).length);
  // One per data set; convergence twice per data set and network that has results.
  expect(counts).toEqual([9, 9, 9, 9, 8]);
  const figures = figureKinds.flatMap((kind) => figuresOf(kind, grids, results).map((f) => ({ ...f, kind })));
  expect(new Set(figures.map(({ name }) => name)).size).toBe(figures.length);
  for (const { description, plot, ...heading } of figures.filter(({ name }) => /malaria/.test(name))) {
    const svg = standaloneSvg(drawing(description, 720, plot), heading);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="720"/);
    expect(svg).not.toContain('var(');
    expect(svg).not.toMatch(/NaN|undefined/);
    expect(svg).toContain(heading.title);
  }
  const titles = {
    dataset: (name: string) => grids.datasetTitle(name),
    architecture: (name: string) => grids.architectureTitle(name),
    method: String,
  };
  const page = studyPage({ study, results, grids, titles, figures });
  expect(page).toContain('9 data sets × 4 networks × 10 methods × 3 repetitions; 9 of 1080 cells are done');
  expect(page).toContain('Test AUC per hospital');
  expect(page).not.toMatch(/<script|undefined|NaN/);
});

test('the bar of a method ends where its mean is', () => {
  const [figure] = figuresOf('auc', grids, results).filter(({ name }) => name === 'auc-malaria');
  const svg = drawing(figure.description, 720, figure.plot);
  expect(svg).toContain('DenseNet121, FC: 0.9650 over 3');
  expect(svg).toContain('published, FC: 0.9655 over 6');
  // Plot's x scale from the floor of the axis, 0.9, at the left margin to 1 at the right one.
  const widths = [...svg.matchAll(/<rect[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));
  const floor = Number(/the axis begins at ([\d.]+)/.exec(figure.legend.at(-1)!.label)![1]);
  const plotted = 720 - 128 - 24;
  expect(widths[0]).toBeCloseTo(((0.965 - floor) / (1 - floor)) * plotted, 0);
});
