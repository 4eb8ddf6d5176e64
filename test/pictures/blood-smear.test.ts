/** @file Blood smears: what the seed fixes, where parasites may lie, what gives them away, and the folder they fill. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BloodSmearSet, drawBloodSmear, writeBloodSmears } from '../../src/pictures/blood-smear.js';
import type { Placement } from '../../src/pictures/canvas.js';
import { Slide } from '../../src/pictures/slide.js';
import { conditionsAt } from '../../src/pictures/smear-conditions.js';
import { layParasites, laySmear } from '../../src/pictures/smear-scene.js';
import { Random } from '../../src/random.js';

const SIZE = 64;

/** The distance of a pixel's centre from a body's centre, in the body's radii. */
function radiiFrom({ x, y, radius }: Placement, pixel: number): number {
  const [column, row] = [pixel % SIZE, Math.floor(pixel / SIZE)];
  return Math.hypot((column + 0.5) / SIZE - 0.5 - x, (row + 0.5) / SIZE - 0.5 - y) / radius;
}

describe('a smear', () => {
  it('is the same for the same seed, bit for bit, and another for another', () => {
    for (const size of [32, 64, 96]) {
      const one = drawBloodSmear({ seed: 3, size, parasites: true });
      expect(one.length).toBe(size * size * 3);
      expect(Buffer.compare(drawBloodSmear({ seed: 3, size, parasites: true }), one)).toBe(0);
      expect(Buffer.compare(drawBloodSmear({ seed: 4, size, parasites: true }), one)).not.toBe(0);
    }
  });

  it('is neither dark nor flat at any difficulty', () => {
    for (const difficulty of [0, 0.5, 1]) {
      for (let seed = 0; seed < 40; seed++) {
        const bytes = drawBloodSmear({ seed, size: SIZE, parasites: seed % 2 === 0, difficulty });
        const mean = bytes.reduce((a, b) => a + b) / bytes.length;
        const deviation = Math.sqrt(bytes.reduce((a, b) => a + (b - mean) ** 2, 0) / bytes.length);
        expect(mean).toBeGreaterThan(60);
        expect(mean).toBeLessThan(245);
        expect(deviation).toBeGreaterThan(12);
      }
    }
  });
});

describe('parasites', () => {
  const conditions = conditionsAt(0.5);

  it('lie inside red cells, one to four of them, and change nothing else', () => {
    for (let seed = 0; seed < 100; seed++) {
      const [clean, infected] = [new Slide(SIZE), new Slide(SIZE)];
      laySmear(clean, conditions, new Random(seed, 1));
      const redCells = laySmear(infected, conditions, new Random(seed, 1));
      const hosts = layParasites(
        infected,
        redCells,
        { ...conditions, parasites: [1, 4] },
        new Random(seed, 2),
      );
      expect(hosts.length).toBeGreaterThanOrEqual(1);
      expect(hosts.length).toBeLessThanOrEqual(4);
      for (const host of hosts) expect(redCells).toContain(host);
      const touched = new Set<Placement>();
      let outside = 0;
      for (const dye of [0, 1] as const) {
        clean.dyes[dye].forEach((before, pixel) => {
          if (before === infected.dyes[dye][pixel]) return;
          const inside = hosts.filter((host) => radiiFrom(host, pixel) < 1.15);
          if (inside.length === 0) outside++;
          for (const host of inside) touched.add(host);
        });
      }
      expect(outside, `seed ${seed}`).toBe(0);
      expect(touched.size).toBe(new Set(hosts).size);
    }
  });

  it('find a red cell even among white ones and hardly any red', () => {
    const sparse = { ...conditions, crowding: [0, 0.01] as const, whiteCells: 12 };
    for (let seed = 0; seed < 30; seed++) {
      const slide = new Slide(SIZE);
      const redCells = laySmear(slide, sparse, new Random(seed));
      expect(layParasites(slide, redCells, sparse, new Random(seed)).length).toBeGreaterThan(0);
    }
  });

  it('change the picture in and around their cells only', () => {
    for (let seed = 0; seed < 30; seed++) {
      const options = { seed, size: SIZE, difficulty: 0.5, conditions: { blur: [0, 0] as const } };
      const clean = drawBloodSmear({ ...options, parasites: false });
      const infected = drawBloodSmear({ ...options, parasites: true });
      const slide = new Slide(SIZE);
      const settings = { ...conditions, ...options.conditions };
      const redCells = laySmear(slide, settings, new Random(seed, 1));
      const hosts = layParasites(slide, redCells, settings, new Random(seed, 2));
      let [changed, elsewhere] = [0, 0];
      for (let p = 0; p < clean.length; p++) {
        if (clean[p] === infected[p]) continue;
        changed++;
        if (hosts.every((host) => radiiFrom(host, Math.floor(p / 3)) >= 1.15)) elsewhere++;
      }
      expect(elsewhere, `seed ${seed}`).toBe(0);
      expect(changed).toBeGreaterThan(20);
    }
  });

  it('are not given away by mean colour: the classes overlap almost entirely', () => {
    const means = [false, true].map((parasites) =>
      Array.from({ length: 300 }, (_, i) => {
        const seed = 2 * i + (parasites ? 1 : 0);
        const bytes = drawBloodSmear({ seed, size: 32, parasites });
        return bytes.reduce((a, b) => a + b) / bytes.length;
      }),
    );
    let above = 0;
    for (const clean of means[0]) for (const infected of means[1]) above += infected < clean ? 1 : 0;
    const auc = above / (means[0].length * means[1].length);
    expect(Math.abs(auc - 0.5)).toBeLessThan(0.1);
  });

  it('have their like between the cells: platelets keep off the red cells', () => {
    const lone = { ...conditions, platelets: 8, debris: 0, inclusions: 0, whiteCells: 0 };
    let stained = 0;
    let nearest = Number.POSITIVE_INFINITY;
    for (let seed = 0; seed < 60; seed++) {
      const slide = new Slide(SIZE);
      const redCells = laySmear(slide, lone, new Random(seed));
      slide.dyes[1].forEach((amount, pixel) => {
        if (amount === 0) return;
        stained++;
        nearest = Math.min(nearest, ...redCells.map((cell) => radiiFrom(cell, pixel)));
      });
    }
    expect(stained).toBeGreaterThan(1000);
    expect(nearest).toBeGreaterThan(0.65);
  });
});

describe('difficulty', () => {
  it('runs from one set of conditions to the other, bound by bound', () => {
    const [easy, middle, hard] = [0, 0.5, 1].map(conditionsAt);
    expect(middle.blur[1]).toBeCloseTo((easy.blur[1] + hard.blur[1]) / 2, 12);
    expect(middle.platelets).toBeCloseTo((easy.platelets + hard.platelets) / 2, 12);
    expect(hard.parasiteStrength[0]).toBeLessThan(easy.parasiteStrength[0]);
    for (const range of Object.values(middle))
      if (Array.isArray(range)) expect(range[0]).toBeLessThanOrEqual(range[1]);
  });

  it('gives way to conditions that are given', () => {
    const options = { seed: 9, size: SIZE, parasites: false };
    const dim = drawBloodSmear({ ...options, conditions: { light: [0.4, 0.4] } });
    const bright = drawBloodSmear({ ...options, conditions: { light: [1, 1] } });
    const mean = (bytes: Uint8Array) => bytes.reduce((a, b) => a + b) / bytes.length;
    expect(mean(dim) / mean(bright)).toBeCloseTo(0.4, 1);
  });
});

describe('a folder of smears', () => {
  const set: BloodSmearSet = { seed: 1, size: 32, train: 9, validation: 4, test: 2 };
  let root = '';
  let folder = '';

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'smears-'));
    folder = path.join(root, 'images');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const filesIn = async (...parts: string[]) => (await readdir(path.join(folder, ...parts))).sort();

  /** The bytes of every file, by its path. */
  async function contents(): Promise<Record<string, string>> {
    const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.png')).sort();
    return Object.fromEntries(
      await Promise.all(
        names.map(async (name) => [name, (await readFile(path.join(folder, name))).toString('base64')]),
      ),
    );
  }

  it('has parts, classes, and as many pictures as asked', async () => {
    await writeBloodSmears(folder, set);
    expect(await filesIn()).toEqual(['blood-smears.json', 'test', 'train', 'val']);
    expect(await filesIn('train')).toEqual(['parasitized', 'uninfected']);
    expect(await filesIn('train', 'uninfected')).toEqual(['0.png', '2.png', '4.png', '6.png', '8.png']);
    expect(await filesIn('train', 'parasitized')).toHaveLength(4);
    expect(await filesIn('val', 'parasitized')).toHaveLength(2);
    expect(await filesIn('test', 'uninfected')).toEqual(['0.png']);
    const { width, height, channels, format } = await sharp(
      path.join(folder, 'val/parasitized/1.png'),
    ).metadata();
    expect({ width, height, channels, format }).toEqual({
      width: 32,
      height: 32,
      channels: 3,
      format: 'png',
    });
    const all = Object.values(await contents());
    expect(new Set(all).size).toBe(15);
  });

  it('is the same for the same set, and is left alone when it is there', async () => {
    await writeBloodSmears(folder, set);
    const first = await contents();
    const written = (await stat(path.join(folder, 'train/uninfected/0.png'))).mtimeMs;
    await writeBloodSmears(folder, { ...set });
    expect((await stat(path.join(folder, 'train/uninfected/0.png'))).mtimeMs).toBe(written);
    await rm(folder, { recursive: true });
    await writeBloodSmears(folder, set);
    expect(await contents()).toEqual(first);
  });

  it('is replaced as a whole by another set', async () => {
    await writeBloodSmears(folder, set);
    const first = await contents();
    await writeBloodSmears(folder, { ...set, seed: 2, train: 3 });
    const second = await contents();
    expect(Object.keys(second)).toHaveLength(9);
    expect(second[path.join('train', 'uninfected', '0.png')]).not.toBe(
      first[path.join('train', 'uninfected', '0.png')],
    );
  });

  it('is finished when it was left half written', async () => {
    await writeBloodSmears(folder, set);
    const whole = await contents();
    await rm(path.join(folder, 'test'), { recursive: true });
    const stamp = path.join(folder, 'blood-smears.json');
    await writeFile(stamp, (await readFile(stamp, 'utf8')).replace('"complete":true', '"complete":false'));
    await writeBloodSmears(folder, set);
    expect(await contents()).toEqual(whole);
  });

  it('is refused where other files are, and those stay', async () => {
    await mkdir(path.join(folder, 'train'), { recursive: true });
    await writeFile(path.join(folder, 'train', 'mine.txt'), 'mine');
    await expect(writeBloodSmears(folder, set)).rejects.toMatchObject({ code: 'folder-not-empty' });
    expect(await readFile(path.join(folder, 'train', 'mine.txt'), 'utf8')).toBe('mine');
  });

  it('says why where it cannot be written', async () => {
    await writeFile(path.join(root, 'file'), '');
    await expect(writeBloodSmears(path.join(root, 'file', 'images'), set)).rejects.toMatchObject({
      code: 'cannot-write',
    });
  });
});
