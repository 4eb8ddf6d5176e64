/** @file Finds image files below a folder, in an order that does not depend on the disk. */
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { TransfuseError } from '../errors.js';
import { fileProblem } from './decode.js';
import { isDicomFile } from './dicom/recognise.js';
import { imageExtensions } from './sniff.js';
import { count, some } from './unreadable.js';

export interface FoundFile {
  /** Absolute path, as found. */
  readonly path: string;
  /** The same with symbolic links resolved: equal for two ways to one file. */
  readonly real: string;
}

/** What a walk found, and what it passed over. */
export interface Findings {
  readonly images: FoundFile[];
  /** Files with other extensions, and not DICOM. */
  readonly others: string[];
  /** Symbolic links that lead nowhere. */
  readonly broken: string[];
}

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

export function nothing(): Findings {
  return { images: [], others: [], broken: [] };
}

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly isLink: boolean;
  readonly isBroken: boolean;
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

export function isImageName(name: string): boolean {
  return imageExtensions.includes(path.extname(name).toLowerCase());
}

function isHidden(name: string): boolean {
  return name.startsWith('.') || name === '__MACOSX' || /^(thumbs\.db|desktop\.ini)$/i.test(name);
}

/** By code unit, the same in every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `/` between the parts on every system. */
export function relativeId(root: string, file: string): string {
  return path.relative(root, file).split(path.sep).join('/');
}

/** One line per kind of thing that a walk passed over. */
export function describeIgnored(root: string, { others, broken }: Findings): string[] {
  const lines: string[] = [];
  if (others.length > 0) {
    const ids = others.map((file) => relativeId(root, file));
    lines.push(`ignored ${count(others.length, 'file')} not named as images ${kinds(others)}: ${some(ids)}`);
  }
  if (broken.length > 0) {
    const ids = broken.map((file) => relativeId(root, file));
    lines.push(`ignored ${count(broken.length, 'symbolic link')} to nowhere: ${some(ids)}`);
  }
  return lines;
}

/** `(12 .txt, 3 .dcm)`. */
export function kinds(files: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const file of files) {
    const extension = path.extname(file).toLowerCase() || 'without extension';
    counts.set(extension, (counts.get(extension) ?? 0) + 1);
  }
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || compareText(a[0], b[0]));
  return `(${some(sorted.map(([extension, n]) => `${n} ${extension}`))})`;
}
