/** @file The files that a person gave to the page, as a data set in three splits. */
import { divide, filesToDivide } from '../../data/divide.js';
import { readFolders } from '../../data/folders.js';
import { byPattern, reportAlone } from '../../data/group-pattern.js';
import {
  compareText,
  type Entry,
  type Findings,
  type FolderAccess,
  isHidden,
  isImageName,
  nothing,
} from '../../data/listing.js';
import type { Dataset, DatasetOptions } from '../../data/types.js';

/** A file, and where it lies: `folder/train/cat/1.png`. */
export interface GivenFile {
  readonly path: string;
  readonly file: File;
}

/**
 * Reads a folder of class folders, with or without train, validation and test folders around them, and divides it as
 * `readDataset` does.
 * @throws TransfuseError saying what is wrong with the data or the options, in one line
 */
export async function readGiven(
  files: readonly GivenFile[],
  options: Pick<DatasetOptions, 'validation' | 'test' | 'seed' | 'groupBy'>,
): Promise<Dataset> {
  const [root = ''] = files[0]?.path.split('/') ?? [];
  const source = await readFolders(root, options, treeOf(files.map(({ path }) => path)));
  const warnings = [...source.warnings];
  const images = filesToDivide(source, options, warnings).sort((a, b) => compareText(a.id, b.id));
  const { groupBy } = options;
  const groups =
    groupBy === undefined
      ? images.map(() => undefined)
      : reportAlone(images, byPattern(images, groupBy), groupBy, 'path', warnings);
  return divide(source, images, groups, options, warnings);
}

/** Folders that exist by the names of the files in them. */
function treeOf(paths: readonly string[]): FolderAccess {
  const folders = new Map<string, Map<string, boolean>>();
  for (const path of paths) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const folder = parts.slice(0, depth).join('/');
      if (!folders.has(folder)) folders.set(folder, new Map());
      folders.get(folder)!.set(parts[depth]!, depth < parts.length - 1);
    }
  }
  const list = (folder: string): Entry[] =>
    [...(folders.get(folder) ?? [])]
      .filter(([name]) => !isHidden(name))
      .map(([name, isFolder]) => ({ name, isFolder, isLink: false, isBroken: false }))
      .sort((a, b) => compareText(a.name, b.name));
  const walk = (folder: string, findings = nothing()): Findings => {
    for (const { name, isFolder } of list(folder)) {
      const path = `${folder}/${name}`;
      if (isFolder) walk(path, findings);
      else if (isImageName(name)) findings.images.push({ path, real: path });
      else findings.others.push(path);
    }
    return findings;
  };
  return {
    list: async (folder) => list(folder),
    walk: async (folder) => walk(folder),
    join: (folder, name) => `${folder}/${name}`,
    idOf: (root, file) => file.slice(root.length + 1),
  };
}
