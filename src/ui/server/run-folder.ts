/** @file Run folders as the page shows them: they are all the state there is. */
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { list } from '../../data/files.js';
import type { Metrics } from '../../metrics/types.js';
import { files, holdsRun, type RunConfig, readRunConfig } from '../../runs/folder.js';
import { planPhases } from '../../runs/plan.js';
import type { EpochRecord } from '../../training/state.js';
import type { PhaseView, RunSummary, RunView, SplitSummary } from '../api.js';
import { summarise } from '../split-summaries.js';

/** How far below the folder of runs they are looked for: studies and demonstrations have folders of their own. */
const DEPTH = 3;

/** The folders of all runs below a folder. */
export async function findRuns(folder: string, depth = DEPTH): Promise<string[]> {
  const entries = await list(folder).catch(() => []);
  const below = entries.filter(({ isFolder }) => isFolder).map(({ name }) => path.join(folder, name));
  const found = await Promise.all(
    below.map(async (one) => {
      if (holdsRun(one)) return [one];
      return depth > 1 ? findRuns(one, depth - 1) : [];
    }),
  );
  return found.flat();
}

/** @throws TransfuseError `no-run`, `bad-config`, `bad-option` */
export async function summariseRun(folder: string): Promise<RunSummary> {
  const config = await readRunConfig(folder);
  const [history, metrics] = await Promise.all([readHistory(folder), readMetrics(folder)]);
  const latest = existsSync(path.join(folder, files.report)) ? files.report : files.config;
  return {
    id: path.resolve(folder),
    name: path.basename(path.resolve(folder)),
    state: isFinished(folder) ? 'finished' : 'stopped',
    data: config.data,
    method: config.method,
    model: config.model,
    epochs: history.length,
    validationAuc: metrics.validation?.auc.value ?? bestAuc(history),
    testAuc: metrics.test?.auc ?? null,
    changed: (await stat(path.join(folder, latest))).mtimeMs,
  };
}

/** @throws TransfuseError `no-run`, `bad-config`, `bad-option` */
export async function readRun(folder: string): Promise<RunView> {
  const config = await readRunConfig(folder);
  const [history, metrics, sides] = await Promise.all([
    readHistory(folder),
    readMetrics(folder),
    readSides(folder),
  ]);
  return {
    id: path.resolve(folder),
    name: path.basename(path.resolve(folder)),
    state: isFinished(folder) ? 'finished' : 'stopped',
    data: config.data,
    options: optionsOf(config),
    ...sides,
    phases: phasesOf(config),
    roles: [],
    stage: null,
    step: null,
    trace: [],
    history,
    movement: [],
    warnings: [],
    failure: null,
    metrics,
  };
}

/** The phases that a run's options ask for. */
export function phasesOf(config: Parameters<typeof planPhases>[0]): PhaseView[] {
  return planPhases(config).map((phase) => ({ ...phase, parameters: null }));
}

function optionsOf({ data: _, out: __, resume: ___, ...options }: RunConfig): Record<string, unknown> {
  return options;
}

function isFinished(folder: string): boolean {
  return existsSync(path.join(folder, files.report)) && existsSync(path.join(folder, files.adapter));
}

async function readHistory(folder: string): Promise<EpochRecord[]> {
  const text = await readFile(path.join(folder, files.history), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

async function readMetrics(folder: string): Promise<Record<string, Metrics>> {
  const text = await readFile(path.join(folder, files.metrics), 'utf8').catch(() => '{}');
  return JSON.parse(text);
}

async function readSides(folder: string): Promise<{ classes: string[]; splits: SplitSummary[] }> {
  const text = await readFile(path.join(folder, files.split), 'utf8').catch(() => '');
  const [, ...table] = parse(text) as string[][];
  const rows = table.map(([, split, label, group]) => ({
    split,
    labels: label.split('|').filter(Boolean),
    group,
  }));
  const classes = [...new Set(rows.flatMap(({ labels }) => labels))].sort();
  return { classes, splits: summarise(rows, classes) };
}

function bestAuc(history: readonly EpochRecord[]): number | null {
  return history.findLast(({ best }) => best)?.validationAuc ?? null;
}
