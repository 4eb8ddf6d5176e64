/** @file Tiles of colorectal tissue of eight kinds (Kather et al. 2016). */
import type { Source } from '../source.js';
import { hasAny, readClassFolders } from './class-folders.js';
import { type DatasetRow, type Layout, refuseIncomplete } from './row.js';
import { tfdsLayout } from './tfds.js';

const classes = ['tumor', 'stroma', 'complex', 'lympho', 'debris', 'mucosa', 'adipose', 'empty'];
const classFolders = classes.map((name, i) => `0${i + 1}_${name.toUpperCase()}`);

const folders: Layout = {
  description: 'Kather_texture_2016_image_tiles_5000/{01_TUMOR,…,08_EMPTY}/*.tif',
  async find(listing) {
    return hasAny(listing, classFolders) ? [listing.path] : [];
  },
  async read(root): Promise<Source> {
    const wanted = classes.map((label, i) => ({ folder: classFolders[i], label }));
    const { images, missing } = await readClassFolders(root, wanted);
    refuseIncomplete(colorectalHistology, root, missing);
    return { root, images, classes, task: 'multi-class', warnings: [] };
  },
};

export const colorectalHistology: DatasetRow = {
  name: 'colorectal_histology',
  title: 'Colorectal tissue of eight kinds (Kather et al. 2016, 5,000 tiles)',
  task: `multi-class: ${classes.join(', ')}`,
  get: 'https://zenodo.org/records/53169 (Kather_texture_2016_image_tiles_5000.zip, 250 MB)',
  licence: 'CC BY 4.0',
  layouts: [folders, tfdsLayout({ name: 'colorectal_histology', classes })],
  split: '70 % train, 15 % validation, 15 % test, drawn',
  published: { size: '150', batch: 32, dropout: 0.5, loss: 'sparse categorical cross-entropy' },
  holdOut: { validation: 0.15, test: 0.15 },
};
