/** @file How a run goes, from what a training tells: the stage with its time left, the latest step, the curves. */
import type { PhaseView, RunView, Stage, TrainingEvent } from './api.js';
import { Trace } from './trace.js';

/** What has changed of a run; whole values, to be put in the place of the old ones. */
export type RunPatch = Partial<RunView>;

/** What takes a while of which nobody knows how long. */
export function waiting(title: string): Stage {
  return { title, done: 0, total: 0, secondsLeft: null };
}

/** A run of which nothing is known yet. */
export const newRun: RunView = {
  id: '',
  name: '',
  state: 'starting',
  data: '',
  options: {},
  splits: [],
  classes: [],
  phases: [],
  roles: [],
  stage: null,
  step: null,
  trace: [],
  history: [],
  movement: [],
  warnings: [],
  failure: null,
  metrics: {},
};

export class RunProgress {
  private readonly trace: Trace;
  private stageStarted = { title: '', at: 0, from: 0 };
  private secondsPerEpoch: number | undefined;

  /** @param epochs those done before it */
  constructor(epochs: number) {
    this.trace = new Trace(epochs);
  }

  /** @param view as it was before the event */
  patchFor(event: TrainingEvent, view: RunView): RunPatch {
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
          step: { ...latest, mostSecondsLeft: this.mostSecondsLeft(view.phases, phase, epoch, step / steps) },
          trace: this.trace.points,
        };
      }
    }
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

  private mostSecondsLeft(
    phases: readonly PhaseView[],
    phase: string,
    epoch: number,
    part: number,
  ): number | null {
    if (this.secondsPerEpoch === undefined) return null;
    const at = phases.findIndex(({ name }) => name === phase);
    const epochsOf = (some: readonly PhaseView[]) => some.reduce((sum, { epochs }) => sum + epochs, 0);
    const left = epochsOf(phases.slice(at)) - (epoch - 1) - part;
    return left * this.secondsPerEpoch;
  }
}
