/** @file Where a study stands: each cell's state, and the time left. */
import path from 'node:path';
import { type ClaimOptions, claimDefaults, isClaimed } from '../files/claims.js';
import type { Cell } from './cells.js';
import type { StudyEstimate } from './estimate.js';
import { type CellFailure, type CellResult, readFailures, readResults } from './results.js';
import { places, type Study } from './study.js';

export type CellState = 'done' | 'running' | 'failed' | 'open';

export interface StudyStatus {
  readonly states: ReadonlyMap<string, CellState>;
  readonly counts: Readonly<Record<CellState, number>>;
  readonly results: readonly CellResult[];
  readonly failures: readonly CellFailure[];
}

/** Reads the state of every cell; nothing is written. */
export async function statusOf(
  { folder, cells }: Pick<Study, 'folder' | 'cells'>,
  claims: ClaimOptions = claimDefaults,
): Promise<StudyStatus> {
  const [results, failures] = await Promise.all([readResults(folder), readFailures(folder)]);
  const done = new Set(results.map(({ cell }) => cell));
  const failed = new Set(failures.map(({ cell }) => cell));
  const states = new Map<string, CellState>();
  const counts = { done: 0, running: 0, failed: 0, open: 0 };
  for (const { id } of cells) {
    const state = done.has(id) ? 'done' : await stateOf(folder, id, failed.has(id), claims);
    states.set(id, state);
    counts[state]++;
  }
  return { states, counts, results, failures };
}

async function stateOf(
  folder: string,
  id: string,
  failed: boolean,
  claims: ClaimOptions,
): Promise<CellState> {
  if (await isClaimed(path.join(folder, places.claims), id, claims).catch(() => false)) return 'running';
  return failed ? 'failed' : 'open';
}

/**
 * Seconds until all that is open or running is done, by as many processes as run now, or one.
 * @returns undefined where nothing can be told of some of it
 */
export function secondsLeft(
  cells: readonly Cell[],
  { states, counts }: Pick<StudyStatus, 'states' | 'counts'>,
  estimate: StudyEstimate,
): number | undefined {
  let flops = 0;
  for (const { id } of cells) {
    if (states.get(id) === 'done' || states.get(id) === 'failed') continue;
    const own = estimate.cells.get(id)?.flops;
    if (own === undefined) return undefined;
    flops += own;
  }
  return flops / estimate.rate / Math.max(1, counts.running);
}
