import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDataset } from '../../src/data/dataset.js';
import type { Dataset, DatasetOptions } from '../../src/data/types.js';
import { imageFolder, numbered, writeFiles } from './temporary.js';

/** A folder of images img/x-0.png … with a table beside them; every `X` stands for the next image's path. */
async function table(content: string | Uint8Array, name = 'labels.csv', images = 12): Promise<string> {
  const folder = await imageFolder(numbered('img/x', images));
  let next = 0;
  const filled =
    typeof content === 'string' ? content.replaceAll(/\bX\b/g, () => `img/x-${next++}.png`) : content;
  writeFiles(folder, { [name]: filled });
  return path.join(folder, name);
}

const noSplit: DatasetOptions = { validation: 0, test: 0 };
const sizes = ({ splits }: Dataset) => [splits.train.length, splits.validation.length, splits.test.length];
const targets = ({ splits }: Dataset) => splits.train.map(({ id, target }) => [id.slice(4), [...target]]);

async function refusal(file: string, code: string, reason: RegExp, options?: DatasetOptions) {
  const error = await readDataset(file, options).catch((reason: Error) => reason);
  expect(error).toMatchObject({ name: 'TransfuseError', code });
  expect((error as Error).message).toMatch(reason);
  expect((error as Error).message).not.toContain('\n');
}

describe('a table of labels', () => {
  test('one column, two values: binary', async () => {
    const file = await table('path,label\nX,benign\nX,malignant\nX,benign\n');
    const dataset = await readDataset(file, noSplit);
    expect(dataset).toMatchObject({
      root: path.dirname(file),
      task: 'binary',
      classes: ['benign', 'malignant'],
    });
    expect(targets(dataset)).toEqual([
      ['x-0.png', [0]],
      ['x-1.png', [1]],
      ['x-2.png', [0]],
    ]);
    expect(dataset.splits.train[0]).toMatchObject({
      id: 'img/x-0.png',
      source: { kind: 'file', path: path.join(path.dirname(file), 'img/x-0.png') },
    });
  });

  test('one column, three values: multi-class', async () => {
    const dataset = await readDataset(await table('file,class\nX,b\nX,c\nX,a\n'), noSplit);
    expect(dataset).toMatchObject({ task: 'multi-class', classes: ['a', 'b', 'c'] });
    expect(targets(dataset)).toEqual([
      ['x-0.png', [0, 1, 0]],
      ['x-1.png', [0, 0, 1]],
      ['x-2.png', [1, 0, 0]],
    ]);
  });

  test.each(['|', ';'])('labels joined by %s: multi-label, an empty one means none', async (mark) => {
    const file = await table(`image,labels\nX,edema${mark} mass\nX,\nX,mass\n`);
    const dataset = await readDataset(file, noSplit);
    expect(dataset).toMatchObject({ task: 'multi-label', classes: ['edema', 'mass'] });
    expect(targets(dataset)).toEqual([
      ['x-0.png', [1, 1]],
      ['x-1.png', [0, 0]],
      ['x-2.png', [0, 1]],
    ]);
  });

  test('several columns of 0 and 1: multi-label in the order of the columns', async () => {
    const dataset = await readDataset(
      await table('path,mass,edema\nX,1,0\nX,1.0,1\nX,0,0\nX,false,TRUE\n'),
      noSplit,
    );
    expect(dataset).toMatchObject({ task: 'multi-label', classes: ['mass', 'edema'] });
    expect(targets(dataset).map(([, target]) => target)).toEqual([
      [1, 0],
      [1, 1],
      [0, 0],
      [0, 1],
    ]);
    expect(dataset.warnings).toEqual([]);
  });

  test('one-hot columns may be multi-class when the caller says so', async () => {
    const file = await table('path,a,b,c\nX,1,0,0\nX,0,0,1\nX,0,1,0\n');
    const silent = await readDataset(file, noSplit);
    expect(silent.warnings).toEqual([expect.stringMatching(/task multi-class would fit/)]);
    const dataset = await readDataset(file, { ...noSplit, task: 'multi-class' });
    expect(dataset).toMatchObject({ task: 'multi-class', warnings: [] });
    expect(targets(dataset)[1]).toEqual(['x-1.png', [0, 0, 1]]);
  });

  test('columns can be named, also against the defaults', async () => {
    const file = await table('id,label,picture,mass,edema,when\nq,1,X,1,0,May\nr,0,X,0,1,June\n');
    const options = { ...noSplit, pathColumn: 'picture', labels: ['edema', 'mass'] };
    expect(await readDataset(file, options)).toMatchObject({
      task: 'multi-label',
      classes: ['edema', 'mass'],
    });
    expect(await readDataset(file, noSplit)).toMatchObject({ task: 'binary', classes: ['0', '1'] });
    const months = { ...noSplit, labels: ['when'], classes: ['May', 'June'] };
    expect(targets(await readDataset(file, months))).toEqual([
      ['x-0.png', [0]],
      ['x-1.png', [1]],
    ]);
  });

  test('a split column stands like split folders do', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => `X,${i % 2},${['train', 'valid', 'Test'][i % 3]}`);
    const file = await table(`path,label,split\n${rows.join('\n')}\n`);
    expect(sizes(await readDataset(file))).toEqual([4, 4, 4]);
    expect(sizes(await readDataset(file, { validation: 0.25 }))).toEqual([6, 2, 4]);
    expect(sizes(await readDataset(file, { splitColumn: 'split', validation: 0 }))).toEqual([8, 0, 4]);
  });

  test('a group column keeps patients together, and refuses those on two sides', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => `X,${i % 2},p${i >> 2}`);
    const file = await table(`path,label,patient\n${rows.join('\n')}\n`);
    const { splits } = await readDataset(file, { groupBy: 'column:patient', validation: 0.34, test: 0.33 });
    for (const samples of Object.values(splits)) {
      expect(samples.length).toBe(4);
      expect(new Set(samples.map(({ group }) => group)).size).toBe(1);
    }
    const torn = await table(
      'path,label,split,who\nX,0,train,anna\nX,1,train,ben\nX,1,test,anna\nX,0,test,cleo\n',
    );
    const reason = /1 group on two sides .*: anna \(train: img\/x-0\.png, test: img\/x-2\.png\)/;
    await refusal(torn, 'group-overlap', reason, { groupBy: 'column:who', validation: 0 });
  });

  test('semicolons, tabs, quotes, byte order marks, Windows line ends and UTF-16 are all the same', async () => {
    const plain = await readDataset(await table('path,label\nX,"a, b"\nX,c\n'), noSplit);
    expect(plain.classes).toEqual(['a, b', 'c']);
    const variants: [string | Uint8Array, string][] = [
      ['path;label\r\nX;"a, b"\r\nX;c\r\n', 'x.csv'],
      ['\ufeffpath\tlabel\nX\ta, b\nX\tc', 'x.tsv'],
      [Buffer.from('\ufeffpath\tlabel\r\nimg\\x-0.png\ta, b\r\nimg\\x-1.png\tc\r\n', 'utf16le'), 'x.txt'],
      [' path , label \n\nX , "a, b"\n\nX,c\n\n', 'x.CSV'],
    ];
    for (const [content, name] of variants) {
      const dataset = await readDataset(await table(content, name), noSplit);
      expect(dataset.classes).toEqual(plain.classes);
      expect(targets(dataset)).toEqual(targets(plain));
    }
  });

  test("an index column without a name, as pandas writes, is nobody's label", async () => {
    const file = await table(',path,tumor\n0,X,0\n1,X,1\n');
    expect(await readDataset(file, noSplit)).toMatchObject({ task: 'binary', classes: ['0', '1'] });
  });

  test('the order of the rows does not matter', async () => {
    const file = await table('path,label\nX,0\nX,1\nX,1\nX,0\n');
    const reversed = path.join(path.dirname(file), 'reversed.csv');
    writeFiles(path.dirname(file), {
      'reversed.csv': 'path,label\nimg/x-3.png,0\nimg/x-2.png,1\nimg/x-1.png,1\nimg/x-0.png,0\n',
    });
    expect(await readDataset(reversed)).toEqual(await readDataset(file));
  });
});

describe('files that are missing', () => {
  const rows = (missing: number) =>
    `path,label\n${Array.from({ length: 12 }, (_, i) => `${i < missing ? `lost/${i}.png` : 'X'},${i % 2}`).join('\n')}\n`;

  test('are counted and listed, up to a limit', async () => {
    const { warnings } = await readDataset(await table(rows(1)));
    expect(warnings).toEqual([
      expect.stringMatching(/^1 file of 12 in .* cannot be found: lost\/0\.png \(line 2\)$/),
    ]);
    expect(sizes(await readDataset(await table(rows(4)), { ...noSplit, maxUnreadable: 0.4 }))).toEqual([
      8, 0, 0,
    ]);
    expect(sizes(await readDataset(await table(rows(4)), { ...noSplit, maxUnreadable: 4 }))).toEqual([
      8, 0, 0,
    ]);
  });

  test('are refused beyond it', async () => {
    const reason =
      /5 files of 12 .*: lost\/0\.png \(line 2\), lost\/1\.png \(line 3\), lost\/2\.png \(line 4\) and 2 more; at most 1 may be missing, paths are relative to/;
    await refusal(await table(rows(5)), 'too-many-missing', reason);
    await refusal(await table(rows(1)), 'too-many-missing', /at most 0/, { maxUnreadable: 0 });
    await refusal(await table(rows(12)), 'too-many-missing', /12 files of 12/, { maxUnreadable: 100 });
    await refusal(await table(rows(1)), 'bad-option', /maxUnreadable is -1/, { maxUnreadable: -1 });
    await refusal(await table(rows(1)), 'bad-option', /maxUnreadable is 2\.5/, { maxUnreadable: 2.5 });
  });
});

describe('refused in one line', () => {
  test.each<[string, string, string, RegExp, DatasetOptions?]>([
    ['an empty file', '', 'bad-csv', /is empty/],
    ['only a header', 'path,label\n', 'bad-csv', /no rows below its header/],
    ['no header', 'img/x-0.png,0\nimg/x-1.png,1\n', 'bad-csv', /first line must name the columns/],
    ['a short row', 'path,label\nX,0\nX\nX,1\n', 'bad-csv', /line 3/],
    ['an open quote', 'path,label\nX,"0\nX,1\n', 'bad-csv', /[Qq]uote/],
    ['a binary file', 'path,\0label\nX,0\n', 'bad-csv', /not a text file/],
    ['two columns of one name', 'path,label,label\nX,0,1\n', 'duplicate-names', /two columns named label/],
    ['no path column', 'a,b\n1,0\n2,1\n', 'no-such-column', /which column holds the paths\?.*a, b/],
    [
      'an unknown path column',
      'a,b\n1,0\n',
      'no-such-column',
      /no column "p"; its columns are: a, b/,
      { pathColumn: 'p' },
    ],
    ['an unknown label column', 'path,b\nX,0\n', 'no-such-column', /no column "c"/, { labels: ['c'] }],
    ['no label columns named', 'path,b\nX,0\n', 'bad-option', /labels names no column/, { labels: [] }],
    ['an unknown split column', 'path,b\nX,0\n', 'no-such-column', /no column "s"/, { splitColumn: 's' }],
    ['an unknown group column', 'path,b\nX,0\n', 'no-such-column', /no column "g"/, { groupBy: 'column:g' }],
    ['no labels at all', 'path\nX\n', 'ambiguous-labels', /none is left/],
    [
      'labels among other columns',
      'path,sex,mass\nX,F,0\nX,M,1\n',
      'ambiguous-labels',
      /which of: sex, mass/,
    ],
    ['one class', 'path,label\nX,a\nX,a\n', 'one-class', /only one class, a/],
    [
      'rows without a label',
      'path,label\nX,a\nX,\nX,b\nX,\n',
      'bad-label',
      /2 rows with no label \(line 3, 5\)/,
    ],
    ['a row without a path', 'path,label\nX,a\n,b\n', 'bad-csv', /line 3: no path/],
    [
      'uncertain labels',
      'path,a,b\nX,0,1\nX,-1,0\n',
      'bad-label',
      /"-1" in column a, which needs 0 or 1 \(line 3\)/,
      { labels: ['a', 'b'] },
    ],
    ['classes that differ in case', 'path,label\nX,Mass\nX,mass\n', 'duplicate-names', /"Mass" and "mass"/],
    [
      'an unknown split',
      'path,label,split\nX,a,train\nX,b,holdout\n',
      'bad-csv',
      /line 3: split "holdout" is not one of: train/,
    ],
    [
      'two labels where one-hot is wanted',
      'path,a,b\nX,1,1\nX,0,1\n',
      'bad-label',
      /not exactly one label/,
      { task: 'multi-class' },
    ],
    ['several columns as binary', 'path,a,b\nX,1,1\nX,0,1\n', 'bad-option', /not binary/, { task: 'binary' }],
    [
      'three classes as binary',
      'path,label\nX,a\nX,b\nX,c\n',
      'bad-option',
      /not binary/,
      { task: 'binary' },
    ],
    [
      'a class nobody listed',
      'path,label\nX,a\nX,b\n',
      'class-mismatch',
      /class b; the classes are: a, c/,
      { classes: ['a', 'c'] },
    ],
    [
      'one file with two labels',
      'path,label\nimg/x-0.png,a\nX,b\n./img/x-0.png,b\n',
      'duplicate-file',
      /img\/x-0\.png with different labels: a and b/,
    ],
    [
      'one file in two splits',
      'path,label,split\nX,a,train\nX,b,train\nimg/x-0.png,a,test\n',
      'split-overlap',
      /x-0\.png in train and in test/,
    ],
  ])('%s', async (_, content, code, reason, options) => {
    await refusal(await table(content), code, reason, options);
  });

  test('a row repeated with the same label counts once', async () => {
    const dataset = await readDataset(await table('path,label\nX,a\nX,b\nimg/x-0.png,a\n'), noSplit);
    expect(sizes(dataset)).toEqual([2, 0, 0]);
    expect(dataset.warnings).toEqual(['ignored 1 repeated file: img/x-0.png']);
  });
});
