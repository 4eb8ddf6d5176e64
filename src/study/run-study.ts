/** @file Runs what is left of a study in this process, beside any others that work in the same folder. */
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { TransfuseError } from '../errors.js';
import {
  type Claim,
  type ClaimOptions,
  claim,
  claimDefaults,
  folderNow,
  isClaimed,
} from '../files/claims.js';
import type { TrainHooks } from '../runs/train.js';
import type { Cell } from './cells.js';
import { isSibling } from './phase-store.js';
import {
  type CellFailure,
  type CellResult,
  failedAt,
  mergeResults,
  readResult,
  readResults,
  recordFailure,
  recordResult,
} from './results.js';
import { runCell } from './run-cell.js';
import { beginStudy, places, type Study } from './study.js';

export interface StudyHooks {
  readonly onCell?: (cell: Cell) => void;
  readonly onDone?: (cell: Cell, result: CellResult) => void;
  readonly onFailed?: (cell: Cell, failure: CellFailure) => void;
  /** All that is left is in the hands of other processes. */
  readonly onWaiting?: (cells: readonly Cell[]) => void;
  /** Of the cell at hand. */
  readonly train?: Omit<TrainHooks, 'signal'>;
  readonly signal?: AbortSignal;
}

export interface RunStudyOptions {
  /** Which cells; default: all. */
  readonly cells?: readonly Cell[];
  readonly claims?: ClaimOptions;
}

export interface RunStudyOutcome {
  readonly done: number;
  readonly failed: number;
  /** False where the signal stopped it. */
  readonly finished: boolean;
}

/**
 * Runs every cell that is not done and that nobody else is running: each claimed, trained (or resumed) and recorded. A
 * cell that fails is recorded and tried again by the next call only. Cells that others have claimed are waited for, and
 * taken over from those that die.
 * @throws TransfuseError `study-changed` where something done was done under other settings
 */
export async function runStudy(
  study: Study,
  { cells = study.cells, claims = claimDefaults }: RunStudyOptions = {},
  hooks: StudyHooks = {},
): Promise<RunStudyOutcome> {
  await refuseChanged(study);
  await beginStudy(study);
  const worker = new Worker(study, claims, hooks);
  return worker.work(cells);
}

/** How many owners of a cell may die one after another before it is taken for their cause of death. */
const MOST_DEATHS = 5;

class Worker {
  private readonly claims: string;
  private startedAt = 0;
  private done = 0;
  private failed = 0;

  constructor(
    private readonly study: Study,
    private readonly options: ClaimOptions,
    private readonly hooks: StudyHooks,
  ) {
    this.claims = path.join(study.folder, places.claims);
  }

  async work(cells: readonly Cell[]): Promise<RunStudyOutcome> {
    const { signal } = this.hooks;
    this.startedAt = await folderNow(this.claims);
    for (;;) {
      const open = await this.notYetDone(cells);
      if (open.length === 0) break;
      const next = await this.claimOne(open);
      if (next) await this.run(next.cell, next.held);
      else {
        this.hooks.onWaiting?.(open);
        await wait(Math.min(5, this.options.heartbeat) * 1000, undefined, { signal }).catch(() => {});
      }
      if (signal?.aborted) return { done: this.done, failed: this.failed, finished: false };
    }
    await mergeResults(this.study);
    await this.tidy();
    return { done: this.done, failed: this.failed, finished: true };
  }

  /** Once everything is done, nothing begins with a shared phase any more. */
  private async tidy(): Promise<void> {
    const { folder, cells } = this.study;
    const done = new Set((await readResults(folder)).map(({ cell }) => cell));
    if (!cells.every(({ id }) => done.has(id))) return;
    await rm(path.join(folder, places.phases), { recursive: true, force: true });
  }

  /** Neither done nor, since this began, failed; here or elsewhere. */
  private async notYetDone(cells: readonly Cell[]): Promise<Cell[]> {
    const done = new Set((await readResults(this.study.folder)).map(({ cell }) => cell));
    const open: Cell[] = [];
    for (const cell of cells) {
      if (done.has(cell.id)) continue;
      const failed = await failedAt(this.study.folder, cell.id);
      if (failed === undefined || failed < this.startedAt) open.push(cell);
    }
    return open;
  }

  /** Rather one of which no other process trains a sibling, so that a phase is not trained twice at once. */
  private async claimOne(open: readonly Cell[]): Promise<{ cell: Cell; held: Claim } | undefined> {
    const busy: Cell[] = [];
    for (const cell of open) if (await isClaimed(this.claims, cell.id, this.options)) busy.push(cell);
    const free = open.filter((cell) => !busy.includes(cell));
    const besideBusy = (cell: Cell) => Number(busy.some((other) => isSibling(other, cell)));
    for (const cell of [...free].sort((a, b) => besideBusy(a) - besideBusy(b))) {
      const held = await claim(this.claims, cell.id, this.options);
      if (held !== 'busy') return { cell, held };
    }
    return undefined;
  }

  private async run(cell: Cell, held: Claim): Promise<void> {
    const { folder } = this.study;
    // Somebody may have done it between the look and the claim.
    if (await readResult(folder, cell.id)) return held.end();
    this.hooks.onCell?.(cell);
    const stop = new AbortController();
    const { signal } = this.hooks;
    const abort = (): void => stop.abort(signal?.aborted ? signal.reason : held.lost.reason);
    signal?.addEventListener('abort', abort);
    held.lost.addEventListener('abort', abort);
    try {
      if (held.deaths >= MOST_DEATHS) {
        throw new TransfuseError(
          'cell-died',
          `${held.deaths} processes died while they ran it, as happens when memory runs out; a smaller size or batch needs less`,
        );
      }
      const result = await runCell(this.study, cell, { ...this.hooks.train, signal: stop.signal });
      if (!result || !(await held.holds())) return await held.release();
      const isFirst = await recordResult(folder, result);
      await held.end();
      if (!isFirst) return;
      this.done++;
      await mergeResults(this.study);
      this.hooks.onDone?.(cell, result);
    } catch (error) {
      if (stop.signal.aborted && error === stop.signal.reason) return await held.release();
      const failure = failureOf(cell, error);
      await recordFailure(folder, failure);
      await held.release();
      this.failed++;
      this.hooks.onFailed?.(cell, failure);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }
}

function failureOf(cell: Cell, error: unknown): CellFailure {
  const isOurs = !(error instanceof TransfuseError);
  const { message, stack } = error as Error;
  return {
    cell: cell.id,
    message: (isOurs ? `a bug in Transfuse: ${stack ?? message}` : message).replaceAll(/\s*\n\s*/g, ' '),
    code: error instanceof TransfuseError ? error.code : null,
    host: os.hostname(),
    finished: new Date().toISOString(),
  };
}

/** Results of one study must be comparable. */
async function refuseChanged({ folder, cells }: Study): Promise<void> {
  const settings = new Map(cells.map((cell) => [cell.id, cell.settings]));
  const other = (await readResults(folder)).filter(
    (result) => settings.has(result.cell) && settings.get(result.cell) !== result.settings,
  );
  if (other.length === 0) return;
  throw new TransfuseError(
    'study-changed',
    `${folder} holds ${other.length} ${other.length === 1 ? 'result' : 'results'} obtained under other settings (${other[0].cell} is one); put the settings back, choose another --out, or delete those results`,
  );
}
