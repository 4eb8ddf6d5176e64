/** @file Which samples belong together (a patient's), by a pattern over their ids, a column of the table, or DICOM. */
import { TransfuseError } from '../errors.js';
import { type GroupKeyword, groupKeywords, readIdentifier } from './dicom/headers.js';
import type { LabelledImage } from './source.js';
import type { DatasetOptions } from './types.js';
import { count, some } from './unreadable.js';

/**
 * The group of each image, undefined for one that stands for itself. Frames of one file are always a group.
 *
 * @param groupBy a regular expression whose first capture that took part is the group, `column:NAME`, or
 * `dicom:KEYWORD`. What stands in DICOM files names people, so such groups get numbers in the order in which they are
 * met: `PatientID-1` and so on.
 * @throws TransfuseError `bad-group-pattern`, `bad-option`
 */
export async function groupsOf(
  images: readonly LabelledImage[],
  groupBy: string | undefined,
  warnings: string[],
): Promise<(string | undefined)[]> {
  if (groupBy === undefined) return images.map(fileOfFrame);
  const column = groupColumnOf({ groupBy });
  const groups = groupBy.startsWith(DICOM)
    ? await byDicom(images, groupBy.slice(DICOM.length))
    : column === undefined
      ? byPattern(images, groupBy)
      : images.map(({ columns }) => columns?.[column] || undefined);
  const alone = images.filter((_, i) => groups[i] === undefined).map(({ id }) => id);
  if (alone.length === images.length) {
    throw new TransfuseError(
      'bad-group-pattern',
      `${groupBy} finds no group in any ${groupBy.startsWith(DICOM) ? 'file' : 'path'}, e.g. not in ${alone[0]}`,
    );
  }
  if (alone.length > 0) {
    warnings.push(
      `${count(alone.length, 'image')} without a group by ${groupBy}, each taken for itself: ${some(alone)}`,
    );
  }
  return groups.map((group, i) => group ?? fileOfFrame(images[i]));
}

/** The file's own id, where the image is one of its frames. */
function fileOfFrame({ source, id }: LabelledImage): string | undefined {
  return source.kind === 'frame' ? id.slice(0, id.lastIndexOf('#')) : undefined;
}

const DICOM = 'dicom:';

async function byDicom(images: readonly LabelledImage[], keyword: string): Promise<(string | undefined)[]> {
  if (!isGroupKeyword(keyword)) {
    throw new TransfuseError(
      'bad-option',
      `group by ${DICOM}${keyword} is not one of ${groupKeywords.map((name) => DICOM + name).join(', ')}`,
    );
  }
  const numbers = new Map<string, number>();
  const groups: (string | undefined)[] = [];
  const read = new Map<string, string | undefined>();
  for (const { source } of images) {
    const { path } = source;
    if (!read.has(path)) read.set(path, await readIdentifier(path, keyword));
    const identifier = read.get(path);
    if (identifier !== undefined && !numbers.has(identifier)) numbers.set(identifier, numbers.size + 1);
    groups.push(identifier && `${keyword}-${numbers.get(identifier)}`);
  }
  return groups;
}

function isGroupKeyword(name: string): name is GroupKeyword {
  return (groupKeywords as readonly string[]).includes(name);
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
