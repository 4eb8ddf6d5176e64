/** @file The published figures, drawn from a study's results with the published values in them. */
import * as Plot from '@observablehq/plot';
import { aucAxis } from '../report/charts/auc-axis.js';
import { axisBelow, axisLeft, INK, type LegendEntry, MUTED, SERIES } from '../report/plot.js';
import type { Entry, Grid, GridRow, Grids } from './grid.js';
import type { CellResult } from './results.js';
import { mean } from './statistics.js';

export interface Figure {
  /** Fit for a file name. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly legend: readonly LegendEntry[];
  readonly plot: (width: number) => Plot.PlotOptions;
}

/** The published variants, each a figure of some methods beside those that they vary. */
const variants = [
  {
    name: 'moving-average',
    title: 'Moving averages updated',
    varied: ['FC', 'FC-then-full', 'FC-then-BN'],
    variants: ['FC-BMA', 'FC-then-full-BMA', 'FC-then-BN-BMA'],
  },
  {
    name: 'random-weights',
    title: 'Random weights',
    varied: ['FC', 'FC-BN'],
    variants: ['RND-FC-BN', 'RND-FC-BN-BMA'],
  },
  {
    name: 'learning-rate',
    title: 'A smaller learning rate',
    varied: ['FC', 'FC-then-full', 'FC-then-BN'],
    variants: ['FC-then-BN-lr'],
  },
] as const;

export const figureKinds = ['auc', ...variants.map(({ name }) => name), 'convergence'] as const;
export type FigureKind = (typeof figureKinds)[number];

/** Figures of one kind, one per data set (convergence: and network) that has something to show. */
export function figuresOf(kind: FigureKind, grids: Grids, results: readonly CellResult[]): Figure[] {
  const grid = grids.auc();
  if (kind === 'convergence') return convergenceFigures(grid, grids, results);
  const variant = variants.find(({ name }) => name === kind);
  const titled = (titles: readonly string[]) =>
    grid.methods.flatMap(({ title }, i) => (titles.includes(title) ? i : []));
  const chosen = variant ? titled([...variant.varied, ...variant.variants]) : grid.methods.map((_, i) => i);
  if (variant && titled(variant.variants).length === 0) return [];
  const datasets = [...new Set(grid.rows.map(({ dataset }) => dataset))];
  return datasets.flatMap((dataset) => {
    const own = grid.rows.filter((row) => row.dataset === dataset);
    const methods = chosen.filter((i) => own.some(({ entries }) => isKnown(entries[i])));
    const rows = own
      .map((row) => ({ ...row, entries: methods.map((i) => row.entries[i]) }))
      .filter(({ entries }) => entries.some(isKnown));
    if (methods.length < 2) return [];
    const title = `${variant ? `${variant.title}: ` : ''}${grids.datasetTitle(dataset)}`;
    const shown = { ...grid, methods: methods.map((i) => grid.methods[i]) };
    return barFigure(`${kind}-${dataset}`, title, shown, rows, grids);
  });
}

function isKnown({ ours, published }: Entry): boolean {
  return ours !== undefined || published !== undefined;
}

/** Width of the methods' names, in CSS pixels. */
const LABELS = 128;
const BAR = { ours: SERIES[0], published: SERIES[1] };

/** Bars of AUC by network and method, from a floor above zero; the published mean and range beside each. */
function barFigure(
  name: string,
  title: string,
  { methods }: Grid,
  rows: readonly GridRow[],
  grids: Grids,
): Figure {
  const points = rows.flatMap(({ architecture, entries }) =>
    entries.map((entry, i) => ({
      ...entry,
      method: methods[i].title,
      network: grids.architectureTitle(architecture),
    })),
  );
  const values = points.flatMap(({ ours, published }) => [
    ...(ours ? [ours.lowest] : []),
    ...(published ? [published.lowest] : []),
  ]);
  const axis = aucAxis(values);
  const [floor] = axis.domain;
  const networks = [...new Set(points.map(({ network }) => network))];
  const ours = points.filter((point) => point.ours);
  const published = points.filter((point) => point.published);
  const isPooled = points.some(({ pooled }) => pooled);
  return {
    name,
    title,
    description: `Test AUC on ${grids.datasetTitle(rows[0].dataset)} by network and method, ours and published`,
    legend: [
      ...(ours.length > 0
        ? [{ label: 'ours: mean, lowest and highest run', colour: BAR.ours, mark: 'dot' as const }]
        : []),
      ...(published.length > 0
        ? [
            {
              label: `published: mean, lowest and highest run${isPooled ? ' of all architectures' : ''}`,
              colour: BAR.published,
            },
          ]
        : []),
      ...(floor > 0
        ? [{ label: `the axis begins at ${floor}`, colour: MUTED, mark: 'dashed' as const }]
        : []),
    ],
    plot: (width) => ({
      height: Math.max(160, networks.length * (methods.length * 17 + 24) + 64),
      marginTop: 24,
      marginLeft: LABELS,
      marginRight: 24,
      x: { domain: axis.domain },
      y: { domain: methods.map((method) => method.title), padding: 0.25 },
      fy: { domain: networks, axis: null, padding: 24 / (methods.length * 17 + 24) },
      marks: [
        Plot.gridX({ ticks: axis.ticks, stroke: 'var(--line)', strokeOpacity: 1 }),
        Plot.axisY({ tickSize: 0, label: null, fill: MUTED }),
        Plot.axisX({
          ticks: axis.ticks,
          tickSize: 0,
          label: 'test AUC',
          labelAnchor: 'center',
          labelArrow: 'none',
          labelOffset: 34,
          fill: MUTED,
        }),
        Plot.text(networks, {
          fy: (network) => network,
          text: (network) => network,
          frameAnchor: 'top-left',
          lineAnchor: 'bottom',
          dx: 4 - LABELS,
          dy: -4,
          fill: INK,
          fontWeight: 600,
        }),
        Plot.barX(ours, {
          fy: 'network',
          y: 'method',
          x1: floor,
          x2: (p) => Math.max(floor, p.ours!.mean),
          fill: BAR.ours,
          fillOpacity: 0.75,
          title: (p) => `${p.network}, ${p.method}: ${p.ours!.mean.toFixed(4)} over ${p.ours!.n}`,
        }),
        Plot.ruleY(ours, {
          fy: 'network',
          y: 'method',
          x1: (p) => Math.max(floor, p.ours!.lowest),
          x2: (p) => p.ours!.highest,
          stroke: INK,
          strokeWidth: 1.25,
          dy: -2,
        }),
        Plot.ruleY(published, {
          fy: 'network',
          y: 'method',
          x1: (p) => Math.max(floor, p.published!.lowest),
          x2: (p) => p.published!.highest,
          stroke: BAR.published,
          strokeWidth: 2,
          dy: 3,
        }),
        Plot.dot(published, {
          fy: 'network',
          y: 'method',
          x: (p) => Math.max(floor, p.published!.mean),
          r: width < 400 ? 2.5 : 3.25,
          fill: BAR.published,
          dy: 3,
          title: (p) => `published, ${p.method}: ${p.published!.mean.toFixed(4)} over ${p.published!.n}`,
        }),
      ],
    }),
  };
}

/** Validation AUC by epoch and by training FLOPs: a thin line per run, rings where the mean run stopped. */
function convergenceFigures(grid: Grid, grids: Grids, results: readonly CellResult[]): Figure[] {
  return grid.rows.flatMap(({ dataset, architecture }) => {
    const runs = results.filter((r) => r.dataset === dataset && r.architecture === architecture);
    const curves = runs.flatMap((run) => {
      let flops = 0;
      const colour = grid.methods.findIndex(({ name }) => name === run.method);
      const points = run.history.flatMap(({ validationAuc, flops: own }, i) => {
        flops += own;
        return validationAuc === null ? [] : [{ epoch: i + 1, flops: flops / 1e12, auc: validationAuc }];
      });
      return points.length === 0
        ? []
        : [{ run, points, colour: SERIES[colour % SERIES.length], dashed: colour >= SERIES.length }];
    });
    if (curves.length === 0) return [];
    const axis = aucAxis([
      quantile(
        curves.flatMap(({ points }) => points.map(({ auc }) => auc)),
        0.02,
      ),
    ]);
    const title = `${grids.datasetTitle(dataset)}, ${grids.architectureTitle(architecture)}`;
    const present = grid.methods.filter(({ name }) => curves.some(({ run }) => run.method === name));
    const legend = present.map(({ name, title: label }): LegendEntry => {
      const own = curves.filter(({ run }) => run.method === name);
      const epochs = mean(own.map(({ run }) => run.history.length));
      return {
        label,
        value: `${epochs.toFixed(1)} epochs`,
        colour: own[0].colour,
        mark: own[0].dashed ? 'dashed' : 'line',
      };
    });
    return (['epoch', 'flops'] as const).map((by) => ({
      name: `convergence-${dataset}-${architecture}${by === 'flops' ? '-flops' : ''}`,
      title: `${title}: by ${by === 'epoch' ? 'epoch' : 'training arithmetic'}`,
      description: `Validation AUC of ${curves.length} runs on ${title} by ${by === 'epoch' ? 'epoch' : 'training FLOPs'}`,
      legend,
      plot: () => ({
        height: 320,
        x: {
          domain: [0, Math.max(...curves.flatMap(({ points }) => points.map((p) => p[by])))],
          nice: by === 'flops',
        },
        y: { domain: axis.domain, clamp: true },
        marks: [
          axisLeft(null, { ticks: axis.ticks }),
          axisBelow(by === 'epoch' ? 'epoch' : 'training teraFLOPs', {
            tickFormat: (d: number) => (by === 'flops' || Number.isInteger(d) ? String(d) : ''),
          }),
          curves.map(({ points, colour, dashed, run }) => [
            Plot.line(points, {
              x: by,
              y: 'auc',
              stroke: colour,
              strokeWidth: 1.5,
              strokeOpacity: 0.8,
              strokeDasharray: dashed ? '4 3' : undefined,
            }),
            Plot.dot(points, {
              x: by,
              y: 'auc',
              r: 1.75,
              fill: colour,
              title: (p) =>
                `${run.method}, repetition ${run.repetition}, epoch ${p.epoch}: ${p.auc.toFixed(4)}`,
            }),
            Plot.dot(points.slice(-1), { x: by, y: 'auc', r: 4, stroke: colour, strokeWidth: 1.5 }),
          ]),
        ],
      }),
    }));
  });
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))];
}
