/** @file A folder given to a browser is divided as the same folder on a disk. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readGiven } from '../../src/browser/engine/folder.js';
import { type DatasetOptions, readDataset } from '../../src/data/index.js';

const folder = mkdtempSync(path.join(tmpdir(), 'transfuse-given-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(root: string, files: readonly string[]): string {
  for (const file of files) {
    const full = path.join(folder, root, file);
    mkdirSync(path.dirname(full), { recursive: true });
    writeFileSync(full, 'x');
  }
  return path.join(folder, root);
}

/** As a browser gives it: in whatever order. */
function given(root: string) {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reverse().map((entry) => {
    const file = path.join(entry.parentPath, entry.name);
    return {
      path: path.relative(path.dirname(root), file).split(path.sep).join('/'),
      file: undefined as never,
    };
  });
}

const patients = Array.from({ length: 30 }, (_, i) => `p${i % 10}_${i}.png`);

const layouts: Record<string, [files: readonly string[], options: DatasetOptions]> = {
  'class folders': [patients.flatMap((name) => [`cat/${name}`, `dog/deep/er/${name}`]), { seed: 3 }],
  'train and test folders, other files': [
    [
      ...patients.map((name) => `Train/cat/${name}`),
      'Train/dog/a.jpg',
      'Train/dog/b.JPEG',
      'Train/dog/c.webp',
    ].concat([
      'test/cat/x.png',
      'test/dog/y.bmp',
      'notes.txt',
      '.DS_Store',
      '__MACOSX/z.png',
      'Train/stray.png',
    ]),
    { validation: 0.3 },
  ],
  'by patient': [
    patients.flatMap((name) => [`cat/${name}`, `dog/q${name}`]),
    { groupBy: '(p\\d+)_', seed: 1 },
  ],
};

test.each(Object.entries(layouts))('%s', async (name, [files, options]) => {
  const root = write(name, files);
  const onDisk = await readDataset(root, options);
  const inTab = await readGiven(given(root), options);
  expect([inTab.task, inTab.classes]).toEqual([onDisk.task, onDisk.classes]);
  for (const split of ['train', 'validation', 'test'] as const) {
    const said = ({ id, target, group }: (typeof onDisk.splits)['train'][number]) => [id, [...target], group];
    expect(inTab.splits[split].map(said)).toEqual(onDisk.splits[split].map(said));
  }
  const apart = (lines: readonly string[]) => lines.map((line) => line.replaceAll(root, path.basename(root)));
  expect(apart(inTab.warnings)).toEqual(apart(onDisk.warnings));
});

test('what cannot be learned from is refused in the same words', async () => {
  const root = write('lonely', ['cat/1.png', 'cat/2.png']);
  const refusal = 'has only one class folder, cat; at least two are needed';
  await expect(readDataset(root)).rejects.toThrow(refusal);
  await expect(readGiven(given(root), {})).rejects.toThrow(`lonely ${refusal}`);
  await expect(readGiven([], {})).rejects.toThrow('no images');
});
