/** @file What somebody probably meant to write. */
import { closest, distance } from 'fastest-levenshtein';

/** The nearest of the legal names, unless none is near. */
export function nearest(written: string, legal: readonly string[]): string | undefined {
  if (legal.length === 0) return undefined;
  const lower = (text: string): string => text.toLowerCase();
  const found = closest(lower(written), legal.map(lower));
  if (distance(lower(written), found) > Math.max(2, written.length / 3)) return undefined;
  return legal.find((name) => lower(name) === found);
}

/** `; did you mean epochs?`, or the legal names where none is near. */
export function suggestion(written: string, legal: readonly string[]): string {
  const name = nearest(written, legal);
  return name === undefined ? `; legal are ${legal.join(', ')}` : `; did you mean ${name}?`;
}
