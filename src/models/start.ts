/** @file What training starts from: a base as it is, or one whose weights are drawn anew. */
import { architectures, createRandom } from './architectures/index.js';
import { type BaseModel, type LoadOptions, loadModel } from './catalogue.js';
import { resampled, untrained } from './drawn-weights.js';

/**
 * What the base's weights are: its own, those of a network before any training, or new ones with the mean and variance
 * of its own.
 */
export type Start = 'pretrained' | 'random' | 'mean-variance';

/** Weights that are drawn; an adapter keeps this, so that its base can be drawn again. */
export interface Drawn {
  readonly start: Exclude<Start, 'pretrained'>;
  readonly seed: number;
}

/**
 * Loads a base as `loadModel` does and draws its weights anew if that is asked for. An architecture with random weights
 * needs no file.
 */
export async function loadBase(
  name: string,
  drawn: Drawn | undefined,
  options: LoadOptions = {},
): Promise<BaseModel> {
  if (!drawn) return loadModel(name, options);
  const { start, seed } = drawn;
  if (start === 'random' && Object.hasOwn(architectures, name)) {
    const { preprocessing, size } = architectures[name]!;
    return { network: createRandom(name, seed), source: name, preprocess: preprocessing, size };
  }
  const base = await loadModel(name, options);
  const draw = { random: untrained, 'mean-variance': resampled }[start];
  return { ...base, network: draw(base.network, seed) };
}
