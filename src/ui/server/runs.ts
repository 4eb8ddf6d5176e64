/** @file All runs the page knows: those that lie in its folder of runs, and those it has started. */
import path from 'node:path';
import { TransfuseError } from '../../errors.js';
import { freeFolder } from '../../runs/config.js';
import { holdsRun, readRunConfig } from '../../runs/folder.js';
import { parseTrainOptions } from '../../runs/options.js';
import type { RunSummary, RunView } from '../api.js';
import { newRun, waiting } from '../run-progress.js';
import { LiveRun } from './live-run.js';
import { findRuns, phasesOf, readRun, summariseRun } from './run-folder.js';

export class Runs {
  /** Those started here, by folder; one that has ended stays until it is resumed. */
  private readonly live = new Map<string, LiveRun>();

  /** @param folder where new runs go, absolute */
  constructor(readonly folder: string) {}

  /** The most recently changed first. What is no readable run is left out. */
  async list(): Promise<RunSummary[]> {
    const folders = new Set([...(await findRuns(this.folder)), ...this.live.keys()]);
    const summaries = await Promise.all([...folders].map((folder) => this.summary(folder)));
    return summaries.flatMap((summary) => summary ?? []).sort((a, b) => b.changed - a.changed);
  }

  /** @throws TransfuseError `no-run`, `bad-config`, `bad-option` */
  async view(id: string): Promise<RunView> {
    const live = this.live.get(path.resolve(id));
    return live && !this.isStale(live) ? live.current : readRun(id);
  }

  /** The run in this folder, if it was started here and has not been left behind. */
  liveRun(id: string): LiveRun | undefined {
    return this.live.get(path.resolve(id));
  }

  /**
   * Starts a run, and waits until its data and network are accepted. A relative folder lies in that of all runs.
   * @returns the run's id
   * @throws TransfuseError whatever is wrong with the options, the data or the network
   */
  async start(data: string, said: Record<string, unknown>): Promise<string> {
    const options = parseTrainOptions(said, '');
    const folder = path.resolve(this.folder, options.out ?? freeFolder(data, options.method, this.folder));
    this.refuseRunning(folder);
    const view: RunView = {
      ...newRun,
      id: folder,
      name: path.basename(folder),
      data: path.resolve(data),
      options: { ...options, out: undefined, resume: undefined },
      phases: phasesOf(options),
      stage: waiting('Looking at the data'),
    };
    return this.begin(view, path.resolve(data), { ...said, out: folder });
  }

  /** Goes on with a run that was stopped. */
  async resume(id: string): Promise<string> {
    const folder = path.resolve(id);
    this.refuseRunning(folder);
    await readRunConfig(folder);
    const known = await readRun(folder);
    const view: RunView = { ...known, state: 'starting', stage: waiting('Looking at the data') };
    return this.begin(view, undefined, { out: folder, resume: true });
  }

  /** Ends a run after its current step, so that it can be resumed. */
  stop(id: string): void {
    const live = this.live.get(path.resolve(id));
    if (!live || live.isOver) throw new TransfuseError('not-running', 'this run is not running');
    live.stop();
  }

  /** Stops all runs and waits until each has kept its state. */
  async close(): Promise<void> {
    const running = [...this.live.values()].filter((run) => !run.isOver);
    for (const run of running) run.stop();
    await Promise.all(running.map((run) => run.ended));
  }

  /** Ends all runs at once. */
  kill(): void {
    for (const run of this.live.values()) run.kill();
  }

  private async begin(
    view: RunView,
    data: string | undefined,
    options: Record<string, unknown>,
  ): Promise<string> {
    const run = new LiveRun(view, data, options);
    this.live.set(view.id, run);
    await run.begun;
    const { state, failure } = run.current;
    if (state === 'failed') {
      this.live.delete(view.id);
      throw new TransfuseError('cannot-start', failure!);
    }
    return view.id;
  }

  private refuseRunning(folder: string): void {
    const live = this.live.get(folder);
    if (live && !live.isOver) throw new TransfuseError('running', `${folder} is running already`);
  }

  /** A run whose folder was gone on with by somebody else, or removed. */
  private isStale(live: LiveRun): boolean {
    return live.isOver && !holdsRun(live.current.id);
  }

  private async summary(folder: string): Promise<RunSummary | undefined> {
    const live = this.live.get(folder);
    const summary = await summariseRun(folder).catch(() => undefined);
    if (!live || this.isStale(live)) return summary;
    const { id, name, state, data, options, history } = live.current;
    const started: RunSummary = {
      id,
      name,
      data,
      method: String(options.method ?? ''),
      model: String(options.model ?? ''),
      epochs: history.length,
      validationAuc: history.at(-1)?.validationAuc ?? null,
      testAuc: null,
      changed: Date.now(),
      ...summary,
      state,
    };
    return live.isOver ? started : { ...started, changed: Date.now() };
  }
}
