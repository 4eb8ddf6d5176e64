/** @file Folders of this machine's disk: what they hold, in an order that does not depend on the disk. */
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { TransfuseError } from '../errors.js';
import { fileProblem } from './decode.js';
import { isDicomFile } from './dicom/dicom-file.js';
import {
  compareText,
  type Entry,
  type Findings,
  type FolderAccess,
  isHidden,
  isImageName,
  nothing,
} from './listing.js';

/**
 * All images below a folder, however deep, sorted. Hidden files and what operating systems leave behind do not
 * count at all. Each folder is entered once, so that symbolic links in a circle end.
 *
 * @throws TransfuseError `unreadable-folder`
 */
export async function walk(
  folder: string,
  findings = nothing(),
  entered = new Set<string>(),
): Promise<Findings> {
  const real = await realpath(folder);
  if (entered.has(real)) return findings;
  entered.add(real);
  for (const { name, isFolder, isLink, isBroken } of await list(folder)) {
    const full = path.join(folder, name);
    if (isBroken) findings.broken.push(full);
    else if (isFolder) await walk(full, findings, entered);
    else if (!isImageName(name) && !isUnnamedDicom(full)) findings.others.push(full);
    else findings.images.push({ path: full, real: isLink ? await realpath(full) : path.join(real, name) });
  }
  return findings;
}

/** The visible entries of one folder, sorted by code unit, symbolic links followed. */
export async function list(folder: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const entry of await readFolder(folder)) {
    const { name } = entry;
    if (isHidden(name)) continue;
    const isLink = entry.isSymbolicLink();
    const target = isLink ? await stat(path.join(folder, name)).catch(() => undefined) : entry;
    entries.push({
      name,
      isFolder: target?.isDirectory() ?? false,
      isLink,
      isBroken: target === undefined,
    });
  }
  return entries.sort((a, b) => compareText(a.name, b.name));
}

async function readFolder(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw new TransfuseError('unreadable-folder', `cannot look into ${folder}: ${fileProblem(error)}`, {
      cause: error,
    });
  }
}

/** DICOM files often have no extension, or end in the last number of a UID. Directories of media are no images. */
function isUnnamedDicom(file: string): boolean {
  return !/^dicomdir/i.test(path.basename(file)) && isDicomFile(file);
}

/** `/` between the parts on every system. */
export function relativeId(root: string, file: string): string {
  return path.relative(root, file).split(path.sep).join('/');
}

/** The disk, as readers of folders look at it. */
export const disk: FolderAccess = { list, walk, join: path.join, idOf: relativeId };
