/** @file Data sets as TensorFlow Datasets prepares them: those of the table, and any of one image and one class. */
import { taskOf } from '../labels.js';
import type { Source } from '../source.js';
import { readTfds, shardNamed } from '../tfds.js';
import { Folders, type Listing } from './folders.js';
import type { DatasetRow, Layout } from './row.js';

/**
 * The layout of one data set, or of any.
 * @param known its name in TensorFlow Datasets, and its classes in our order, which must be theirs
 */
export function tfdsLayout(known?: { readonly name: string; readonly classes: readonly string[] }): Layout {
  const shardsIn = ({ files }: Listing) => files.filter((file) => isOf(file, known?.name));
  return {
    description: `${known?.name ?? 'NAME'}/VERSION/${known?.name ?? 'NAME'}-*.tfrecord-*-of-*, of TensorFlow Datasets`,
    unmistakable: true,
    async find(listing) {
      return shardsIn(listing).length > 0 ? [listing.path] : [];
    },
    async read(root, options): Promise<Source> {
      const names = shardsIn(await new Folders().list(root));
      const { images, classes } = await readTfds(root, names, known?.classes);
      return { root, images, classes, task: taskOf(classes, options.task, root), warnings: [] };
    },
  };
}

function isOf(file: string, name: string | undefined): boolean {
  const shard = shardNamed(file);
  return shard !== undefined && (name === undefined || shard.name === name);
}

export const tfds: DatasetRow = {
  name: 'tfds',
  title: 'Any data set of TensorFlow Datasets with one image and one class label',
  task: 'as the data say',
  get: 'https://www.tensorflow.org/datasets (prepare it with tfds build, as TFRecords)',
  licence: 'that of the data set',
  layouts: [tfdsLayout()],
  split: 'its own; what it lacks is drawn',
};
