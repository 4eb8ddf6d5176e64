import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { readDataset } from '../../../src/data/dataset.js';
import { readImage } from '../../../src/data/image-source.js';
import { readLabelled } from '../../../src/data/labelled.js';
import { createLoader } from '../../../src/data/loader.js';
import { resizeBilinear } from '../../../src/data/resize.js';
import { thumbnail } from '../../../src/data/thumbnails.js';
import type { Sample } from '../../../src/data/types.js';
import {
  copyOf,
  expectImage,
  goldenDataset,
  idsOf,
  type Known,
  known,
  labelOf,
  refusalOf,
  sizes,
  withOwnCache,
} from './copies.js';

withOwnCache();
// Each thread that reads HDF5 loads the library anew, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 240_000 });

/** Loads all samples through the loader's threads and compares with reading them here. */
async function expectLoaded(samples: readonly Sample[]) {
  const size = { height: 7, width: 6 };
  const loader = createLoader(samples, { ...size, batch: 3, seed: 1, shuffle: true, threads: 2 });
  const seen: number[] = [];
  for await (const { images, indices } of loader.epoch(0)) {
    for (const [i, index] of indices.entries()) {
      const alone = resizeBilinear(await readImage(samples[index].source), 7, 6);
      expect(images.subarray(i * 126, (i + 1) * 126)).toEqual(alone);
      seen.push(index);
    }
  }
  await loader.close();
  expect(seen.sort((a, b) => a - b)).toEqual([...samples.keys()]);
}

describe('PatchCamelyon as HDF5', () => {
  const expected = known<Record<string, { images: Known[]; labels: number[] }>>('pcam');

  test('is recognised by its files; plain, in chunks and gzipped, image by image', async () => {
    const onUnpack = vi.fn();
    const dataset = await readDataset(goldenDataset('pcam'), { onUnpack });
    expect(dataset).toMatchObject({ name: 'patch_camelyon16', task: 'binary', classes: ['normal', 'tumor'] });
    expect(sizes(dataset)).toEqual([12, 6, 5]);
    for (const [split, side] of [
      ['train', 'train'],
      ['validation', 'valid'],
      ['test', 'test'],
    ] as const) {
      const samples = dataset.splits[split];
      expect(samples.map(labelOf)).toEqual(expected[side].labels);
      for (const [i, sample] of samples.entries()) await expectImage(sample, expected[side].images[i]);
    }
    await expectLoaded(Object.values(dataset.splits).flat());
    expect(dataset.splits.train[11].id).toBe('camelyonpatch_level_2_split_train_x.h5#11');
    expect(onUnpack.mock.calls.map(([file]) => path.basename(file))).toEqual([
      'camelyonpatch_level_2_split_test_x.h5.gz',
      'camelyonpatch_level_2_split_test_y.h5.gz',
    ]);
    const again = vi.fn();
    await readDataset(goldenDataset('pcam'), { onUnpack: again });
    expect(again).not.toHaveBeenCalled();
    expect((await thumbnail(dataset.splits.test[0].source, 8)).subarray(0, 2)).toEqual(Buffer.of(0xff, 0xd8));
  });

  test('its small part is the beginning', async () => {
    const { name, splits } = await readDataset(goldenDataset('pcam'), { dataset: 'pcam-small' });
    expect(name).toBe('patch_camelyon16_small');
    expect(splits.train.length).toBe(12); // of fewer than 5,000 all
  });

  test('a test split alone is measured', async () => {
    const options = { task: 'binary', classes: ['normal', 'tumor'], split: 'test' } as const;
    expect((await readLabelled(goldenDataset('pcam'), options)).samples.length).toBe(5);
  });

  test('half of it missing is named', async () => {
    const folder = copyOf('pcam');
    rmSync(path.join(folder, 'camelyonpatch_level_2_split_train_y.h5'));
    rmSync(path.join(folder, 'camelyonpatch_level_2_split_test_x.h5.gz'));
    const { code, message } = await refusalOf(readDataset(folder));
    expect(code).toBe('incomplete-dataset');
    expect(message).toContain(
      'lacks camelyonpatch_level_2_split_train_y.h5 (or .h5.gz), camelyonpatch_level_2_split_test_x.h5 (or .h5.gz); get it from',
    );
  });

  test.each<[string, (folder: string) => void, string, RegExp]>([
    [
      'the labels where the images should be',
      (folder) => copyOver(folder, 'train_y', 'train_x'),
      'missing-dataset',
      /train_x\.h5 has no dataset x; it holds y/,
    ],
    [
      'images and labels of different sides',
      (folder) => copyOver(folder, 'valid_y', 'train_y'),
      'bad-hdf5',
      /x has 12 images, but .*train_y\.h5 6 labels/,
    ],
    [
      'a file that is no HDF5',
      (folder) => writeFileSync(h5(folder, 'train_x'), 'text'),
      'bad-hdf5',
      /train_x\.h5/,
    ],
    [
      'a gzip file cut short',
      (folder) =>
        writeFileSync(
          `${h5(folder, 'test_x')}.gz`,
          readFileSync(`${h5(folder, 'test_x')}.gz`).subarray(0, 600),
        ),
      'bad-gzip',
      /test_x\.h5\.gz is damaged or cut short/,
    ],
  ])('%s', async (_, damage, code, reason) => {
    const folder = copyOf('pcam');
    damage(folder);
    const error = await refusalOf(readDataset(folder));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(reason);
    const left = readdirSync(process.env.TRANSFUSE_CACHE!, { recursive: true }).map(String);
    expect(left.filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  const h5 = (folder: string, part: string) => path.join(folder, `camelyonpatch_level_2_split_${part}.h5`);
  const copyOver = (folder: string, from: string, to: string) =>
    writeFileSync(h5(folder, to), readFileSync(h5(folder, from)));
});

describe('chest X-rays as the Keras pair of TFRecords', () => {
  const expected = known<Record<'train' | 'test', { path: string; bytes: number }[]>>('chest-xray-tfrec');

  test('images and labels belong together, and are called by their paths', async () => {
    const dataset = await readDataset(goldenDataset('chest-xray-tfrec'), { validation: 0.2 });
    expect(dataset).toMatchObject({ name: 'chest_xray', task: 'binary', classes: ['NORMAL', 'PNEUMONIA'] });
    expect(sizes(dataset)).toEqual([7, 2, 4]);
    for (const { path: full } of expected.test) {
      const id = `test/${full.split('/').slice(-2).join('/')}`;
      const sample = dataset.splits.test.find((one) => one.id === id)!;
      expect(labelOf(sample)).toBe(full.includes('PNEUMONIA') ? 1 : 0);
      const { height, width } = await readImage(sample.source);
      expect([height, width]).toEqual([6 + expected.test.findIndex((one) => one.path === full), 9]);
    }
    await expectLoaded(Object.values(dataset.splits).flat());
  });

  test('patients stay on one side when asked to; the test numbers its own', async () => {
    const options = { validation: 0.4, groupBy: 'column:patient' };
    const { splits } = await readDataset(goldenDataset('chest-xray-tfrec'), options);
    const validation = new Set(splits.validation.map(({ group }) => group));
    expect(splits.train.filter(({ group }) => validation.has(group))).toEqual([]);
    expect(splits.test.map(({ group }) => group)).toContain('test person0');
  });

  test.each<[string, (folder: string) => void, string, RegExp]>([
    [
      'a missing file',
      (folder) => rmSync(path.join(folder, 'test/paths.tfrec')),
      'incomplete-dataset',
      /lacks test\/paths\.tfrec/,
    ],
    [
      'fewer paths than images',
      (folder) =>
        writeFileSync(
          path.join(folder, 'train/paths.tfrec'),
          readFileSync(path.join(folder, 'test/paths.tfrec')),
        ),
      'incomplete-dataset',
      /images\.tfrec has more records than .*paths\.tfrec/,
    ],
    [
      'fewer images than paths',
      (folder) =>
        writeFileSync(
          path.join(folder, 'train/images.tfrec'),
          readFileSync(path.join(folder, 'test/images.tfrec')),
        ),
      'incomplete-dataset',
      /images\.tfrec has 4 records, fewer than the 9 of/,
    ],
    [
      'images for paths',
      (folder) =>
        writeFileSync(
          path.join(folder, 'train/paths.tfrec'),
          readFileSync(path.join(folder, 'train/images.tfrec')),
        ),
      'bad-label',
      /paths\.tfrec, record 0: .* lies in no folder NORMAL or PNEUMONIA/,
    ],
  ])('%s', async (_, damage, code, reason) => {
    const folder = copyOf('chest-xray-tfrec');
    damage(folder);
    const error = await refusalOf(readDataset(folder));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(reason);
  });
});

describe('TensorFlow Datasets', () => {
  test('malaria: recognised, its 20 images divided, PNG pixels to the bit', async () => {
    const dataset = await readDataset(`${goldenDataset('tfds/malaria')}/1.0.0`);
    expect(dataset).toMatchObject({ name: 'malaria', classes: ['Parasitized', 'Uninfected'] });
    expect(sizes(dataset)).toEqual([14, 4, 2]); // of ten of each class
    const expected = known<(Known & { label: number })[]>('tfds/malaria');
    for (const sample of Object.values(dataset.splits).flat()) {
      const index = Number(sample.id.split('#')[1]);
      expect(labelOf(sample)).toBe(expected[index].label);
      await expectImage(sample, expected[index]);
    }
  });

  test('any other, with its own splits, feature names and classes', async () => {
    const dataset = await readDataset(goldenDataset('tfds/flowers'), { dataset: 'tfds' });
    expect(dataset).toMatchObject({ name: 'tfds', task: 'multi-class', classes: ['rose', 'tulip', 'aster'] });
    expect(sizes(dataset)).toEqual([9, 3, 6]);
    const expected = known<{ label: number }[]>('tfds/flowers');
    const order = dataset.splits.train.map(({ id }) => Number(id.split('#')[1]));
    expect(dataset.splits.train.map(labelOf)).toEqual(order.map((index) => expected[index].label));
    await expectLoaded(dataset.splits.train);
  });

  const shard = 'flowers-train.tfrecord-00000-of-00001';
  test.each<[string, (folder: string) => void, string, RegExp]>([
    [
      'a damaged record',
      (folder) => writeFileSync(path.join(folder, shard), flipped(readFileSync(path.join(folder, shard)))),
      'bad-tfrecord',
      /of-00001, record 0: its data have a wrong checksum/,
    ],
    [
      'a missing shard',
      (folder) => writeFileSync(path.join(folder, 'flowers-train.tfrecord-00000-of-00002'), ''),
      'incomplete-dataset',
      /lacks flowers-train\.tfrecord-00001-of-00002/,
    ],
    [
      'fewer records than there should be',
      (folder) =>
        writeFileSync(
          path.join(folder, shard),
          readFileSync(path.join(folder, 'flowers-test.tfrecord-00000-of-00001')),
        ),
      'incomplete-dataset',
      /has 6 records where dataset_info\.json says 9/,
    ],
    [
      'other features',
      (folder) =>
        writeFileSync(
          path.join(folder, 'features.json'),
          readFileSync(path.join(folder, 'features.json'), 'utf8').replaceAll('picture', 'photo'),
        ),
      'bad-features',
      /record 0: it has no image in a feature photo; its features are: /,
    ],
    [
      'more classes than names',
      (folder) => writeFileSync(path.join(folder, 'kind.labels.txt'), 'rose\ntulip'),
      'bad-label',
      /class 2 of kind is not among the 2: rose, tulip/,
    ],
  ])('%s', async (_, damage, code, reason) => {
    const folder = path.join(copyOf('tfds/flowers'), '2.1.0');
    damage(folder);
    const error = await refusalOf(readDataset(folder));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(reason);
  });

  function flipped(bytes: Buffer): Buffer {
    bytes[40] ^= 1;
    return bytes;
  }
});

describe('MedMNIST', () => {
  const expected = known<Record<string, Record<string, { images: Known[]; labels: number[][] }>>>('medmnist');
  const file = (name: string) => path.join(goldenDataset('medmnist'), `${name}.npz`);

  test.each<[string, string, number, 1 | 3]>([
    ['breastmnist', 'binary', 2, 1],
    ['pathmnist_64', 'multi-class', 9, 3],
    ['retinamnist', 'multi-class', 5, 3],
    ['chestmnist', 'multi-label', 14, 1],
  ])('%s is %s with %d classes', async (name, task, classes, channels) => {
    const dataset = await readDataset(file(name));
    expect(dataset).toMatchObject({ name: 'medmnist', task });
    expect(dataset.classes.length).toBe(classes);
    expect(sizes(dataset)).toEqual([10, 5, 5]);
    const { images, labels } = expected[name].train;
    for (const [i, sample] of dataset.splits.train.entries()) {
      expect(sample.id).toBe(`${name}.npz/train#${i}`);
      if (task === 'multi-label') expect([...sample.target]).toEqual(labels[i]);
      else expect(labelOf(sample)).toBe(labels[i][0]);
      await expectImage(sample, images[i], channels);
    }
    await expectLoaded(dataset.splits.test);
  });

  test('a file of one’s own with the same keys: classes are numbers', async () => {
    const { classes, task } = await readDataset(file('own'));
    expect([task, classes]).toEqual(['multi-class', ['0', '1', '2']]);
  });

  test('volumes are refused by name, and by their shape', async () => {
    expect((await refusalOf(readDataset(file('organmnist3d')))).message).toMatch(
      /^organmnist3d\.npz holds volumes; images of two dimensions are needed, such as pathmnist, /,
    );
    expect((await refusalOf(readDataset(file('volumes')))).message).toMatch(
      /^volumes\.npz holds volumes \[10, 4, 4, 9\]/,
    );
  });

  test('several files side by side: which one?', async () => {
    const { code, message } = await refusalOf(readDataset(goldenDataset('medmnist')));
    expect(code).toBe('ambiguous-data');
    expect(message).toContain('breastmnist.npz, chestmnist.npz, organmnist3d.npz');
  });

  test('a file cut short leaves nothing in the cache that would be taken for whole', async () => {
    const folder = copyOf('medmnist');
    const whole = readFileSync(path.join(folder, 'pathmnist_64.npz'));
    const damaged = path.join(folder, 'pathmnist_64.npz');
    writeFileSync(damaged, whole.subarray(0, whole.length - 100));
    expect((await refusalOf(readDataset(damaged))).code).toBe('bad-zip');
    const flipped = Buffer.from(whole);
    flipped[700] ^= 1;
    writeFileSync(damaged, flipped);
    expect((await refusalOf(readDataset(damaged))).code).toBe('bad-zip');
    const cache = process.env.TRANSFUSE_CACHE!;
    const left = existsSync(cache) ? readdirSync(cache, { recursive: true }).map(String) : [];
    expect(left.filter((name) => /\.(npy|part)$/.test(name))).toEqual([]);
  });

  test('another archive is named by what it lacks', async () => {
    const folder = copyOf('medmnist');
    const bytes = readFileSync(path.join(folder, 'own.npz'))
      .toString('latin1')
      .replaceAll('val_labels', 'dev_labels');
    writeFileSync(path.join(folder, 'own.npz'), bytes, 'latin1');
    const { message } = await refusalOf(readDataset(path.join(folder, 'own.npz')));
    expect(message).toMatch(/own\.npz is incomplete: it lacks val_labels; get it from/);
  });
});

test('the same seed divides containers the same way, another seed does not', async () => {
  const folder = `${goldenDataset('tfds/malaria')}/1.0.0`;
  const train = async (seed: number) => idsOf(await readDataset(folder, { seed }), 'train');
  expect(await train(3)).toEqual(await train(3));
  expect(await train(3)).not.toEqual(await train(4));
});
