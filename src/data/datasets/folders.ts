/** @file Looks for data sets below a folder by the names of files and folders, each folder listed once. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { list } from '../files.js';

/** The names in one folder; of a single file, that file's alone. */
export interface Listing {
  /** Absolute path of the folder. */
  readonly path: string;
  /** Names of folders and of files, sorted. */
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** Folders that are not looked into: nobody keeps images there, and they are many. */
const passedBy = new Set(['node_modules', 'venv', 'site-packages']);
/** Larger trees are looked at in part. */
const MOST_FOLDERS = 2000;

export class Folders {
  private readonly listed = new Map<string, Promise<Listing>>();

  /** The names in a folder; a folder that cannot be looked into seems empty. */
  list(folder: string): Promise<Listing> {
    let listing = this.listed.get(folder);
    if (listing === undefined) {
      listing = listFolder(folder);
      this.listed.set(folder, listing);
    }
    return listing;
  }

  /** A folder (or the folder of one file, with that file alone) and what lies below, level by level. */
  async *below(place: string, depth: number): AsyncGenerator<Listing[]> {
    const isFile = (await stat(place).catch(() => undefined))?.isFile() ?? false;
    if (isFile) {
      yield [{ path: path.dirname(place), folders: [], files: [path.basename(place)] }];
      return;
    }
    let level = [place];
    let seen = 0;
    for (let down = 0; down <= depth; down++) {
      const listings = await Promise.all(
        level.slice(0, MOST_FOLDERS - seen).map((folder) => this.list(folder)),
      );
      yield listings;
      seen += listings.length;
      level = listings.flatMap(({ path: folder, folders }) =>
        folders.filter((name) => !passedBy.has(name)).map((name) => path.join(folder, name)),
      );
    }
  }
}

async function listFolder(folder: string): Promise<Listing> {
  const entries = await list(folder).catch(() => []);
  const names = (wanted: boolean) =>
    entries.filter(({ isFolder, isBroken }) => isFolder === wanted && !isBroken).map(({ name }) => name);
  return { path: folder, folders: names(true), files: names(false) };
}
