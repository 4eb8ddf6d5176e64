/** @file A study as one page that stands alone: tables and figures, ours beside the published. */
import { html } from '../report/html.js';
import { page } from '../report/page.js';
import { chart, legend } from '../report/plot.js';
import { convergenceOf, convergenceTable } from './convergence.js';
import type { Figure, FigureKind } from './figures.js';
import type { Grids } from './grid.js';
import type { CellResult } from './results.js';
import type { Study, Titles } from './study.js';
import { tableSection } from './table.js';

const headings: Record<FigureKind, string> = {
  auc: 'Test AUC by data set, network and method',
  'moving-average': 'With and without updated moving averages',
  'random-weights': 'From random weights',
  'learning-rate': 'At a smaller learning rate',
  convergence: 'Convergence',
};

export interface StudyPageOptions {
  readonly study: Study;
  readonly results: readonly CellResult[];
  readonly grids: Grids;
  readonly titles: Titles;
  readonly figures: readonly (Figure & { readonly kind: FigureKind })[];
}

/** @returns a whole HTML document without scripts */
export function studyPage({ study, results, grids, titles, figures }: StudyPageOptions): string {
  const { definition, cells } = study;
  const names = [definition.datasets, definition.architectures, definition.methods].map(
    (of) => Object.keys(of).length,
  );
  const kinds = [...new Set(figures.map(({ kind }) => kind))];
  const tables = [grids.auc(), grids.perClass(), grids.perHospital()]
    .filter(({ rows }) => rows.length > 0)
    .map((grid) => grids.asTable(grid));
  const convergence = convergenceOf(study, results);
  return page(`${definition.name} – Transfuse`, [
    html`<header><p class="kicker">Transfuse study</p><h1>${definition.name}</h1>
      <p class="lead">${names[0]} data sets × ${names[1]} networks × ${names[2]} methods × ${definition.repetitions} repetitions; ${results.length} of ${cells.length} cells are done.</p></header>`,
    kinds.map(
      (kind) =>
        html`<section><h2>${headings[kind]}</h2><div class="pair">${figures
          .filter((figure) => figure.kind === kind)
          .map(
            ({ title, legend: entries, description, plot }) =>
              html`<figure><figcaption>${title}</figcaption>${legend(entries)}${chart(description, plot)}</figure>`,
          )}</div></section>`,
    ),
    tables.map(tableSection),
    convergence.length > 0 && tableSection(convergenceTable(convergence, titles)),
    html`<footer>Published: Kanavati & Tsuneki, Partial transfusion, MIDL 2021.</footer>`,
  ]);
}
