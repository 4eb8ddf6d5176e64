/** @file How many bad files are put up with, and how they are named in messages. */
import { TransfuseError } from '../errors.js';

/**
 * @param total how many files there are
 * @param limit a fraction (below 1) or a count (1 or more); left out: 1 %, and at least one file
 * @returns the number of files that may be missing or unreadable
 */
export function allowedUnreadable(total: number, limit?: number): number {
  if (limit === undefined) return Math.ceil(total * 0.01);
  if (!(limit >= 0) || (limit >= 1 && !Number.isInteger(limit))) {
    throw new TransfuseError(
      'bad-option',
      `maxUnreadable is ${limit}; it must be a fraction below 1 or a whole number of files`,
    );
  }
  return limit < 1 ? Math.floor(total * limit) : limit;
}

/** The first few, then how many more: `a, b, c and 12 more`. */
export function some(names: readonly string[], shown = 3): string {
  const rest = names.length - shown;
  return names.slice(0, shown).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** `1 image`, `2 images`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}
