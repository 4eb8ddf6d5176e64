/** @file How soon a run was good: epochs, seconds and training FLOPs until its validation AUC came near the best. */
import type { CellEpoch, CellResult } from './results.js';
import { mean } from './statistics.js';
import type { Study, Titles } from './study.js';
import type { Table } from './table.js';

/** What it took, the epoch in which it was reached included. */
export interface Effort {
  readonly epochs: number;
  readonly seconds: number;
  /** Of training; validation is left out. */
  readonly flops: number;
}

/** The best validation AUC of a run; undefined where none was recorded. */
export function bestAuc(history: readonly CellEpoch[]): number | undefined {
  const values = history.flatMap(({ validationAuc }) => validationAuc ?? []);
  return values.length === 0 ? undefined : Math.max(...values);
}

/** What it took until the validation AUC was first at least `target`; undefined where it never was. */
export function effortUntil(history: readonly CellEpoch[], target: number): Effort | undefined {
  let [seconds, flops] = [0, 0];
  for (const [i, epoch] of history.entries()) {
    seconds += epoch.seconds;
    flops += epoch.flops;
    if ((epoch.validationAuc ?? Number.NEGATIVE_INFINITY) >= target) return { epochs: i + 1, seconds, flops };
  }
  return undefined;
}

export interface Convergence {
  readonly dataset: string;
  readonly architecture: string;
  readonly method: string;
  /** Repetitions that are done. */
  readonly n: number;
  /** Mean over repetitions of the best validation AUC. */
  readonly best: number;
  /** Until 95 and 99 % of its own best; means over repetitions. */
  readonly own: { readonly 95: Effort; readonly 99: Effort };
  /**
   * Until 99 % of the best that any method reached on the same data, network and repetition; a mean over the
   * repetitions that reached it, and how many those are.
   */
  readonly common: { readonly effort: Effort | undefined; readonly reached: number };
}

/** One entry per data set, architecture and method that has results, in the study's order. */
export function convergenceOf({ definition }: Study, results: readonly CellResult[]): Convergence[] {
  const best = new Map<string, number>();
  const placeOf = (r: CellResult) => [r.dataset, r.architecture, r.repetition].join(' ');
  for (const result of results) {
    const auc = bestAuc(result.history);
    if (auc !== undefined) best.set(placeOf(result), Math.max(auc, best.get(placeOf(result)) ?? 0));
  }
  const names = (of: object) => Object.keys(of);
  const { datasets, architectures, methods } = definition;
  return names(datasets).flatMap((dataset) =>
    names(architectures).flatMap((architecture) =>
      names(methods).flatMap((method): Convergence[] => {
        const runs = results.filter(
          (r) =>
            r.dataset === dataset &&
            r.architecture === architecture &&
            r.method === method &&
            bestAuc(r.history) !== undefined,
        );
        if (runs.length === 0) return [];
        const own = (share: number) =>
          meanEffort(runs.map(({ history }) => effortUntil(history, share * bestAuc(history)!)!));
        const reached = runs.flatMap((run) => effortUntil(run.history, 0.99 * best.get(placeOf(run))!) ?? []);
        return [
          {
            dataset,
            architecture,
            method,
            n: runs.length,
            best: mean(runs.map(({ history }) => bestAuc(history)!)),
            own: { 95: own(0.95), 99: own(0.99) },
            common: {
              effort: reached.length > 0 ? meanEffort(reached) : undefined,
              reached: reached.length,
            },
          },
        ];
      }),
    ),
  );
}

function meanEffort(efforts: readonly Effort[]): Effort {
  return {
    epochs: mean(efforts.map(({ epochs }) => epochs)),
    seconds: mean(efforts.map(({ seconds }) => seconds)),
    flops: mean(efforts.map(({ flops }) => flops)),
  };
}

/** As a table; seconds and teraFLOPs. */
export function convergenceTable(entries: readonly Convergence[], titles: Titles): Table {
  const tera = (flops: number) => Number((flops / 1e12).toPrecision(3));
  const round = (x: number, digits: number) => Number(x.toFixed(digits));
  return {
    title: 'Convergence',
    columns: [
      'data set',
      'network',
      'method',
      'runs',
      'best val AUC',
      'epochs to 95 %',
      'to 99 %',
      'seconds to 95 %',
      'to 99 %',
      'TFLOPs to 95 %',
      'to 99 %',
      'epochs to 99 % of all',
      'TFLOPs to 99 % of all',
      'reached by',
    ],
    rows: entries.map(({ dataset, architecture, method, n, best, own, common }) => [
      titles.dataset(dataset),
      titles.architecture(architecture),
      titles.method(method),
      n,
      best.toFixed(3),
      round(own[95].epochs, 1),
      round(own[99].epochs, 1),
      round(own[95].seconds, 0),
      round(own[99].seconds, 0),
      tera(own[95].flops),
      tera(own[99].flops),
      common.effort ? round(common.effort.epochs, 1) : null,
      common.effort ? tera(common.effort.flops) : null,
      `${common.reached}/${n}`,
    ]),
    notes: [
      'Until the validation AUC first reached 95 or 99 % of the run’s own best, and 99 % of the best of any method on the same data, network and repetition; means over repetitions, all phases counted, those taken over from other cells too.',
      'Seconds include validation; they are of the machine that ran the cell and of what else it did. FLOPs are of training, two per multiply-add of convolutions and matrix products.',
    ],
  };
}
