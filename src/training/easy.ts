/**
 * @file Samples that have nothing left to teach: those whose loss is below a threshold get a forward pass only. The idea
 * is selective backpropagation (Jiang et al. 2019, "Accelerating deep learning by focusing on the biggest losers"), with
 * a fixed threshold in place of their probability. What is left out is small: by a logit, the cross-entropy's slope is
 * |p − y| = 1 − exp(−loss) ≤ loss.
 */
import type { Phase } from './methods.js';
import type { Images, StepBatch } from './stepping.js';

/**
 * Whether a phase can leave samples out: with batch statistics they belong together, without labels there is no loss
 * to go by, and the head alone has a backward pass of next to nothing.
 */
export function canSkip({ statistics, objective, trains }: Phase): boolean {
  return (
    statistics === 'frozen' && objective !== 'entropy' && trains.some((role) => !role.startsWith('head-'))
  );
}

/** The rows whose loss is not below the threshold; a loss that is no number is not. */
export function hardRows(losses: Float64Array, threshold: number): Int32Array {
  return Int32Array.from(losses.keys()).filter((row) => !(losses[row]! < threshold));
}

/** These rows of a batch, with the weights that they have in the whole. */
export function rowsOf({ images, targets, weights, size, seen }: StepBatch, rows: Int32Array): StepBatch {
  const pick = <Data extends Images>(data: Data): Data => {
    const row = data.length / size;
    const Typed = data instanceof Uint8Array ? Uint8Array : Float32Array;
    const picked = new Typed(rows.length * row);
    rows.forEach((from, to) => {
      picked.set(data.subarray(from * row, (from + 1) * row), to * row);
    });
    return picked as Data;
  };
  return { images: pick(images), targets: pick(targets), weights: pick(weights), size: rows.length, seen };
}
