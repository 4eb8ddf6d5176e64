/** @file Leaks between splits: the same file, or the same group, on two sides. */
import { TransfuseError } from '../errors.js';
import type { LabelledImage } from './source.js';
import type { SplitName } from './types.js';
import { count, some } from './unreadable.js';

/**
 * Leaves out images that are listed twice with the same labels in the same split.
 *
 * @throws TransfuseError `duplicate-file` if they have other labels, `split-overlap` if they stand in another split
 */
export function withoutDuplicates(images: readonly LabelledImage[], warnings: string[]): LabelledImage[] {
  const first = new Map<string, LabelledImage>();
  const repeated: string[] = [];
  for (const image of images) {
    const other = first.get(image.real);
    if (other === undefined) {
      first.set(image.real, image);
      continue;
    }
    const both = other.id === image.id ? image.id : `${other.id} and ${image.id} are the same file`;
    if (other.split !== image.split) {
      throw new TransfuseError(
        'split-overlap',
        `${both} in ${other.split} and in ${image.split}; keep it in one split`,
      );
    }
    if ([...other.labels].sort().join('\n') !== [...image.labels].sort().join('\n')) {
      const labels = [other, image].map((one) => one.labels.join('|') || 'none').join(' and ');
      throw new TransfuseError('duplicate-file', `${both} with different labels: ${labels}; keep one`);
    }
    repeated.push(image.id);
  }
  if (repeated.length > 0)
    warnings.push(`ignored ${count(repeated.length, 'repeated file')}: ${some(repeated)}`);
  return [...first.values()];
}

/**
 * @param splits the splits that the data bring, undefined where there is none yet
 * @throws TransfuseError `group-overlap` naming groups that stand on two sides
 */
export function refuseOverlap(
  images: readonly LabelledImage[],
  groups: readonly (string | undefined)[],
  splits: readonly (SplitName | undefined)[],
) {
  const home = new Map<string, number>();
  const torn = new Map<string, string>();
  const sides = new Set<SplitName | undefined>();
  groups.forEach((group, i) => {
    if (group === undefined) return;
    const first = home.get(group) ?? i;
    home.set(group, first);
    if (splits[first] === splits[i]) return;
    sides.add(splits[first]).add(splits[i]);
    if (!torn.has(group)) {
      torn.set(group, `${group} (${splits[first]}: ${images[first].id}, ${splits[i]}: ${images[i].id})`);
    }
  });
  if (torn.size === 0) return;
  const remedy = sides.has('test')
    ? 'mend the splits'
    : 'give a validation fraction to draw it anew, by group';
  throw new TransfuseError(
    'group-overlap',
    `${count(torn.size, 'group')} on two sides of the given splits: ${some([...torn.values()])}; ${remedy}`,
  );
}
