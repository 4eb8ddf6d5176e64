/** @file What becomes of gradients: they are added up, and the parameters updated with the sum. */
import type { Tensor } from '../graph/tensor.js';
import { discard } from '../runtime/discard.js';
import { createOptimiser, type OptimiserConfig, type OptimiserState } from './optimisers.js';

/** By parameter name. */
export type Gradients = ReadonlyMap<string, Float32Array>;

export interface UpdaterOptions {
  readonly optimiser: OptimiserConfig;
  /** Of them those that train are changed in place. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly trained: readonly string[];
  /** The optimiser's state to go on from. */
  readonly before: ReadonlyMap<string, OptimiserState>;
}

export interface Updater {
  /** Adds to the sum, or begins a new one; takes the arrays over. The sum's bits depend on the order of calls. */
  add(gradients: Gradients, isFirst: boolean): Promise<void>;
  /** Updates the parameters with the sum. `rate` is the learning rate of this step. */
  update(rate: number): Promise<void>;
  /** The optimiser's state by parameter. */
  states(): Promise<ReadonlyMap<string, OptimiserState>>;
}

/** One that works in this thread. */
export function createUpdater({ optimiser, parameters, trained, before }: UpdaterOptions): Updater {
  const rule = createOptimiser(optimiser);
  const states = new Map(
    trained.map((name) => [name, before.get(name) ?? rule.init(parameters.get(name)!.data.length)]),
  );
  let sums = new Map<string, Float32Array>();
  return {
    async add(gradients, isFirst) {
      if (isFirst) {
        sums = new Map(gradients);
        return;
      }
      for (const [name, gradient] of gradients) {
        const sum = sums.get(name)!;
        for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + gradient[i]!;
      }
      discardLarge(gradients.values());
    },

    async update(rate) {
      for (const [name, sum] of sums) {
        rule.update(parameters.get(name)!.data as Float32Array, sum, states.get(name)!, rate);
      }
      discardLarge(sums.values());
    },

    states: async () => states,
  };
}

/** Gradients of whole kernels, of which the garbage collector would let several sets pile up. */
function discardLarge(gradients: Iterable<Float32Array>): void {
  const large = [...gradients].filter(({ byteLength }) => byteLength >= LARGE);
  if (large.length > 0) discard(...large);
}
const LARGE = 2 ** 18;
