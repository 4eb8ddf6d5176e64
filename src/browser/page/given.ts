/** @file What a person gives to the page, a chosen or a dropped folder, as files with their places in it. */
import type { GivenFile } from '../engine/folder.js';

/** The files of `<input webkitdirectory>`. */
export function chosenFiles(files: Iterable<File>): GivenFile[] {
  return [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}

/** All files below the folders that were dropped; several folders side by side lie in one without a name. */
export async function droppedFiles(items: DataTransferItemList): Promise<GivenFile[]> {
  // Entries must be asked for before anything is waited for: afterwards the list is empty.
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const parent = entries.length === 1 && entries[0]!.isDirectory ? '' : 'dropped/';
  const found = await Promise.all(entries.map((entry) => filesBelow(entry, parent)));
  return found.flat();
}

async function filesBelow(entry: FileSystemEntry, parent: string): Promise<GivenFile[]> {
  const path = parent + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ path, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: GivenFile[] = [];
  while (true) {
    // Browsers give a hundred at a time, and none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return found;
    for (const each of some) found.push(...(await filesBelow(each, `${path}/`)));
  }
}
