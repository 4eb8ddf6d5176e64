/** @file Data sets that come as folders of class folders whose names are known. */
import path from 'node:path';
import { relativeId, walk } from '../files.js';
import type { LabelledImage } from '../source.js';
import type { SplitName } from '../types.js';
import { Folders, type Listing } from './folders.js';

/** How class folders are called by different hosts: `OCT2017 /`, `normal`, `Normal`. */
function sameName(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}

/** Whether any of these folders is there. */
export function hasAny({ folders }: Listing, names: readonly string[]): boolean {
  return folders.some((folder) => names.some((name) => sameName(folder, name)));
}

/** Whether any of `outer` is there and has any of `inner` within. */
export async function hasNested(
  listing: Listing,
  folders: Folders,
  outer: readonly string[],
  inner: readonly string[],
): Promise<boolean> {
  for (const name of listing.folders) {
    if (!outer.some((one) => sameName(one, name))) continue;
    if (hasAny(await folders.list(path.join(listing.path, name)), inner)) return true;
  }
  return false;
}

export interface ClassFolder {
  /** Its path below the root, `/` between the parts. */
  readonly folder: string;
  readonly label: string;
  readonly split?: SplitName;
  /** Whether the data set is whole without it. */
  readonly optional?: boolean;
}

/**
 * The images of class folders.
 * @param options.only which files count, by their names
 * @param options.patient whose image it is, as file names tell; it becomes the column `patient`
 * @returns the images, and the folders that are not there or are empty
 */
export async function readClassFolders(
  root: string,
  wanted: readonly ClassFolder[],
  options: {
    readonly only?: RegExp;
    readonly patient?: (name: string, split?: SplitName) => string | undefined;
  } = {},
): Promise<{ images: LabelledImage[]; missing: string[] }> {
  const { only = /./, patient } = options;
  const folders = new Folders();
  const images: LabelledImage[] = [];
  const missing: string[] = [];
  for (const { folder, label, split, optional } of wanted) {
    const full = await find(root, folder, folders);
    const found = full === undefined ? [] : (await walk(full)).images;
    const counted = found.filter((image) => only.test(path.basename(image.path)));
    if (counted.length === 0 && !optional) missing.push(`${folder}/`);
    for (const image of counted) {
      const named = patient?.(path.basename(image.path), split);
      images.push({
        source: { kind: 'file', path: image.path },
        real: image.real,
        id: relativeId(root, image.path),
        labels: [label],
        split,
        columns: named === undefined ? undefined : { patient: named },
      });
    }
  }
  return { images, missing };
}

/** The folder of this name below the root, whatever its case and the spaces around it. */
async function find(root: string, relative: string, folders: Folders): Promise<string | undefined> {
  let folder = root;
  for (const part of relative.split('/')) {
    const listing = await folders.list(folder);
    const name = listing.folders.find((one) => sameName(one, part));
    if (name === undefined) return undefined;
    folder = path.join(folder, name);
  }
  return folder;
}
