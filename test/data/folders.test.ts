import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDataset } from '../../src/data/dataset.js';
import { listImages } from '../../src/data/images.js';
import { readLabelled } from '../../src/data/labelled.js';
import type { Dataset, DatasetOptions, SplitName } from '../../src/data/types.js';
import { imageFolder, numbered, temporaryFolder, withoutPrivileges, writeFiles } from './temporary.js';

const sizes = ({ splits }: Dataset) => [splits.train.length, splits.validation.length, splits.test.length];
const ids = (dataset: Dataset, split: SplitName) => dataset.splits[split].map(({ id }) => id);
const everything = (dataset: Dataset) => Object.values(dataset.splits).flat();

/** Expects a one-line error with this code. */
async function refusal(root: string, code: string, reason: RegExp, options?: DatasetOptions) {
  const error = await readDataset(root, options).catch((reason: Error) => reason);
  expect(error).toMatchObject({ name: 'TransfuseError', code });
  const { message } = error as Error;
  expect(message).toMatch(reason);
  expect(message).not.toContain('\n');
}

describe('a folder of class folders', () => {
  test('with two classes is binary, the second by alphabet positive', async () => {
    const root = await imageFolder([...numbered('sick/s', 20), ...numbered('healthy/h', 40)]);
    const dataset = await readDataset(root);
    expect(dataset).toMatchObject({ root, task: 'binary', classes: ['healthy', 'sick'], warnings: [] });
    expect(sizes(dataset)).toEqual([42, 9, 9]);
    for (const { id, target, source } of everything(dataset)) {
      expect([...target]).toEqual([id.startsWith('sick/') ? 1 : 0]);
      expect(source).toEqual({ kind: 'file', path: path.join(root, ...id.split('/')) });
    }
  });

  test('with three is multi-class, one-hot', async () => {
    const root = await imageFolder([...numbered('c/x', 4), ...numbered('a/x', 4), ...numbered('B/x', 4)]);
    const dataset = await readDataset(root, { validation: 0.25, test: 0.25 });
    expect(dataset).toMatchObject({ task: 'multi-class', classes: ['B', 'a', 'c'] });
    expect(sizes(dataset)).toEqual([6, 3, 3]);
    const [first] = dataset.splits.train.filter(({ id }) => id.startsWith('c/'));
    expect([...first.target]).toEqual([0, 0, 1]);
  });

  test('the caller may order the classes, and all may go to one split', async () => {
    const root = await imageFolder(numbered('Parasitized/x', 3));
    const classes = ['Uninfected', 'Parasitized'];
    const dataset = await readDataset(root, { classes, validation: 0, test: 1 });
    expect(dataset).toMatchObject({ classes, task: 'binary' });
    expect(sizes(dataset)).toEqual([0, 0, 3]);
    expect([...dataset.splits.test[0].target]).toEqual([1]);
    expect(dataset.warnings).toEqual(['test has no images of class Uninfected']);
  });

  test('the same seed gives the same splits, another seed others; order does not come from the disk', async () => {
    const root = await imageFolder([...numbered('a/x', 30), ...numbered('b/x', 30)]);
    const one = await readDataset(root, { seed: 5 });
    expect(await readDataset(root, { seed: 5 })).toEqual(one);
    expect(ids(await readDataset(root, { seed: 6 }), 'test')).not.toEqual(ids(one, 'test'));
    for (const split of ['train', 'validation', 'test'] as const)
      expect(ids(one, split)).toEqual(ids(one, split).sort());
  });

  test('looks into subfolders, takes every extension in any case, and passes over what is no image', async () => {
    const images = ['JPG', 'jpeg', 'PnG', 'tif', 'TIFF', 'webp', 'bmp'].map(
      (extension, i) => `a/deep/er/${i}.${extension}`,
    );
    const hidden = [
      'a/.DS_Store',
      'a/._1.jpg',
      '.git/x/1.png',
      'a/Thumbs.db',
      '__MACOSX/a/1.png',
      'b/desktop.ini',
    ];
    const root = await imageFolder([...images, ...numbered('b/x', 5), ...hidden]);
    writeFiles(root, {
      'README.md': '',
      'a/notes.txt': '',
      'b/scan.doc': '',
      'b/scan2.doc': '',
      'stray.png': '',
    });
    const dataset = await readDataset(root);
    expect(everything(dataset).length).toBe(12);
    expect(dataset.classes).toEqual(['a', 'b']);
    expect(dataset.warnings).toEqual([
      'ignored 1 image beside the class folders: stray.png',
      'ignored 4 files not named as images (2 .doc, 1 .md, 1 .txt): README.md, a/notes.txt, b/scan.doc and 1 more',
    ]);
  });

  test('symbolic links are followed, in a circle too, and what leads nowhere is counted', async () => {
    const root = await imageFolder([
      ...numbered('a/x', 3),
      ...numbered('b/x', 3),
      ...numbered('elsewhere/x', 2),
    ]);
    const data = path.join(root, 'data');
    mkdirSync(path.join(data, 'a'), { recursive: true });
    symlinkSync(path.join(root, 'a'), path.join(data, 'a', 'linked'));
    symlinkSync(path.join(data, 'a'), path.join(data, 'a', 'circle'));
    symlinkSync(path.join(root, 'b'), path.join(data, 'b'));
    symlinkSync('nowhere.png', path.join(data, 'a', 'broken.png'));
    const dataset = await readDataset(data, { test: 0, validation: 0 });
    expect(ids(dataset, 'train')).toEqual([...numbered('a/linked/x', 3), ...numbered('b/x', 3)]);
    expect(dataset.warnings).toEqual(['ignored 1 symbolic link to nowhere: a/broken.png']);
  });

  test('one file linked twice counts once, and not under two classes', async () => {
    const root = await imageFolder([...numbered('a/x', 3), ...numbered('b/x', 3)]);
    symlinkSync('x-0.png', path.join(root, 'a', 'again.png'));
    const dataset = await readDataset(root, { test: 0, validation: 0 });
    expect(everything(dataset).length).toBe(6);
    expect(dataset.warnings).toEqual(['ignored 1 repeated file: a/x-0.png']);
    symlinkSync('../a/x-1.png', path.join(root, 'b', 'other.png'));
    await refusal(
      root,
      'duplicate-file',
      /a\/x-1\.png and b\/other\.png are the same file with different labels: a and b/,
    );
  });

  test('equal file names in different classes are different images', async () => {
    const root = await imageFolder(['a/1.png', 'a/2.png', 'b/1.png', 'b/2.png']);
    expect(everything(await readDataset(root)).length).toBe(4);
  });

  test('a file may carry any name', async () => {
    const root = await imageFolder(['a/ü ñ 图.png', "a/it's (1).png", 'b/100%.png', 'b/#2.png']);
    expect(everything(await readDataset(root)).length).toBe(4);
  });
});

describe('train, validation and test folders', () => {
  const layout = (validation: number, test = 10) => [
    ...numbered('train/N/t', 40),
    ...numbered('train/P/t', 60),
    ...numbered('val/N/v', validation),
    ...numbered('val/P/v', validation),
    ...numbered('test/N/e', test),
    ...numbered('test/P/e', test),
  ];

  test('stand as they are', async () => {
    const dataset = await readDataset(await imageFolder(layout(8)));
    expect(sizes(dataset)).toEqual([100, 16, 20]);
    expect(ids(dataset, 'validation').every((id) => id.startsWith('val/'))).toBe(true);
  });

  test('a validation fraction draws anew from train and validation together; test stands', async () => {
    const dataset = await readDataset(await imageFolder(layout(10)), { validation: 0.2 });
    expect(sizes(dataset)).toEqual([96, 24, 20]);
    expect(ids(dataset, 'train').some((id) => id.startsWith('val/'))).toBe(true);
    expect(ids(dataset, 'test').every((id) => id.startsWith('test/'))).toBe(true);
  });

  test('what is missing is drawn from train', async () => {
    expect(sizes(await readDataset(await imageFolder(layout(0))))).toEqual([85, 15, 20]);
    expect(sizes(await readDataset(await imageFolder(layout(5, 0))))).toEqual([85, 10, 15]);
    expect(sizes(await readDataset(await imageFolder(layout(0, 0))))).toEqual([70, 15, 15]);
    expect(sizes(await readDataset(await imageFolder(layout(0)), { validation: 0 }))).toEqual([100, 0, 20]);
  });

  test.each([
    ['Train', 'VALID', 'Testing'],
    ['training', 'validation', 'test'],
    ['train', 'dev', 'TEST'],
  ])('are known as %s, %s, %s', async (train, validation, testing) => {
    const parts = [train, validation, testing].flatMap((split) => [`${split}/a/1.png`, `${split}/b/1.png`]);
    expect(sizes(await readDataset(await imageFolder(parts)))).toEqual([2, 2, 2]);
  });

  test('other folders beside them are ignored aloud, empty ones too', async () => {
    const root = await imageFolder([...layout(0), 'extra/N/1.png']);
    mkdirSync(path.join(root, 'val', 'N'), { recursive: true });
    const { warnings } = await readDataset(root);
    expect(warnings).toEqual([
      'ignored 1 folder beside the split folders: extra',
      `${path.join(root, 'val')} holds no images, so it counts as absent`,
    ]);
  });

  test('a class that validation or test lacks is worth a warning', async () => {
    const root = await imageFolder([
      ...numbered('train/a/x', 3),
      ...numbered('train/b/x', 3),
      'test/a/1.png',
      'val/b/1.png',
    ]);
    const { warnings } = await readDataset(root);
    expect(warnings).toEqual(['validation has no images of class a', 'test has no images of class b']);
  });

  test('a class that only test has is refused', async () => {
    const root = await imageFolder([...layout(0), 'test/X/1.png']);
    await refusal(root, 'class-mismatch', /class X of test is not in train, whose classes are: N, P/);
  });

  test('a file linked into two splits is refused', async () => {
    const root = await imageFolder(layout(0));
    symlinkSync('../../train/N/t-3.png', path.join(root, 'test/N/leak.png'));
    await refusal(
      root,
      'split-overlap',
      /train\/N\/t-3\.png and test\/N\/leak\.png|test\/N\/leak\.png and train/,
    );
  });

  test('refused: no train, two validation folders, a fraction for a test that stands', async () => {
    await refusal(
      await imageFolder(['val/a/1.png', 'test/b/1.png']),
      'split-mismatch',
      /has test\/ and val\/ but no train/,
    );
    await refusal(
      await imageFolder([...layout(2), 'valid/N/1.png']),
      'split-mismatch',
      /both val\/ and valid\//,
    );
    await refusal(await imageFolder(layout(2)), 'bad-option', /has its own test split/, { test: 0.2 });
  });
});

describe('groups', () => {
  const patients = (prefix: string, from: number, to: number) =>
    Array.from({ length: to - from }, (_, p) => numbered(`${prefix}/C${from + p}P_cell`, 1 + (p % 5))).flat();

  test('never stand on two sides', async () => {
    const root = await imageFolder([...patients('a', 0, 40), ...patients('b', 20, 60)]);
    const dataset = await readDataset(root, { groupBy: 'C(\\d+)P' });
    const home = new Map<string, string>();
    for (const [split, samples] of Object.entries(dataset.splits)) {
      expect(samples.length).toBeGreaterThan(0);
      for (const { id, group } of samples) {
        expect(group).toBe(/C(\d+)P/.exec(id)![1]);
        expect(home.get(group!) ?? split).toBe(split);
        home.set(group!, split);
      }
    }
    expect(dataset.splits.test.length / everything(dataset).length).toBeCloseTo(0.15, 1);
    expect(dataset.warnings).toEqual([]);
  });

  test('the first capture that took part counts, and images without one stand for themselves', async () => {
    const root = await imageFolder(['a/p1_1.png', 'a/p1_2.png', 'b/q2.png', 'b/alone.png']);
    const dataset = await readDataset(root, { groupBy: 'p(\\d+)_|q(\\d)', validation: 0, test: 0 });
    expect(dataset.splits.train.map(({ group }) => group)).toEqual(['1', '1', undefined, '2']);
    expect(dataset.warnings).toEqual([
      '1 image without a group by p(\\d+)_|q(\\d), each taken for itself: b/alone.png',
    ]);
  });

  test('on two sides of given splits are refused with examples, and the way out works', async () => {
    const root = await imageFolder([
      ...['train', 'valid'].flatMap((split) => patients(`${split}/a`, 0, 30)),
      ...['train', 'valid'].flatMap((split) => patients(`${split}/b`, 30, 60)),
    ]);
    const groupBy = 'C(\\d+)P';
    const reason =
      /60 groups on two sides of the given splits: 0 \(train: train\/a\/C0P_cell-0\.png, validation: valid\/a\/C0P_cell-0\.png\), .* and 57 more; give a validation fraction/;
    await refusal(root, 'group-overlap', reason, { groupBy });
    const drawn = await readDataset(root, { groupBy, validation: 0.2 });
    expect(drawn.splits.validation.length).toBeGreaterThan(0);
  });

  test('on both sides of a given test split: the splits must be mended', async () => {
    const root = await imageFolder(['train/a/p1.png', 'train/b/p2.png', 'test/a/p1.png']);
    await refusal(root, 'group-overlap', /1 group on two sides .*; mend the splits/, {
      groupBy: '(p\\d)',
      validation: 0,
    });
  });

  test.each<[string, RegExp]>([
    ['C(\\d+P', /Invalid regular expression.*a pattern is needed/],
    ['C\\d+P', /captures nothing; put brackets/],
    ['X(\\d+)', /finds no group in any path, e\.g\. not in a\/1\.png/],
  ])('pattern %s is refused', async (groupBy, reason) => {
    await refusal(await imageFolder(['a/1.png', 'b/1.png']), 'bad-group-pattern', reason, { groupBy });
  });

  test('a folder has no columns', async () => {
    const root = await imageFolder(['a/1.png', 'b/1.png']);
    await refusal(root, 'bad-option', /is a folder and has no column patient/, { groupBy: 'column:patient' });
  });
});

describe('labelled images for a finished network', () => {
  const network = { task: 'binary', classes: ['b', 'a'], split: 'test' } as const;

  test('are all of a folder of class folders, with the network’s order of classes', async () => {
    const root = await imageFolder([...numbered('a/x', 2), ...numbered('b/x', 3)]);
    const { samples, warnings } = await readLabelled(root, network);
    expect(samples.map(({ id, target }) => [id, ...target])).toEqual([
      ...numbered('a/x', 2).map((id) => [id, 1]),
      ...numbered('b/x', 3).map((id) => [id, 0]),
    ]);
    expect(warnings).toEqual([]);
  });

  test('are one split where there are splits, be there a train or not', async () => {
    const root = await imageFolder(['val/a/1.png', 'val/b/1.png', 'test/a/2.png']);
    const { samples, warnings } = await readLabelled(root, network);
    expect(samples.map(({ id }) => id)).toEqual(['test/a/2.png']);
    expect(warnings).toEqual([`${root} has no images of class b`]);
    expect((await readLabelled(root, { ...network, split: 'validation' })).samples.length).toBe(2);
    const train = readLabelled(root, { ...network, split: 'train' });
    await expect(train).rejects.toThrow(/has no train split, only test, validation/);
  });

  test('must have its classes', async () => {
    const root = await imageFolder(['test/a/1.png', 'test/c/1.png']);
    await expect(readLabelled(root, network)).rejects.toThrow(/has class c; the classes are: b, a/);
  });
});

describe('unlabelled images', () => {
  test('are the files given and all images below the folders given', async () => {
    const root = await imageFolder(['a/2.png', 'a/1.PNG', 'a/deep/3.jpg', 'b/4.png']);
    writeFiles(root, { 'a/notes.txt': '', odd: 'named' });
    const full = (names: string[]) => names.map((name) => path.join(root, name));
    const found = await listImages(full(['b/4.png', 'a', 'odd']));
    expect(found).toEqual(full(['b/4.png', 'a/1.PNG', 'a/2.png', 'a/deep/3.jpg', 'odd']));
    await expect(listImages([path.join(root, 'nothing')])).rejects.toMatchObject({ code: 'data-not-found' });
  });
});

describe('refused in one line', () => {
  test('a path that does not exist, or is neither folder nor table', async () => {
    const root = await imageFolder(['a/1.png']);
    await refusal(path.join(root, 'no'), 'data-not-found', /no: it does not exist/);
    await refusal(
      path.join(root, 'a/1.png'),
      'data-not-found',
      /neither a folder of images nor a \.csv file/,
    );
    await refusal(path.join(root, 'a/1.png/deeper'), 'data-not-found', /part of its path is not a folder/);
  });

  test('nothing in it, no images in it, no class folders in it', async () => {
    await refusal(temporaryFolder(), 'no-images', /has no images; it needs one folder per class/);
    const papers = temporaryFolder();
    writeFiles(papers, { 'a/1.doc': '', 'a/2.doc': '', 'b/3.pdf': '' });
    await refusal(papers, 'no-images', /it has only 3 other files \(2 \.doc, 1 \.pdf\)/);
    await refusal(await imageFolder(['1.png', '2.png']), 'no-images', /its 2 images lie in no class folder/);
    await refusal(await imageFolder(['train/1.png', 'test/a/1.png']), 'no-images', /train holds no images/);
  });

  test('one class, or a folder too high', async () => {
    const root = await imageFolder(['data/train/a/1.png', 'data/train/b/1.png']);
    await refusal(root, 'one-class', /only one class folder, data; .* point at it/);
    await refusal(await imageFolder(['train/a/1.png']), 'one-class', /train has only one class folder, a;/);
  });

  test('an empty class folder', async () => {
    const root = await imageFolder(['a/1.png', 'b/1.png']);
    mkdirSync(path.join(root, 'c'));
    await refusal(
      root,
      'empty-class',
      /class folder c of .* holds no images, so there is nothing to learn it from/,
    );
    writeFiles(root, { 'c/readme.txt': '' });
    await refusal(root, 'empty-class', /class folder c/);
  });

  test('class folders that differ only in case or spaces', async () => {
    await refusal(
      await imageFolder(['Normal/1.png', 'normal/2.png']),
      'duplicate-names',
      /"Normal" and "normal"/,
    );
    await refusal(await imageFolder(['a/1.png', 'a /2.png', 'b/1.png']), 'duplicate-names', /"a" and "a "/);
    const across = await imageFolder(['train/a/1.png', 'train/b/1.png', 'test/A/1.png']);
    await refusal(across, 'duplicate-names', /"a" and "A"|"A" and "a"/);
  });

  test('a class that no longer is in train after grouping', async () => {
    const root = await imageFolder([...numbered('a/p1', 9), ...numbered('b/p1', 9), ...numbered('a/p2', 1)]);
    const options = { groupBy: '(p\\d)', validation: 0, test: 0.9 };
    await refusal(root, 'too-few-images', /no image of class b is left for train/, options);
  });

  test('options out of range, classes that do not fit', async () => {
    const root = await imageFolder([...numbered('a/x', 9), ...numbered('b/x', 9), ...numbered('c/x', 9)]);
    await refusal(root, 'bad-option', /validation is 1\.5/, { validation: 1.5 });
    await refusal(root, 'bad-option', /test is -1/, { test: -1 });
    await refusal(root, 'bad-option', /validation is NaN/, { validation: Number.NaN });
    await refusal(root, 'bad-option', /add up to more than 1/, { validation: 0.6, test: 0.6 });
    await refusal(root, 'bad-option', /its task is not multi-label/, { task: 'multi-label' });
    await refusal(root, 'bad-option', /has 3 classes, so its task is not binary/, { task: 'binary' });
    await refusal(root, 'class-mismatch', /has class c; the classes are: a, b/, { classes: ['a', 'b'] });
    await refusal(root, 'bad-option', /classes name one twice/, { classes: ['a', 'b', 'a'] });
  });

  test('no permission to look into a folder', async () => {
    const root = await imageFolder(['a/1.png', 'b/1.png']);
    chmodSync(path.join(root, 'b'), 0);
    const reason = /cannot look into .*b: no permission to read it/;
    await withoutPrivileges(() => refusal(root, 'unreadable-folder', reason));
  });
});
