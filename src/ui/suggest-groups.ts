/** @file Ways of telling patients apart that fit the names of files. */
import type { DataSummary } from './api.js';

/** How names of files tell patients apart, as data sets have been seen to do it. */
const patterns: readonly string[] = [
  '(person\\d+|IM-\\d+)',
  '(patient[-_ ]?\\d+)',
  '(subject[-_ ]?\\d+)',
  '(case[-_ ]?\\d+)',
  '(C\\d+P\\d+)',
  '([^/]+)/[^/]+$',
  '(?:^|/)([^/_-]+)[_-][^/]*$',
];

/** Fewer groups than this are more likely classes or sides. */
const FEWEST_GROUPS = 10;

/** A pattern is worth trying where it finds a group in most names, and some groups have several images. */
export function suggestGroups(ids: readonly string[], classes: number): DataSummary['suggestions'] {
  const folders = new Set(ids.map((id) => id.slice(0, id.lastIndexOf('/'))));
  return patterns.flatMap((pattern) => {
    const expression = new RegExp(pattern);
    const found = ids.flatMap((id) => expression.exec(id)?.[1] ?? []);
    const groups = new Set(found);
    const fits =
      found.length >= ids.length / 2 &&
      groups.size >= Math.max(FEWEST_GROUPS, 2 * classes) &&
      groups.size < 0.9 * found.length &&
      !(pattern.startsWith('([^/]+)/') && groups.size > folders.size);
    return fits ? [{ pattern, groups: groups.size, example: [...groups][0] }] : [];
  });
}
