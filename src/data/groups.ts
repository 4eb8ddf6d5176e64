/** @file Which samples belong together (a patient's), by a pattern over their ids, a column of the table, or DICOM. */
import { TransfuseError } from '../errors.js';
import { type GroupKeyword, groupKeywords, readIdentifier } from './dicom/headers.js';
import { byPattern, reportAlone } from './group-pattern.js';
import type { LabelledImage } from './source.js';
import type { DatasetOptions } from './types.js';

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
  const found = reportAlone(images, groups, groupBy, groupBy.startsWith(DICOM) ? 'file' : 'path', warnings);
  return found.map((group, i) => group ?? fileOfFrame(images[i]));
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
