/** @file A seeded order. */
import { Random } from '../random.js';

/** Fisher–Yates, in place: every order is equally likely. */
export function shuffle<T extends { [index: number]: unknown; readonly length: number }>(
  items: T,
  random: Random,
): T {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.integer(0, i);
    const kept = items[i];
    items[i] = items[j];
    items[j] = kept;
  }
  return items;
}

/** Keeps the draws of the order apart from others of the same seed. */
const ORDER = 3;

/** The order in which an epoch of training sees samples, in place. */
export function shuffleEpoch(samples: Int32Array, seed: number, epoch: number): Int32Array {
  return shuffle(samples, new Random(ORDER, seed, epoch));
}
