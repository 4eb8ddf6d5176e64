/** @file Folders of class folders, with or without train, validation and test folders around them. */
import path from 'node:path';
import { TransfuseError } from '../errors.js';
import {
  describeIgnored,
  type Findings,
  isImageName,
  kinds,
  list,
  nothing,
  relativeId,
  walk,
} from './files.js';
import { chooseClasses, refuseCaseTwins, taskOf } from './labels.js';
import { type LabelledImage, type Source, splitNamed } from './source.js';
import type { DatasetOptions, SplitName } from './types.js';
import { count, some } from './unreadable.js';

/**
 * Reads `root/<class>/…` or `root/{train,val,test}/<class>/…`; images may lie deeper within a class folder.
 *
 * @throws TransfuseError `no-images`, `one-class`, `empty-class`, `class-mismatch`, `split-mismatch`
 */
export async function readFolders(root: string, options: DatasetOptions): Promise<Source> {
  const { splits, warnings } = await splitFolders(root);
  const passedOver = nothing();
  const images: LabelledImage[] = [];
  const contents: SplitContents[] = [];
  for (const { folder, split } of splits) {
    const classes = new Map<string, number>();
    contents.push({ folder, split, classes });
    for (const entry of await list(folder)) {
      const full = path.join(folder, entry.name);
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
        images.push({ source, real: image.real, id: relativeId(root, image.path), labels, split });
      }
    }
    if (split !== undefined && holding(classes).length === 0) {
      warnings.push(`${folder} holds no images, so it counts as absent`);
    }
  }
  if (images.length === 0) throw noImages(root, passedOver);
  const strays = passedOver.images.map((image) => relativeId(root, image.path));
  if (strays.length > 0) {
    warnings.push(`ignored ${count(strays.length, 'image')} beside the class folders: ${some(strays)}`);
  }
  warnings.push(...describeIgnored(root, passedOver));
  const classes = checkClasses(root, contents, options.classes);
  return { root, images, classes, task: taskOf(classes, options.task, root), warnings };
}

/** How many images each class folder of one split folder holds. */
interface SplitContents {
  readonly folder: string;
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
async function splitFolders(root: string) {
  const entries = (await list(root)).filter((entry) => entry.isFolder);
  const splits: { folder: string; split?: SplitName }[] = [];
  const beside: string[] = [];
  for (const { name } of entries) {
    const split = splitNamed(name);
    if (split === undefined) {
      beside.push(name);
      continue;
    }
    const twin = splits.find((other) => other.split === split);
    if (twin) {
      const both = `${path.basename(twin.folder)}/ and ${name}/`;
      throw new TransfuseError('split-mismatch', `${root} has both ${both}; keep one ${split} folder`);
    }
    splits.push({ folder: path.join(root, name), split });
  }
  if (splits.length === 0) return { splits: [{ folder: root }], warnings: [] };
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
): string[] {
  const folderNames = new Set(contents.flatMap(({ classes }) => [...classes.keys()]));
  refuseCaseTwins([...folderNames], `the class folders of ${root}`);
  const base = contents.find(({ split }) => split === undefined || split === 'train');
  if (wanted !== undefined) {
    return chooseClasses([...new Set(contents.flatMap(({ classes }) => holding(classes)))], wanted, root);
  }
  if (base === undefined) {
    const names = contents.map(({ folder }) => `${path.basename(folder)}/`).join(' and ');
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
  if (learnt.length < 2) throw oneClass(base.folder, learnt[0]);
  return chooseClasses(learnt, undefined, root);
}

function oneClass(folder: string, name: string): TransfuseError {
  const perhaps = `if ${path.join(folder, name)} holds the class folders, point at it`;
  return new TransfuseError(
    'one-class',
    `${folder} has only one class folder, ${name}; at least two are needed (${perhaps})`,
  );
}
