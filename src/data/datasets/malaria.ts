/** @file Red blood cells with and without malaria parasites (NIH; Rajaraman et al. 2018). */
import type { Source } from '../source.js';
import { hasAny, readClassFolders } from './class-folders.js';
import { type DatasetRow, type Layout, refuseIncomplete } from './row.js';
import { tfdsLayout } from './tfds.js';

/** In the published order, in which the uninfected are the positive ones; the AUC is the same either way. */
const classes = ['Parasitized', 'Uninfected'];

const folders: Layout = {
  description: 'cell_images/{Parasitized,Uninfected}/*.png',
  async find(listing) {
    return hasAny(listing, classes) ? [listing.path] : [];
  },
  async read(root): Promise<Source> {
    const wanted = classes.map((label) => ({ folder: label, label }));
    const { images, missing } = await readClassFolders(root, wanted, {
      only: /\.png$/i,
      patient: (name) => /^C\d+(?=P)/i.exec(name)?.[0],
    });
    refuseIncomplete(malaria, root, missing);
    return { root, images, classes, task: 'binary', warnings: [] };
  },
};

export const malaria: DatasetRow = {
  name: 'malaria',
  title: 'Red blood cells, parasitized or not (NIH, 27,558 images)',
  task: 'binary: Parasitized, Uninfected',
  get: 'https://lhncbc.nlm.nih.gov/LHC-research/LHC-projects/image-processing/malaria-datasheet.html (340 MB)',
  licence: 'none stated by the NIH/NLM; believed to be in the public domain',
  layouts: [folders, tfdsLayout({ name: 'malaria', classes })],
  split: '70 % train, 15 % validation, 15 % test, drawn',
  published: { size: '120', batch: 32, dropout: 0.5, loss: 'binary cross-entropy' },
  holdOut: { validation: 0.15, test: 0.15 },
};
