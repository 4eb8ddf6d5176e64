/** @file Our figures beside the published ones: rows of data sets, classes or hospitals, one column per method. */
import { score } from '../report/format.js';
import { publishedNames } from './beside.js';
import { type PublishedResults, type Spread, spreadOf } from './published-results.js';
import type { CellResult, TestFigures } from './results.js';
import type { Study } from './study.js';
import type { Table } from './table.js';

/** One value of the grid. */
export interface Entry {
  /** Over the repetitions; undefined where none is done. */
  readonly ours: Spread | undefined;
  readonly published: Spread | undefined;
  /** Whether the published figure is that of all published architectures, as ours is none of them. */
  readonly pooled: boolean;
}

export interface GridRow {
  readonly dataset: string;
  readonly architecture: string;
  /** A class or a hospital; empty where the row is about all. */
  readonly part: string;
  /** One per method of the study. */
  readonly entries: readonly Entry[];
}

export interface Grid {
  readonly title: string;
  readonly methods: readonly { readonly name: string; readonly title: string }[];
  readonly rows: readonly GridRow[];
}

/** Where our mean lies against the published runs' lowest and highest. */
export function placeOf({ ours, published }: Entry): 'within' | 'below' | 'above' | undefined {
  if (!ours || !published) return undefined;
  if (ours.mean < published.lowest) return 'below';
  return ours.mean > published.highest ? 'above' : 'within';
}

/** What a row shows of each of its results, and the published column it stands beside. */
interface Part {
  readonly name: string;
  readonly value: (result: CellResult) => number | null | undefined;
  readonly column: string | undefined;
}

const WHOLE: Part = { name: '', value: ({ test }) => test.auc, column: 'auc' };

export class Grids {
  private readonly names;

  constructor(
    private readonly study: Study,
    private readonly results: readonly CellResult[],
    private readonly published: PublishedResults,
  ) {
    this.names = publishedNames(study.definition);
  }

  get methods(): Grid['methods'] {
    return Object.keys(this.study.definition.methods).map((name) => ({
      name,
      title: this.names.method(name)?.title ?? name,
    }));
  }

  /** Test AUC: one row per data set and architecture. */
  auc(): Grid {
    const rows = this.each((dataset, architecture) => [this.row(dataset, architecture, WHOLE)]);
    return { title: 'Test AUC', methods: this.methods, rows };
  }

  /** AUC per class, of the data sets that have more than two. */
  perClass(): Grid {
    const rows = this.each((dataset, architecture) =>
      this.classesOf(dataset).map(({ title, column, names }) =>
        this.row(dataset, architecture, {
          name: title,
          value: ({ test }) => ofClass(test, names),
          column,
        }),
      ),
    );
    return { title: 'Test AUC per class', methods: this.methods, rows };
  }

  /** AUC per test set, of the data sets that have several. */
  perHospital(): Grid {
    const rows = this.each((dataset, architecture) =>
      this.testSetsOf(dataset).map(({ title, column }) =>
        this.row(dataset, architecture, {
          name: title,
          value: ({ testSets }) => testSets[title]?.auc,
          column: column && `auc_${column}`,
        }),
      ),
    );
    return { title: 'Test AUC per hospital', methods: this.methods, rows };
  }

  datasetTitle(name: string): string {
    return this.names.dataset(name)?.title ?? name;
  }

  architectureTitle(name: string): string {
    return this.study.definition.architectures[name]?.title ?? this.names.architecture(name)?.title ?? name;
  }

  /** One line per row, one column per method, ours before the published. */
  asTable({ title, methods, rows }: Grid): Table {
    const hasParts = rows.some(({ part }) => part !== '');
    const isPooled = rows.some(({ entries }) => entries.some(({ pooled }) => pooled));
    return {
      title,
      columns: ['data set', 'network', ...(hasParts ? ['of'] : []), ...methods.map((method) => method.title)],
      rows: rows.map(({ dataset, architecture, part, entries }) => [
        this.datasetTitle(dataset),
        this.architectureTitle(architecture),
        ...(hasParts ? [part] : []),
        ...entries.map(entryText),
      ]),
      notes: [
        'Mean ± standard deviation over repetitions; in brackets the published mean ± standard deviation, the difference, and where ours lies against the lowest and highest published run.',
        ...(isPooled ? ['† Published: all architectures together, as this one was not among them.'] : []),
      ],
    };
  }

  /** One line per entry, for other programs. */
  asLongTable({ title, methods, rows }: Grid): Table {
    const of = (spread: Spread | undefined) => [
      spread?.n ?? 0,
      spread?.mean ?? null,
      spread?.deviation ?? null,
    ];
    const columns = ['dataset', 'architecture', 'part', 'method', 'n', 'mean', 'sd'];
    const beside = ['published_n', 'published_mean', 'published_sd', 'published_lowest', 'published_highest'];
    return {
      title,
      columns: [...columns, ...beside, 'published_pooled', 'difference', 'place'],
      rows: rows.flatMap(({ dataset, architecture, part, entries }) =>
        entries.map((entry, i) => [
          dataset,
          architecture,
          part,
          methods[i].name,
          ...of(entry.ours),
          ...of(entry.published),
          entry.published?.lowest ?? null,
          entry.published?.highest ?? null,
          Number(entry.pooled),
          differenceOf(entry) ?? null,
          placeOf(entry) ?? null,
        ]),
      ),
    };
  }

  private each(rows: (dataset: string, architecture: string) => GridRow[]): GridRow[] {
    const { datasets, architectures } = this.study.definition;
    return Object.keys(datasets)
      .flatMap((dataset) => Object.keys(architectures).flatMap((architecture) => rows(dataset, architecture)))
      .filter(({ entries }) => entries.some(({ ours, published }) => ours || published));
  }

  private row(dataset: string, architecture: string, part: Part): GridRow {
    const entries = this.methods.map(({ name }) => this.entry(dataset, architecture, name, part));
    return { dataset, architecture, part: part.name, entries };
  }

  private entry(dataset: string, architecture: string, method: string, { value, column }: Part): Entry {
    const values = this.results
      .filter((r) => r.dataset === dataset && r.architecture === architecture && r.method === method)
      .flatMap((result) => value(result) ?? []);
    const [d, a, m] = [
      this.names.dataset(dataset)?.id,
      this.names.architecture(architecture)?.id,
      this.names.method(method)?.id,
    ];
    if (!d || !m || !column) return { ours: spreadOf(values), published: undefined, pooled: false };
    const architectures = a ? [a] : this.published.architectures(d, m);
    const published = architectures.flatMap((name) => this.published.values(d, name, m, column));
    return { ours: spreadOf(values), published: spreadOf(published), pooled: !a && published.length > 0 };
  }

  /** The published classes, or those that results have. */
  private classesOf(
    dataset: string,
  ): { title: string; column: string | undefined; names: readonly string[] }[] {
    const published = this.names.dataset(dataset)?.classes ?? [];
    const found = new Set(
      this.results.filter((r) => r.dataset === dataset).flatMap(({ test }) => Object.keys(test.perClass)),
    );
    const others = [...found].filter((name) => !published.some(({ names }) => names.includes(name)));
    if (others.length === found.size && found.size > 0)
      return others.map((name) => ({ title: name, column: undefined, names: [name] }));
    return [...published, ...others.map((name) => ({ title: name, column: undefined, names: [name] }))];
  }

  private testSetsOf(dataset: string): { title: string; column: string | undefined }[] {
    const published = this.names.dataset(dataset)?.hospitals ?? [];
    const found = new Set(
      this.results.filter((r) => r.dataset === dataset).flatMap(({ testSets }) => Object.keys(testSets)),
    );
    const others = [...found].filter((name) => !published.some(({ title }) => title === name));
    return [...published, ...others.map((name) => ({ title: name, column: undefined }))];
  }
}

function ofClass({ perClass }: TestFigures, names: readonly string[]): number | null | undefined {
  const name = names.find((candidate) => candidate in perClass);
  return name === undefined ? undefined : perClass[name];
}

export function differenceOf({ ours, published }: Entry): number | undefined {
  return ours && published ? ours.mean - published.mean : undefined;
}

/** `0.957 ± 0.003 (0.961 ± 0.002, −0.004, within)`. */
function entryText(entry: Entry): string | null {
  const { ours, published, pooled } = entry;
  if (!ours && !published) return null;
  const own = ours ? spreadText(ours) : '–';
  if (!published) return own;
  const parts = [spreadText(published) + (pooled ? '†' : '')];
  if (ours) parts.push(signed(differenceOf(entry)!), placeOf(entry)!);
  return `${own} (${parts.join(', ')})`;
}

export function spreadText({ mean, deviation }: Spread, digits = 3): string {
  return deviation === null ? score(mean, digits) : `${score(mean, digits)} ± ${deviation.toFixed(digits)}`;
}

export function signed(value: number, digits = 3): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
}
