/** @file Which samples belong together (a patient's), by a pattern over their ids or by a column of the table. */
import { TransfuseError } from '../errors.js';
import type { LabelledImage } from './source.js';
import type { DatasetOptions } from './types.js';
import { count, some } from './unreadable.js';

/**
 * The group of each file, undefined for one that stands for itself.
 *
 * @param groupBy a regular expression whose first capture that took part is the group, or `column:NAME`
 * @throws TransfuseError `bad-group-pattern`
 */
export function groupsOf(
  images: readonly LabelledImage[],
  groupBy: string | undefined,
  warnings: string[],
): (string | undefined)[] {
  if (groupBy === undefined) return images.map(() => undefined);
  const column = groupColumnOf({ groupBy });
  const groups =
    column === undefined
      ? byPattern(images, groupBy)
      : images.map(({ columns }) => columns?.[column] || undefined);
  const alone = images.filter((_, i) => groups[i] === undefined).map(({ id }) => id);
  if (alone.length === images.length) {
    throw new TransfuseError(
      'bad-group-pattern',
      `${groupBy} finds no group in any path, e.g. not in ${alone[0]}`,
    );
  }
  if (alone.length > 0) {
    warnings.push(
      `${count(alone.length, 'image')} without a group by ${groupBy}, each taken for itself: ${some(alone)}`,
    );
  }
  return groups;
}

/** The NAME of `column:NAME`. */
export function groupColumnOf({ groupBy }: DatasetOptions): string | undefined {
  return groupBy?.startsWith('column:') ? groupBy.slice('column:'.length) : undefined;
}

function byPattern(images: readonly LabelledImage[], pattern: string): (string | undefined)[] {
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
