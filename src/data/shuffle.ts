/** @file A seeded order. */
import type { Random } from '../random.js';

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
