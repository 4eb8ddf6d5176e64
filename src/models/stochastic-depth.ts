/** @file Which residual branches an image goes through in training (Huang et al. 2016). */
import { Random } from '../random.js';

/**
 * Factors for every image's residual branches, [size, branches]: each is 0 with the probability of its branch, else
 * 1 / (1 − that), so that the branch is the same on average.
 * @param rates how often each branch is dropped, 0 to below 1
 * @param seed words that say which mask; the same ones give the same mask
 */
export function stochasticDepthMask(
  size: number,
  rates: readonly number[],
  seed: readonly number[],
): Float32Array {
  const random = new Random(...seed, DEPTH_STREAM);
  return Float32Array.from({ length: size * rates.length }, (_, i) => {
    const rate = rates[i % rates.length]!;
    return random.chance(rate) ? 0 : 1 / (1 - rate);
  });
}

/** What tells this stream of a seed from others. */
const DEPTH_STREAM = 0x64657074;
