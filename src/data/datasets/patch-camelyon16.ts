/** @file PatchCamelyon: tumour or none in patches of lymph nodes (Veeling et al. 2018), and its published small part. */
import path from 'node:path';
import { TransfuseError } from '../../errors.js';
import { openHdf5 } from '../../files/hdf5.js';
import type { LabelledImage, Source } from '../source.js';
import type { DatasetOptions, SplitName } from '../types.js';
import { unpackedGzip } from '../unpacked.js';
import { Folders } from './folders.js';
import { type DatasetRow, type Layout, refuseIncomplete } from './row.js';
import { tfdsLayout } from './tfds.js';

const classes = ['normal', 'tumor'];
const sides: Readonly<Record<string, SplitName>> = { train: 'train', valid: 'validation', test: 'test' };
const fileOf = (side: string, part: 'x' | 'y') => `camelyonpatch_level_2_split_${side}_${part}.h5`;

/** @param first how many images of a side count; all of it where it is not named */
function hdf5(first: Partial<Record<SplitName, number>>): Layout {
  return {
    description: `${fileOf('{train,valid,test}', 'x').replace('_x.', '_{x,y}.')}, each also as .h5.gz`,
    unmistakable: true,
    async find({ path: folder, files }) {
      const wanted = Object.keys(sides).flatMap((side) => [fileOf(side, 'x'), fileOf(side, 'y')]);
      return files.some((file) => wanted.includes(file.replace(/\.gz$/, ''))) ? [folder] : [];
    },
    async read(root, options): Promise<Source> {
      const { files } = await new Folders().list(root);
      const found = (name: string) => [name, `${name}.gz`].find((one) => files.includes(one));
      const missing: string[] = [];
      for (const side of Object.keys(sides)) {
        for (const part of ['x', 'y'] as const) {
          const name = fileOf(side, part);
          if (found(name) === undefined) missing.push(`${name} (or .h5.gz)`);
        }
      }
      refuseIncomplete(patchCamelyon16, root, missing);
      const images: LabelledImage[][] = [];
      for (const [side, split] of Object.entries(sides)) {
        const names = [found(fileOf(side, 'x'))!, found(fileOf(side, 'y'))!];
        images.push(await readSide(root, names, split, first[split], options));
      }
      return { root, images: images.flat(), classes, task: 'binary', warnings: [] };
    },
  };
}

/** The images `x` [n, height, width, 3] of one file, and the labels `y` [n, 1, 1, 1] of another. */
async function readSide(
  root: string,
  names: readonly string[],
  split: SplitName,
  first: number | undefined,
  { onUnpack }: DatasetOptions,
): Promise<LabelledImage[]> {
  const open = async (name: string) => {
    const file = path.join(root, name);
    return openHdf5(name.endsWith('.gz') ? await unpackedGzip(file, onUnpack) : file);
  };
  const [pictures, labels] = [await open(names[0]), await open(names[1])];
  try {
    const bad = (what: string) => new TransfuseError('bad-hdf5', `${pictures.source}: ${what}`);
    const { shape, dtype } = pictures.dataset('x');
    if (dtype !== 'uint8' || shape.length !== 4 || shape[3] !== 3) {
      throw bad(`x is ${dtype} [${shape.join(', ')}]; uint8 [n, height, width, 3] is needed`);
    }
    const y = labels.dataset('y').read();
    if (y.length !== shape[0]) {
      throw bad(`x has ${shape[0]} images, but ${labels.source} ${y.length} labels; fetch them again`);
    }
    const name = names[0].replace(/\.gz$/, '');
    const digits = String(shape[0] - 1).length;
    return Array.from({ length: Math.min(shape[0], first ?? shape[0]) }, (_, index) => {
      const label = classes[Number(y[index])];
      if (label === undefined) {
        throw new TransfuseError(
          'bad-label',
          `${labels.source}: y[${index}] is ${y[index]}; 0 or 1 is needed`,
        );
      }
      return {
        source: { kind: 'hdf5', path: pictures.source, array: 'x', index },
        real: `${pictures.source}#${index}`,
        id: `${name}#${String(index).padStart(digits, '0')}`,
        labels: [label],
        split,
      };
    });
  } finally {
    pictures.close();
    labels.close();
  }
}

export const patchCamelyon16: DatasetRow = {
  name: 'patch_camelyon16',
  aliases: ['pcam', 'patch_camelyon'],
  title: 'PatchCamelyon: lymph node patches, tumour or none (327,680 images)',
  task: 'binary: normal, tumor',
  get: 'https://github.com/basveeling/pcam or https://zenodo.org/records/2546921 (7 GB)',
  licence: 'CC0 1.0',
  layouts: [hdf5({}), tfdsLayout({ name: 'patch_camelyon', classes })],
  split: 'official train, valid and test',
  published: { size: '96', batch: 64, dropout: 0.5, loss: 'binary cross-entropy' },
};

export const patchCamelyon16Small: DatasetRow = {
  ...patchCamelyon16,
  name: 'patch_camelyon16_small',
  aliases: ['pcam_small'],
  title: 'PatchCamelyon, the published small part',
  layouts: [hdf5({ train: 5000, validation: 1000 })],
  split: 'the first 5,000 of train and 1,000 of valid; official test',
};
