/** @file What readers of data find in folders, wherever those are: on a disk, or among the files given to a browser. */
import { imageExtensions } from './sniff.js';
import { count, some } from './unreadable.js';

/** Where folders are looked into. */
export interface FolderAccess {
  /** The visible entries of one folder, sorted by code unit. */
  list(folder: string): Promise<readonly Entry[]>;
  /** All images below a folder, however deep, sorted; and what was passed over. */
  walk(folder: string): Promise<Findings>;
  join(folder: string, name: string): string;
  /** The place of a file below `root`, with `/` between its parts. */
  idOf(root: string, file: string): string;
}

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

export interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly isLink: boolean;
  readonly isBroken: boolean;
}

export function nothing(): Findings {
  return { images: [], others: [], broken: [] };
}

export function isImageName(name: string): boolean {
  return imageExtensions.includes(extensionOf(name));
}

/** What systems hide or leave behind. */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || name === '__MACOSX' || /^(thumbs\.db|desktop\.ini)$/i.test(name);
}

/** `.png`, in lower case; empty where there is none. */
function extensionOf(file: string): string {
  return /[^/\\](\.[^./\\]*)$/.exec(file)?.[1].toLowerCase() ?? '';
}

/** By code unit, the same in every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** One line per kind of thing that a walk passed over. */
export function describeIgnored({ others, broken }: Findings, idOf: (file: string) => string): string[] {
  const lines: string[] = [];
  if (others.length > 0) {
    const ids = others.map(idOf);
    lines.push(`ignored ${count(others.length, 'file')} not named as images ${kinds(others)}: ${some(ids)}`);
  }
  if (broken.length > 0) {
    const ids = broken.map(idOf);
    lines.push(`ignored ${count(broken.length, 'symbolic link')} to nowhere: ${some(ids)}`);
  }
  return lines;
}

/** `(12 .txt, 3 .dcm)`. */
export function kinds(files: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const file of files) {
    const extension = extensionOf(file) || 'without extension';
    counts.set(extension, (counts.get(extension) ?? 0) + 1);
  }
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || compareText(a[0], b[0]));
  return `(${some(sorted.map(([extension, n]) => `${n} ${extension}`))})`;
}
