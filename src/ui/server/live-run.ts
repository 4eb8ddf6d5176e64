/** @file A run that this server has started: its process, what it has told so far, and who wants to hear more. */
import { TransfuseError } from '../../errors.js';
import type { PhaseView, RunView, Stage } from '../api.js';
import { type CalledProcess, startProcess } from './process.js';
import { readRun } from './run-folder.js';
import { Trace } from './trace.js';
import type { TrainingApi, TrainingEvent } from './training-events.js';

/** What has changed of a run; whole values, to be put in the place of the old ones. */
export type RunPatch = Partial<RunView>;

/** What takes a while of which nobody knows how long. */
export function waiting(title: string): Stage {
  return { title, done: 0, total: 0, secondsLeft: null };
}

/** Between two messages to the page. */
const FLUSH_MS = 250;

const endings: readonly RunView['state'][] = ['stopped', 'finished', 'failed'];

export class LiveRun {
  private readonly trace: Trace;
  private readonly listeners = new Set<(patch: RunPatch) => void>();
  private readonly changed = new Set<keyof RunView>();
  private readonly process: CalledProcess<TrainingApi>;
  private timer: NodeJS.Timeout | undefined;
  private stageStarted = { title: '', at: 0, from: 0 };
  private secondsPerEpoch: number | undefined;
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
    this.trace = new Trace(view.history.length);
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
    this.change(this.patchFor(event));
  }

  private patchFor(event: TrainingEvent): RunPatch {
    const { view } = this;
    switch (event.kind) {
      case 'stage':
        return { stage: this.timed(event.title, event.done, event.total) };
      case 'data':
        return { splits: event.splits, classes: event.classes };
      case 'plan':
        return { phases: event.phases, roles: event.roles, stage: waiting('Building the training step') };
      case 'warning':
        return { warnings: [...view.warnings, event.text] };
      case 'movement':
        return { movement: event.layers };
      case 'epoch':
        this.secondsPerEpoch = event.record.seconds;
        this.trace.epochEnded();
        return { history: [...view.history, event.record] };
      case 'step': {
        const { kind: _, step, steps, ...latest } = event;
        const { phase, epoch, loss } = latest;
        this.trace.add(step / steps, loss);
        const most = view.phases.find(({ name }) => name === phase)?.epochs ?? epoch;
        return {
          stage:
            step < steps
              ? this.timed(`${phase}: epoch ${epoch} of at most ${most}`, step, steps)
              : waiting(`${phase}: measuring on the validation images`),
          step: { ...latest, mostSecondsLeft: this.mostSecondsLeft(phase, epoch, step / steps) },
          trace: this.trace.points,
        };
      }
    }
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

  /** A stage with the time it will still take, told from how fast it has been. */
  private timed(title: string, done: number, total: number): RunView['stage'] {
    const now = performance.now();
    if (title !== this.stageStarted.title || done < this.stageStarted.from) {
      this.stageStarted = { title, at: now, from: done };
    }
    const { at, from } = this.stageStarted;
    const secondsLeft = done > from ? (((total - done) / (done - from)) * (now - at)) / 1000 : null;
    return { title, done, total, secondsLeft };
  }

  private mostSecondsLeft(phase: string, epoch: number, part: number): number | null {
    if (this.secondsPerEpoch === undefined) return null;
    const at = this.view.phases.findIndex(({ name }) => name === phase);
    const epochsOf = (phases: readonly PhaseView[]) => phases.reduce((sum, { epochs }) => sum + epochs, 0);
    const left = epochsOf(this.view.phases.slice(at)) - (epoch - 1) - part;
    return left * this.secondsPerEpoch;
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
