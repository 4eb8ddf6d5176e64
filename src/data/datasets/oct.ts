/** @file Optical coherence tomography of the retina (Kermany et al. 2018): all of it, and the published small part. */
import type { Source } from '../source.js';
import { hasNested, readClassFolders } from './class-folders.js';
import { type DatasetRow, type Layout, refuseIncomplete } from './row.js';

const diseases = ['CNV', 'DME', 'DRUSEN'];
const classes = [...diseases, 'NORMAL'];
const BATCH = 32;

const folders: Layout = {
  description:
    'OCT/{train,test}/{CNV,DME,DRUSEN,NORMAL}/CLASS-PATIENT-N.jpeg; Kaggle’s “OCT2017 ” too, whose val is part of the official test',
  async find(listing, folders) {
    return (await hasNested(listing, folders, ['train', 'test', 'val'], diseases)) ? [listing.path] : [];
  },
  async read(root): Promise<Source> {
    const wanted = (['train', 'test', 'val'] as const).flatMap((folder) =>
      classes.map((label) => ({
        folder: `${folder}/${label}`,
        label,
        split: folder === 'train' ? ('train' as const) : ('test' as const),
        optional: folder === 'val',
      })),
    );
    const { images, missing } = await readClassFolders(root, wanted, {
      patient: (name) => /^[A-Z]+-\d+(?=-)/i.exec(name)?.[0],
    });
    refuseIncomplete(oct, root, missing);
    return { root, images, classes, task: 'multi-class', warnings: [] };
  },
};

export const oct: DatasetRow = {
  name: 'oct',
  aliases: ['oct2017'],
  title: 'OCT scans of the retina, four kinds (Kermany et al. 2018, 84,495 images)',
  task: `multi-class: ${classes.join(', ')}`,
  get: 'https://data.mendeley.com/datasets/rscbjbr9sj (5.8 GB); Kaggle: paultimothymooney/kermany2018',
  licence: 'CC BY 4.0',
  layouts: [folders],
  split: 'official test; a fifth of train for validation',
  holdOut: { validation: 0.2 },
};

export const octSmall: DatasetRow = {
  ...oct,
  name: 'oct_small',
  aliases: [],
  title: 'OCT, the published small part',
  split: 'official test; of train 100 batches of 32, of a fifth held out 15 batches for validation, drawn',
  published: { size: '165x341', batch: BATCH, dropout: 0.5, loss: 'sparse categorical cross-entropy' },
  keep: { train: 100 * BATCH, validation: 15 * BATCH },
};
