/** @file Chest X-rays of children, with and without pneumonia (Kermany et al. 2018). */
import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { TransfuseError } from '../../errors.js';
import type { LabelledImage, Source } from '../source.js';
import { readTfRecords } from '../tfrecord.js';
import type { SplitName } from '../types.js';
import { hasNested, readClassFolders } from './class-folders.js';
import type { Folders, Listing } from './folders.js';
import { type DatasetRow, type Layout, refuseIncomplete } from './row.js';

const classes = ['NORMAL', 'PNEUMONIA'] as const;
const GET =
  'https://data.mendeley.com/datasets/rscbjbr9sj (1.2 GB); Kaggle: paultimothymooney/chest-xray-pneumonia';

/** Five batches of train, as published; a fixed set, where the published ones were drawn anew each epoch. */
const VALIDATION_IMAGES = 5 * 64;

/**
 * `person12_bacteria_46.jpeg` and `IM-0115-0001.jpeg` tell the patient. The test's are others under the same numbers:
 * its numbering begins anew.
 */
function patientOf(name: string, split?: SplitName): string | undefined {
  const number = /^person\d+(?=_)/i.exec(name)?.[0] ?? /IM-\d+(?=-)/i.exec(name)?.[0];
  return number && `${split} ${number}`;
}

const folders: Layout = {
  description: 'chest_xray/{train,test}/{NORMAL,PNEUMONIA}/*.jpeg (val, if there, is part of train)',
  async find(listing: Listing, folders: Folders) {
    return (await hasNested(listing, folders, ['train', 'test'], ['PNEUMONIA'])) ? [listing.path] : [];
  },
  async read(root): Promise<Source> {
    const wanted = (['train', 'val', 'test'] as const).flatMap((folder) =>
      classes.map((label) => ({
        folder: `${folder}/${label}`,
        label,
        split: folder === 'test' ? ('test' as const) : ('train' as const),
        optional: folder === 'val',
      })),
    );
    const { images, missing } = await readClassFolders(root, wanted, { patient: patientOf });
    refuseIncomplete(chestXray, root, missing);
    return { root, images, classes, task: 'binary', warnings: [] };
  },
};

const sides = ['train', 'test'] as const;
const parts = ['images', 'paths'] as const;

const records: Layout = {
  description: '{train,test}/{images,paths}.tfrec, the pair of TFRecords of the Keras example',
  unmistakable: true,
  async find(listing: Listing, folders: Folders) {
    for (const side of sides) {
      if (!listing.folders.includes(side)) continue;
      const { files } = await folders.list(path.join(listing.path, side));
      if (parts.some((part) => files.includes(`${part}.tfrec`))) return [listing.path];
    }
    return [];
  },
  async read(root): Promise<Source> {
    const wanted = sides.flatMap((side) => parts.map((part) => `${side}/${part}.tfrec`));
    refuseIncomplete(
      chestXray,
      root,
      wanted.filter((file) => !existsSync(path.join(root, file))),
    );
    const images = [...(await readPair(root, 'train')), ...(await readPair(root, 'test'))];
    return { root, images, classes, task: 'binary', warnings: [] };
  },
};

/** Records of JPEG bytes, and as many of paths whose last folder is the class. */
async function readPair(root: string, side: 'train' | 'test'): Promise<LabelledImage[]> {
  const [pictures, paths] = parts.map((part) => path.join(root, side, `${part}.tfrec`));
  const real = await realpath(pictures);
  const names: string[] = [];
  for await (const { data } of readTfRecords(paths)) names.push(new TextDecoder().decode(data));
  const images: LabelledImage[] = [];
  const taken = new Set<string>();
  const unequal = (how: string) =>
    new TransfuseError(
      'incomplete-dataset',
      `${pictures} has ${how} ${paths}; they must have as many, so fetch them again`,
    );
  for await (const { index, offset, data } of readTfRecords(pictures)) {
    if (index >= names.length) throw unequal('more records than');
    const [folder, name] = names[index].split('/').slice(-2);
    if (!classes.some((label) => label === folder)) {
      throw new TransfuseError(
        'bad-label',
        `${paths}, record ${index}: ${JSON.stringify(names[index])} lies in no folder ${classes.join(' or ')}`,
      );
    }
    const id = `${side}/${folder}/${name}`;
    const patient = patientOf(name, side);
    images.push({
      source: { kind: 'record', path: pictures, index, offset, length: data.length },
      real: `${real}#${index}`,
      id: taken.has(id) ? `${id}#${index}` : id,
      labels: [folder],
      split: side,
      columns: patient === undefined ? undefined : { patient },
    });
    taken.add(id);
  }
  if (images.length < names.length) {
    throw unequal(`${images.length} records, fewer than the ${names.length} of`);
  }
  return images;
}

export const chestXray: DatasetRow = {
  name: 'chest_xray',
  title: 'Chest X-rays of children, normal or pneumonia (Kermany et al. 2018)',
  task: 'binary: NORMAL, PNEUMONIA',
  get: GET,
  licence: 'CC BY 4.0',
  layouts: [folders, records],
  split: `official test; ${VALIDATION_IMAGES} images of train for validation`,
  published: { size: '180', batch: 64, dropout: 0.5, loss: 'binary cross-entropy' },
  holdOut: { validation: VALIDATION_IMAGES },
};
