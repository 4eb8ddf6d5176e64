/** @file Folders as somebody sees them who chooses one. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileProblem } from '../../data/decode.js';
import { list } from '../../data/files.js';
import { isImageName } from '../../data/listing.js';
import { TransfuseError } from '../../errors.js';
import type { FolderListing } from '../api.js';

/** No list of more is read by anybody. */
const MOST = 1000;

/** Files that hold data or networks. */
const CHOOSABLE = /\.(csv|tsv|txt|npz|h5|hdf5|tfrecord|onnx|pth|pt|keras|safetensors|json)$/i;

/** @throws TransfuseError `data-not-found`, `unreadable-folder` */
export async function listFolder(folder: string): Promise<FolderListing> {
  const full = path.resolve(folder);
  const found = await stat(full).catch((error) => {
    const problem = error.code === 'ENOENT' ? 'it does not exist' : fileProblem(error);
    throw new TransfuseError('data-not-found', `cannot open ${full}: ${problem}`, { cause: error });
  });
  if (!found.isDirectory()) return listFolder(path.dirname(full));
  const entries = (await list(full)).map((entry) => ({ ...entry, path: path.join(full, entry.name) }));
  const folders = entries.filter(({ isFolder }) => isFolder);
  const files = entries.filter(
    ({ isFolder, isBroken, name }) => !isFolder && !isBroken && CHOOSABLE.test(name),
  );
  const named = ({ name, path: place }: { name: string; path: string }) => ({ name, path: place });
  const parent = path.dirname(full);
  return {
    path: full,
    parent: parent === full ? null : parent,
    folders: folders.slice(0, MOST).map(named),
    files: files.slice(0, MOST).map(named),
    images: entries.filter(({ isFolder, name }) => !isFolder && isImageName(name)).length,
    leftOut: Math.max(0, folders.length - MOST) + Math.max(0, files.length - MOST),
  };
}
