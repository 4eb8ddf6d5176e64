/** @file Learning-rate schedules and early stopping: small state machines whose state is plain data, for checkpoints. */

export type ScheduleConfig =
  | { readonly name: 'constant' }
  /** Keras ReduceLROnPlateau on the validation loss, with the published settings as defaults. */
  | {
      readonly name: 'plateau';
      readonly factor?: number;
      readonly patience?: number;
      readonly minDelta?: number;
      readonly floor?: number;
    }
  /** Half a cosine from the learning rate to zero over the phase (Loshchilov & Hutter 2017), after a linear warm-up. */
  | { readonly name: 'cosine'; readonly warmup?: number }
  /** Linear rise over the first `rise` of the steps, then half a cosine down (Smith 2018; fastai's form). */
  | { readonly name: 'one-cycle'; readonly rise?: number };

export const scheduleNames = ['constant', 'plateau', 'cosine', 'one-cycle'] as const;

/** Where training stands, for a schedule. */
export interface Position {
  /** Steps done in this phase. */
  readonly step: number;
  /** Steps the phase has if it runs to its last epoch. */
  readonly steps: number;
}

/** What survives between epochs; plain data. */
export interface ScheduleState {
  /** The current peak of the learning rate. */
  rate: number;
  best: number | null;
  wait: number;
}

export interface Schedule {
  init(rate: number): ScheduleState;
  /** The learning rate of the next step. */
  rate(state: ScheduleState, position: Position): number;
  /** Takes note of an epoch's validation loss. */
  epochEnd(state: ScheduleState, validationLoss: number): void;
}

export function createSchedule(config: ScheduleConfig): Schedule {
  const init = (rate: number): ScheduleState => ({ rate, best: null, wait: 0 });
  switch (config.name) {
    case 'constant':
      return { init, rate: (state) => state.rate, epochEnd: () => {} };
    case 'plateau':
      return { init, rate: (state) => state.rate, epochEnd: (state, loss) => plateau(config, state, loss) };
    case 'cosine':
      return {
        init,
        rate: (state, position) => state.rate * riseAndFall(position, config.warmup ?? 0, 0),
        epochEnd: () => {},
      };
    case 'one-cycle':
      return {
        init,
        rate: (state, position) => state.rate * riseAndFall(position, config.rise ?? 0.25, 1 / 25),
        epochEnd: () => {},
      };
  }
}

function plateau(
  config: { factor?: number; patience?: number; minDelta?: number; floor?: number },
  state: ScheduleState,
  loss: number,
): void {
  const { factor = 0.2, patience = 1, minDelta = 1e-4, floor = 1e-6 } = config;
  if (state.best === null || loss < state.best - minDelta) {
    state.best = loss;
    state.wait = 0;
  } else if (++state.wait >= patience && state.rate > floor) {
    state.rate = Math.max(state.rate * factor, floor);
    state.wait = 0;
  }
}

/** From `start` up to 1 over the first fraction `rise` of the steps, linearly, then half a cosine down to 0. */
function riseAndFall({ step, steps }: Position, rise: number, start: number): number {
  const up = rise * steps;
  if (step < up) return start + ((1 - start) * (step + 1)) / Math.ceil(up);
  return (1 + Math.cos((Math.PI * (step - up)) / Math.max(steps - up, 1))) / 2;
}

export interface EarlyStoppingState {
  best: number | null;
  bestEpoch: number;
  wait: number;
}

/**
 * Keras' EarlyStopping on the validation loss.
 * @returns whether this epoch is the best so far, and whether `patience` epochs without a better one have passed
 */
export function earlyStopping(
  state: EarlyStoppingState,
  epoch: number,
  validationLoss: number,
  patience: number,
): { isBest: boolean; stop: boolean } {
  if (state.best === null || validationLoss < state.best) {
    state.best = validationLoss;
    state.bestEpoch = epoch;
    state.wait = 0;
    return { isBest: true, stop: false };
  }
  state.wait++;
  return { isBest: false, stop: state.wait >= patience };
}
