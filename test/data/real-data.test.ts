import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { createLoader, type Dataset, listImages, readDataset, readLabelled } from '../../src/data/index.js';
import { sharedData } from '../shared-data.js';
import { fileSample, temporaryFolder } from './temporary.js';

const chest = sharedData('data/chest-xray-224/chest_xray');
const malaria = sharedData('data/malaria-gray50/cell_images');
const blood = sharedData('data/blood-cells');
const oct = sharedData('data/oct-32/OCT2017');
const pneumonia = sharedData('data/pneumoniamnist/pneumoniamnist.npz');

const sizes = ({ splits }: Dataset) => Object.values(splits).map(({ length }) => length);

describe.skipIf(!chest)('chest X-rays (skips where the shared data are absent)', () => {
  test('the official splits, and a larger validation split on request', async () => {
    const official = await readDataset(chest!);
    expect(official).toMatchObject({ task: 'binary', classes: ['NORMAL', 'PNEUMONIA'], warnings: [] });
    expect(sizes(official)).toEqual([5216, 16, 624]);
    const drawn = await readDataset(chest!, { validation: 0.1 });
    expect(sizes(drawn)).toEqual([4709, 523, 624]);
    const sick = drawn.splits.validation.filter(({ target }) => target[0] === 1).length;
    expect(sick / 523).toBeCloseTo(3883 / 5232, 2);
  });

  test('as the published data set: val part of train, 320 images held out, patients apart from those of the test', async () => {
    const dataset = await readDataset(path.dirname(chest!), { dataset: 'chest_xray' });
    expect(dataset).toMatchObject({ name: 'chest_xray', root: chest, warnings: [] });
    expect(sizes(dataset)).toEqual([4912, 320, 624]);
    const byPatient = await readDataset(chest!, { dataset: 'chest_xray', groupBy: 'column:patient' });
    const patients = new Set(byPatient.splits.validation.map(({ group }) => group));
    expect(byPatient.splits.train.filter(({ group }) => patients.has(group))).toEqual([]);
    expect(byPatient.splits.test.every(({ group }) => group!.startsWith('test '))).toBe(true);
  });

  test('all of a test folder', async () => {
    const { samples } = await readLabelled(`${chest}/test`, {
      task: 'binary',
      classes: ['NORMAL', 'PNEUMONIA'],
      split: 'test',
    });
    expect(samples.length).toBe(624);
    expect(samples.filter(({ target }) => target[0] === 1).length).toBe(390);
  });
});

describe.skipIf(!malaria)('malaria cells (skips where the shared data are absent)', () => {
  const groupBy = 'C(\\d+)';

  test('their own splits share patients, which is refused; drawn anew, they do not', async () => {
    await expect(readDataset(malaria!, { groupBy })).rejects.toMatchObject({ code: 'group-overlap' });
    const { splits, warnings } = await readDataset(malaria!, { groupBy, validation: 0.15 });
    expect(warnings).toEqual([]);
    const seen = new Map<string, string>();
    for (const [name, samples] of Object.entries(splits)) {
      for (const { group } of samples) {
        expect(seen.get(group!) ?? name).toBe(name);
        seen.set(group!, name);
      }
      const sick = samples.filter(({ target }) => target[0] === 0).length;
      expect(Math.abs(sick / samples.length - 0.5)).toBeLessThan(0.01);
    }
    expect(seen.size).toBe(200);
    expect(splits.test.length).toBeGreaterThan(1450);
    expect(splits.test.length).toBeLessThan(1550);
  });
});

describe.skipIf(!malaria)(
  'malaria cells as the published data set (skips where the shared data are absent)',
  () => {
    test('one folder of the two classes; two side by side are ambiguous', async () => {
      const dataset = await readDataset(`${malaria}/train`, {
        dataset: 'malaria',
        groupBy: 'column:patient',
      });
      expect(dataset.classes).toEqual(['Parasitized', 'Uninfected']);
      expect(sizes(dataset).reduce((sum, n) => sum + n)).toBe(8000);
      await expect(readDataset(malaria!, { dataset: 'malaria' })).rejects.toThrow(
        /more than once: train, valid; say/,
      );
    });
  },
);

describe.skipIf(!blood)('blood cells (skips where the shared data are absent)', () => {
  test('eight classes, stratified', async () => {
    const { task, classes, splits } = await readDataset(blood!);
    expect([task, classes.length]).toEqual(['multi-class', 8]);
    for (let k = 0; k < 8; k++) {
      expect(
        Object.values(splits).map((samples) => samples.filter(({ target }) => target[k]).length),
      ).toEqual([140, 30, 30]);
    }
  });
});

describe.skipIf(!oct)('OCT scans of every size (skips where the shared data are absent)', () => {
  test('are half of the published data set, and it is said which half is missing', async () => {
    await expect(readDataset(oct!, { dataset: 'oct_small' })).rejects.toThrow(
      /lacks train\/CNV\/, .*test\/CNV\//,
    );
  });

  test('load', async () => {
    const images = await listImages([oct!]);
    expect(images.length).toBe(32);
    const samples = images.map((path) => fileSample(path, new Float32Array(4)));
    const options = { height: 165, width: 341, batch: 10, seed: 1, augment: {}, shuffle: true, threads: 2 };
    const loader = createLoader(samples, options);
    const sizes: number[] = [];
    for await (const { size, images } of loader.epoch(0)) {
      sizes.push(size);
      expect(new Set(images).size).toBeGreaterThan(50);
    }
    expect(sizes).toEqual([10, 10, 10, 2]);
    expect(loader.statistics()).toMatchObject({ decoded: 32, cached: 32, unreadable: [] });
    await loader.close();
  });
});

describe.skipIf(!pneumonia)('PneumoniaMNIST (skips where the shared data are absent)', () => {
  test('its splits and classes, its pixels through the loader’s threads', async () => {
    vi.stubEnv('TRANSFUSE_CACHE', temporaryFolder());
    try {
      const dataset = await readDataset(pneumonia!);
      expect(dataset).toMatchObject({ name: 'medmnist', task: 'binary', classes: ['normal', 'pneumonia'] });
      expect(sizes(dataset)).toEqual([4708, 524, 624]);
      const sick = Object.values(dataset.splits).map(
        (samples) => samples.filter(({ target }) => target[0] === 1).length,
      );
      expect(sick).toEqual([3494, 389, 390]);
      const loader = createLoader(dataset.splits.test, {
        height: 28,
        width: 28,
        batch: 100,
        seed: 0,
        shuffle: false,
        threads: 2,
      });
      let sum = 0;
      for await (const { images } of loader.epoch(0))
        sum += images.reduce((total, value) => total + value, 0);
      await loader.close();
      expect(sum).toBe(211065552); // three times NumPy’s sum of test_images
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
