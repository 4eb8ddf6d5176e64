/** @file A run that this server has started: its process, what it has told so far, and who wants to hear more. */
import { TransfuseError } from '../../errors.js';
import type { RunView, TrainingEvent } from '../api.js';
import { type RunPatch, RunProgress } from '../run-progress.js';
import { type CalledProcess, startProcess } from './process.js';
import { readRun } from './run-folder.js';
import type { TrainingApi } from './training-api.js';

/** Between two messages to the page. */
const FLUSH_MS = 250;

const endings: readonly RunView['state'][] = ['stopped', 'finished', 'failed'];

export class LiveRun {
  private readonly progress: RunProgress;
  private readonly listeners = new Set<(patch: RunPatch) => void>();
  private readonly changed = new Set<keyof RunView>();
  private readonly process: CalledProcess<TrainingApi>;
  private timer: NodeJS.Timeout | undefined;
  /** Resolves once the data and the network are accepted, or the run ends. */
  readonly begun: Promise<void>;
  /** Resolves when its process is done, however it ends. */
  readonly ended: Promise<void>;
  private accept: () => void = () => {};

  /**
   * @param view what is known of it before it starts
   * @param data undefined to go on with the run in `options.out`
   */
  constructor(
    private view: RunView,
    data: string | undefined,
    options: Record<string, unknown>,
  ) {
    this.progress = new RunProgress(view.history.length);
    this.begun = new Promise((resolve) => {
      this.accept = resolve;
    });
    this.process = startProcess<TrainingApi, TrainingEvent>(
      import.meta.url,
      'the process of this run',
      (event) => this.take(event),
    );
    this.ended = this.run(data, options);
  }

  /** All that is known now. */
  get current(): RunView {
    return this.view;
  }

  get isOver(): boolean {
    return endings.includes(this.view.state);
  }

  /** Told whenever something changes, until the returned function is called. */
  listen(listener: (patch: RunPatch) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Ends it after the current step, with a checkpoint. */
  stop(): void {
    if (this.isOver || this.view.state === 'stopping') return;
    this.change({ state: 'stopping' });
    this.process.call.stop().catch(() => {});
  }

  /** Ends it at once; what its last checkpoint holds is kept. */
  kill(): void {
    this.process.kill();
  }

  private async run(data: string | undefined, options: Record<string, unknown>): Promise<void> {
    const { id } = this.view;
    try {
      const finished = await this.process.call.train(data, options);
      const done = await readRun(id).catch(() => undefined);
      if (done) this.change({ metrics: done.metrics, options: done.options });
      this.change({ stage: null, step: null, state: finished ? 'finished' : 'stopped' });
    } catch (error) {
      const { message } = error as Error;
      const failure = error instanceof TransfuseError ? message : `this is a bug in Transfuse: ${message}`;
      this.change({ state: 'failed', failure, stage: null, step: null });
    } finally {
      this.process.kill();
      this.accept();
      this.flush();
    }
  }

  private take(event: TrainingEvent): void {
    if (event.kind === 'stage' || event.kind === 'plan') this.begin();
    if (event.kind === 'plan') void this.readOptions();
    this.change(this.progress.patchFor(event, this.view));
  }

  /** Known data sets bring settings of their own, so that what takes effect is only known from the folder. */
  private async readOptions(): Promise<void> {
    const written = await readRun(this.view.id).catch(() => undefined);
    if (written) this.change({ options: written.options });
  }

  private begin(): void {
    this.accept();
    if (this.view.state === 'starting') this.change({ state: 'running' });
  }

  private change(patch: RunPatch): void {
    this.view = { ...this.view, ...patch };
    for (const key of Object.keys(patch) as (keyof RunView)[]) this.changed.add(key);
    this.timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.changed.size === 0) return;
    const patch = Object.fromEntries([...this.changed].map((key) => [key, this.view[key]]));
    this.changed.clear();
    for (const listener of this.listeners) listener(patch);
  }
}
