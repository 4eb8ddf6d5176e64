/**
 * @file Fits a trained classifier to images of another origin, without labels, by batch norm alone.
 * `adabn`: the statistics of the images take the place of the stored ones (Li et al. 2017). `tent`: scale and centre
 * first make the predictions on each batch more decided (Wang et al. 2021), then the statistics are taken; so the result
 * is a classifier like any other, whose predictions depend neither on the order of the images nor on their neighbours.
 */
import type { Classifier, Weights } from '../models/classifier.js';
import type { BatchSource, FitOptions } from './loop.js';
import { type AdaptationName, adaptations } from './methods.js';
import { initialState } from './state.js';
import { fit } from './trainer.js';

export interface AdaptOptions {
  readonly adaptation: AdaptationName;
  /** Images whose statistics normalise together. */
  readonly batch: number;
  /** ONNX Runtime's threads; 0 means one per core. */
  readonly threads: number;
  /** The CPU by default. */
  readonly device?: FitOptions['device'];
  /** Told how many images have been worked through, of how many; some adaptations see each more than once. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * @param images in random order; their targets are not looked at
 * @returns `weights` with the batch norm that fits the images
 */
export async function adapt(
  classifier: Classifier,
  weights: Weights,
  images: BatchSource,
  { adaptation, batch, threads, device, onProgress, signal }: AdaptOptions,
): Promise<Weights> {
  const phases = adaptations[adaptation];
  const total = phases.length * images.size;
  let done = 0;
  const { state, finished } = await fit(
    classifier,
    { train: images },
    {
      phases,
      batch,
      optimiser: { name: 'adam' },
      schedule: { name: 'constant' },
      patience: 1,
      seed: 0,
      dropout: 0,
      threads,
      device,
    },
    {
      everySeconds: Number.POSITIVE_INFINITY,
      signal,
      onStep: () => {
        done = Math.min(done + batch, total);
        onProgress?.(done, total);
      },
    },
    initialState(new Map(weights)),
  );
  if (!finished) throw signal?.reason;
  return state.weights;
}
