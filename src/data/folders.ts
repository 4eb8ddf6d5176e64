/** @file Folders of class folders, with or without train, validation and test folders around them. */
import { TransfuseError } from '../errors.js';
import { chooseClasses, refuseCaseTwins, taskOf } from './labels.js';
import { describeIgnored, type Findings, type FolderAccess, isImageName, kinds, nothing } from './listing.js';
import { type LabelledImage, type Source, splitNamed } from './source.js';
import type { DatasetOptions, SplitName } from './types.js';
import { count, some } from './unreadable.js';

/**
 * Reads `root/<class>/…` or `root/{train,val,test}/<class>/…`; images may lie deeper within a class folder.
 *
 * @param access where `root` is
 * @throws TransfuseError `no-images`, `one-class`, `empty-class`, `class-mismatch`, `split-mismatch`
 */
export async function readFolders(
  root: string,
  options: DatasetOptions,
  access: FolderAccess,
): Promise<Source> {
  const { list, walk, join, idOf } = access;
  const { splits, warnings } = await splitFolders(root, access);
  const passedOver = nothing();
  const images: LabelledImage[] = [];
  const contents: SplitContents[] = [];
  for (const { folder, name, split } of splits) {
    const classes = new Map<string, number>();
    contents.push({ folder, name, split, classes });
    for (const entry of await list(folder)) {
      const full = join(folder, entry.name);
      if (!entry.isFolder) {
        passOver(full, entry.isBroken, passedOver);
        continue;
      }
      const { images: found, others, broken } = await walk(full);
      passedOver.others.push(...others);
      passedOver.broken.push(...broken);
      classes.set(entry.name, found.length);
      const labels = [entry.name];
      for (const image of found) {
        const source = { kind: 'file', path: image.path } as const;
        images.push({ source, real: image.real, id: idOf(root, image.path), labels, split });
      }
    }
    if (split !== undefined && holding(classes).length === 0) {
      warnings.push(`${folder} holds no images, so it counts as absent`);
    }
  }
  if (images.length === 0) throw noImages(root, passedOver);
  const strays = passedOver.images.map((image) => idOf(root, image.path));
  if (strays.length > 0) {
    warnings.push(`ignored ${count(strays.length, 'image')} beside the class folders: ${some(strays)}`);
  }
  warnings.push(...describeIgnored(passedOver, (file) => idOf(root, file)));
  const classes = checkClasses(root, contents, options.classes, join);
  return { root, images, classes, task: taskOf(classes, options.task, root), warnings };
}

/** How many images each class folder of one split folder holds. */
interface SplitContents {
  readonly folder: string;
  /** Of the split folder; empty where there is none. */
  readonly name: string;
  readonly split?: SplitName;
  readonly classes: ReadonlyMap<string, number>;
}

function holding(classes: ReadonlyMap<string, number>): string[] {
  return [...classes.keys()].filter((name) => classes.get(name)! > 0);
}

function passOver(file: string, isBroken: boolean, { broken, images, others }: Findings) {
  if (isBroken) broken.push(file);
  else if (isImageName(file)) images.push({ path: file, real: file });
  else others.push(file);
}

/** The split folders of a data folder; itself, as no split, if there are none. */
async function splitFolders(root: string, { list, join }: FolderAccess) {
  const entries = (await list(root)).filter((entry) => entry.isFolder);
  const splits: { folder: string; name: string; split?: SplitName }[] = [];
  const beside: string[] = [];
  for (const { name } of entries) {
    const split = splitNamed(name);
    if (split === undefined) {
      beside.push(name);
      continue;
    }
    const twin = splits.find((other) => other.split === split);
    if (twin) {
      const both = `${twin.name}/ and ${name}/`;
      throw new TransfuseError('split-mismatch', `${root} has both ${both}; keep one ${split} folder`);
    }
    splits.push({ folder: join(root, name), name, split });
  }
  if (splits.length === 0) return { splits: [{ folder: root, name: '' }], warnings: [] };
  const warnings =
    beside.length > 0
      ? [`ignored ${count(beside.length, 'folder')} beside the split folders: ${some(beside)}`]
      : [];
  return { splits, warnings };
}

function noImages(root: string, { images, others }: Findings): TransfuseError {
  const wanted = 'it needs one folder per class, with .jpg, .png, .tif, .webp or .bmp files inside';
  if (images.length > 0) {
    const lie = `its ${count(images.length, 'image')} lie in no class folder`;
    return new TransfuseError('no-images', `${root} has no labelled images: ${lie}; ${wanted}`);
  }
  const instead =
    others.length > 0 ? `; it has only ${count(others.length, 'other file')} ${kinds(others)}` : '';
  return new TransfuseError('no-images', `${root} has no images; ${wanted}${instead}`);
}

function checkClasses(
  root: string,
  contents: readonly SplitContents[],
  wanted: readonly string[] | undefined,
  join: FolderAccess['join'],
): string[] {
  const folderNames = new Set(contents.flatMap(({ classes }) => [...classes.keys()]));
  refuseCaseTwins([...folderNames], `the class folders of ${root}`);
  const base = contents.find(({ split }) => split === undefined || split === 'train');
  if (wanted !== undefined) {
    return chooseClasses([...new Set(contents.flatMap(({ classes }) => holding(classes)))], wanted, root);
  }
  if (base === undefined) {
    const names = contents.map(({ name }) => `${name}/`).join(' and ');
    throw new TransfuseError(
      'split-mismatch',
      `${root} has ${names} but no train/; to use a single folder of class folders, point at it`,
    );
  }
  const learnt = holding(base.classes);
  if (learnt.length === 0) {
    throw new TransfuseError('no-images', `${base.folder} holds no images to learn from`);
  }
  const empty = [...base.classes.keys()].filter((name) => !learnt.includes(name));
  if (empty.length > 0) {
    throw new TransfuseError(
      'empty-class',
      `class folder ${some(empty)} of ${root} holds no images, so there is nothing to learn it from; fill or remove it`,
    );
  }
  for (const { split, classes } of contents) {
    const unknown = holding(classes).filter((name) => !learnt.includes(name));
    if (unknown.length > 0) {
      throw new TransfuseError(
        'class-mismatch',
        `${root}: class ${some(unknown)} of ${split} is not in train, whose classes are: ${learnt.join(', ')}`,
      );
    }
  }
  if (learnt.length < 2) throw oneClass(base.folder, join(base.folder, learnt[0]), learnt[0]);
  return chooseClasses(learnt, undefined, root);
}

function oneClass(folder: string, inner: string, name: string): TransfuseError {
  const perhaps = `if ${inner} holds the class folders, point at it`;
  return new TransfuseError(
    'one-class',
    `${folder} has only one class folder, ${name}; at least two are needed (${perhaps})`,
  );
}
