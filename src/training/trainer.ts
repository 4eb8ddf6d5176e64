/** @file Training in Node: the loop, on worker threads. */
import type { Classifier } from '../models/classifier.js';
import { blockSize } from '../runtime/block-size.js';
import { type FitData, type FitHooks, type FitOptions, type FitResult, fitOn } from './loop.js';
import type { TrainingState } from './state.js';
import { createStepper } from './stepper.js';

/**
 * Fine-tunes a classifier. The result's `state.weights` are the best of the last phase, by validation loss. Without
 * images for validation the training loss takes its place.
 * @param resume a state handed to `save` earlier, with otherwise equal arguments
 * @throws TransfuseError `loss-not-finite` when the training diverges
 */
export async function fit(
  classifier: Classifier,
  data: FitData,
  options: FitOptions,
  hooks: FitHooks = {},
  resume?: TrainingState,
): Promise<FitResult> {
  return fitOn({ createStepper, block: await blockSize() }, classifier, data, options, hooks, resume);
}
