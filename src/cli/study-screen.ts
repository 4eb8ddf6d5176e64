/** @file What `study run` shows: a live table on a terminal, a line per event elsewhere. */
import type { Cell } from '../study/cells.js';
import { estimateStudy, Sizes, type StudyEstimate } from '../study/estimate.js';
import type { StudyHooks } from '../study/run-study.js';
import { type CellState, type StudyStatus, secondsLeft, statusOf } from '../study/status.js';
import type { Study } from '../study/study.js';
import { LiveText } from './live-text.js';
import { duration } from './progress.js';
import { table } from './table.js';
import { show } from './train-screen.js';

const marks: Record<CellState, string> = { done: '●', running: '◐', failed: '✗', open: '○' };

/** How old what is shown of other processes may get. */
const LOOK_EVERY_MS = 10_000;

/** One row per data set and network, one column per method, one mark per repetition. */
export function statusTable(
  { cells }: Pick<Study, 'cells'>,
  { states }: Pick<StudyStatus, 'states'>,
): string {
  const methods = [...new Set(cells.map(({ method }) => method))];
  const rows = new Map<string, Map<string, string>>();
  for (const { id, dataset, architecture, method } of cells) {
    const name = `${dataset} · ${architecture}`;
    const row = rows.get(name) ?? new Map<string, string>();
    rows.set(name, row);
    row.set(method, (row.get(method) ?? '') + marks[states.get(id)!]);
  }
  return table(
    [
      ['', ...methods],
      ...[...rows].map(([name, row]) => [name, ...methods.map((method) => row.get(method) ?? '')]),
    ],
    '',
  );
}

/** `3 of 24 done, 1 running, 1 failed · 1:02:10 left`. */
export function statusLine(
  { cells }: Pick<Study, 'cells'>,
  status: StudyStatus,
  estimate: StudyEstimate | undefined,
): string {
  const { done, running, failed, open } = status.counts;
  const parts = [`${done} of ${cells.length} done`];
  if (running > 0) parts.push(`${running} running`);
  if (failed > 0) parts.push(`${failed} failed`);
  const left = estimate && running + open > 0 ? secondsLeft(cells, status, estimate) : undefined;
  const guess = estimate?.measured ? '' : 'about ';
  return parts.join(', ') + (left === undefined ? '' : ` · ${guess}${duration(left)} left`);
}

export class StudyScreen {
  private readonly live = new LiveText();
  private estimate: StudyEstimate | undefined;
  private status: StudyStatus | undefined;
  private activity = '';
  private closed = false;
  private lookedAt = 0;
  private readonly sizes = new Sizes();

  constructor(private readonly study: Study) {}

  readonly hooks: StudyHooks = {
    onCell: (cell) => {
      this.activity = `${cell.id}: reading images`;
      if (!this.live.isLive) this.say(`${cell.id} …`);
      void this.refresh();
    },
    onDone: (cell, { test, history, seconds, reused }) => {
      const taken = reused > 0 ? ` (${reused} taken over)` : '';
      this.say(
        `${cell.id}: test AUC ${show(test.auc)}, ${history.length} epochs${taken}, ${duration(seconds)}`,
      );
      this.estimate = undefined;
      void this.refresh(true);
    },
    onFailed: (cell, { message }) => {
      this.say(`${cell.id} failed: ${message}`);
      void this.refresh();
    },
    onWaiting: (cells) => {
      this.activity = `waiting for ${cells.length === 1 ? cells[0].id : `${cells.length} cells`} in other processes`;
      void this.refresh();
    },
    train: {
      onStep: ({ phase, epoch, step, steps, loss, imagesPerSecond }) => {
        const [cell] = this.activity.split(':');
        this.activity = `${cell}: ${phase.name} ${epoch}, ${step}/${steps}, loss ${loss.toFixed(4)}, ${imagesPerSecond.toFixed(0)} images/s`;
        this.draw();
      },
      onPredict: (split, done, total) => {
        const [cell] = this.activity.split(':');
        this.activity = `${cell}: predicting ${split} ${done}/${total}`;
        this.draw();
      },
    },
  };

  stopping(): void {
    this.close();
    this.say('Stopping after this step; once more ends at once …');
  }

  close(): void {
    this.closed = true;
    this.live.end();
  }

  /** The last table, which stays. */
  async finished(): Promise<void> {
    this.close();
    const status = await statusOf(this.study);
    this.say(statusTable(this.study, status));
    this.say(statusLine(this.study, status, undefined));
  }

  /** @param tell whether to say where things stand, where that is not drawn */
  private async refresh(tell = false): Promise<void> {
    this.lookedAt = performance.now();
    try {
      const status = await statusOf(this.study);
      this.status = status;
      this.estimate ??= await estimateStudy(this.study, status.results, this.sizes);
    } catch {
      return; // another look will do
    }
    this.draw();
    if (tell && !process.stdout.isTTY && !this.closed) {
      this.say(statusLine(this.study, this.status, this.estimate));
    }
  }

  private draw(): void {
    if (!this.status || this.closed) return;
    if (performance.now() - this.lookedAt > LOOK_EVERY_MS) void this.refresh();
    this.live.draw(
      [
        statusTable(this.study, this.status),
        '',
        this.activity,
        statusLine(this.study, this.status, this.estimate),
      ].join('\n'),
    );
  }

  private say(text: string): void {
    this.live.print(`${text}\n`);
  }
}

const UNKNOWN = 'unknown';

/** Some or all of a study's cells as `--dry-run` lists them, with what they will take. */
export function planTable(
  { cells: all, definition }: Study,
  cells: readonly Cell[],
  estimate: StudyEstimate,
): string {
  const rows = new Map<string, { cells: Cell[]; name: [string, string] }>();
  for (const cell of cells) {
    const key = `${cell.dataset} ${cell.architecture}`;
    const row = rows.get(key) ?? { cells: [], name: [cell.dataset, cell.architecture] };
    rows.set(key, row);
    row.cells.push(cell);
  }
  const sums = (of: readonly Cell[]): [string, string] => {
    const estimates = of.map(({ id }) => estimate.cells.get(id)!);
    const sum = (value: (e: (typeof estimates)[number]) => number | undefined) =>
      estimates.reduce<number | undefined>((total, e) => {
        const own = value(e);
        return total === undefined || own === undefined ? undefined : total + own;
      }, 0);
    const [flops, bytes] = [sum((e) => e.flops), sum((e) => e.bytes)];
    return [
      flops === undefined ? UNKNOWN : hours(flops / estimate.rate),
      bytes === undefined ? UNKNOWN : size(bytes),
    ];
  };
  const { datasets, architectures, methods, repetitions } = definition;
  const counts = [datasets, architectures, methods].map((of) => Object.keys(of).length);
  const names = ['data sets', 'networks', 'methods', 'repetitions'];
  const grid = [...counts, repetitions].map((count, i) => `${count} ${names[i]}`).join(' × ');
  const [time, disk] = sums(cells);
  return [
    table(
      [
        ['data set', 'network', 'size', 'batch', 'cells', 'time', 'disk'],
        ...[...rows.values()].map((row) => [
          ...row.name,
          String(row.cells[0].options.size ?? 'network’s'),
          String(row.cells[0].options.batch ?? 32),
          row.cells.length,
          ...sums(row.cells),
        ]),
      ],
      '',
    ),
    '',
    `${grid} = ${all.length} cells${cells.length < all.length ? `, ${cells.length} of them chosen` : ''}; ${time === UNKNOWN ? 'unknown time' : `about ${time}`} for one process, ${disk} on disk.`,
  ].join('\n');
}

/** `40 min`, `7.5 h`, `3.2 days`. */
function hours(seconds: number): string {
  if (seconds < 5400) return `${Math.max(1, Math.round(seconds / 60))} min`;
  if (seconds < 48 * 3600) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86_400).toFixed(1)} days`;
}

function size(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
