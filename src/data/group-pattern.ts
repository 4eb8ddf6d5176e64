/** @file Which samples belong together (a patient's), by a pattern over their ids. */
import { TransfuseError } from '../errors.js';
import type { LabelledImage } from './source.js';
import { count, some } from './unreadable.js';

/**
 * The first capture that took part, of each image's id; undefined where the pattern does not match.
 * @throws TransfuseError `bad-group-pattern`
 */
export function byPattern(images: readonly LabelledImage[], pattern: string): (string | undefined)[] {
  const example = 'e.g. patient(\\d+)_';
  let expression: RegExp;
  try {
    expression = new RegExp(pattern);
  } catch (cause) {
    throw new TransfuseError(
      'bad-group-pattern',
      `${(cause as Error).message}; a pattern is needed, ${example}`,
      {
        cause,
      },
    );
  }
  if (new RegExp(`${pattern}|`).exec('')!.length < 2) {
    throw new TransfuseError(
      'bad-group-pattern',
      `group pattern ${pattern} captures nothing; put brackets around what names the group, ${example}`,
    );
  }
  return images.map(({ id }) =>
    expression
      .exec(id)
      ?.slice(1)
      .find((capture) => capture !== undefined),
  );
}

/**
 * Warns of images that no group was found for.
 * @param where groups were looked for, for messages: `path` or `file`
 * @returns the groups as they were given
 * @throws TransfuseError `bad-group-pattern` where none has one
 */
export function reportAlone(
  images: readonly LabelledImage[],
  groups: readonly (string | undefined)[],
  groupBy: string,
  where: string,
  warnings: string[],
): readonly (string | undefined)[] {
  const alone = images.filter((_, i) => groups[i] === undefined).map(({ id }) => id);
  if (alone.length === images.length) {
    throw new TransfuseError(
      'bad-group-pattern',
      `${groupBy} finds no group in any ${where}, e.g. not in ${alone[0]}`,
    );
  }
  if (alone.length > 0) {
    warnings.push(
      `${count(alone.length, 'image')} without a group by ${groupBy}, each taken for itself: ${some(alone)}`,
    );
  }
  return groups;
}
