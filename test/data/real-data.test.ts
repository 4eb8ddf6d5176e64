import { describe, expect, test } from 'vitest';
import { createLoader, listImages, readDataset, readLabelled } from '../../src/data/index.js';
import { sharedData } from '../shared-data.js';
import { fileSample } from './temporary.js';

const chest = sharedData('data/chest-xray-224/chest_xray');
const malaria = sharedData('data/malaria-gray50/cell_images');
const blood = sharedData('data/blood-cells');
const oct = sharedData('data/oct-32/OCT2017');

describe.skipIf(!chest)('chest X-rays (skips where the shared data are absent)', () => {
  test('the official splits, and a larger validation split on request', async () => {
    const official = await readDataset(chest!);
    expect(official).toMatchObject({ task: 'binary', classes: ['NORMAL', 'PNEUMONIA'], warnings: [] });
    const sizes = ({ splits }: typeof official) => Object.values(splits).map(({ length }) => length);
    expect(sizes(official)).toEqual([5216, 16, 624]);
    const drawn = await readDataset(chest!, { validation: 0.1 });
    expect(sizes(drawn)).toEqual([4709, 523, 624]);
    const sick = drawn.splits.validation.filter(({ target }) => target[0] === 1).length;
    expect(sick / 523).toBeCloseTo(3883 / 5232, 2);
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
