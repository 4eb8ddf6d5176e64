/** @file Wrong data: each case is refused in one line that says where, or skipped and counted; nothing is lost. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TrainOptionsInput } from '../../src/runs/options.js';
import { train } from '../../src/runs/train.js';
import { writeFiles } from '../data/temporary.js';
import { contents, folderForTests, refusal, smallOnnx, writeImages } from './example-run.js';

const folder = folderForTests();
const at = (...parts: string[]): string => path.join(folder, ...parts);

const quick: TrainOptionsInput = { model: at('small.onnx'), size: 24, batch: 8, epochs: 1, method: 'fc' };
/** A finished run. */
const done = at('done');

let png: Buffer;

beforeAll(async () => {
  writeFileSync(at('small.onnx'), smallOnnx());
  writeFileSync(at('other.onnx'), smallOnnx(2));
  await writeImages(at('pets'), { each: 10 });
  png = readFileSync(at('pets/cat/cat-0.png'));
  await train(at('pets'), { ...quick, out: done });
});

/** Folders made by the cases, each empty to begin with. */
let cases = 0;
function emptyFolder(): string {
  const made = at(`case-${cases++}`);
  mkdirSync(made);
  return made;
}

/** A folder with these files; those without contents are images. */
function data(files: Readonly<Record<string, string | Uint8Array | undefined>>): string {
  const made = emptyFolder();
  writeFiles(
    made,
    Object.fromEntries(Object.entries(files).map(([name, content]) => [name, content ?? png])),
  );
  return made;
}

/** `cat/0.png` to `cat/9.png`, and the same for dog. */
const enough = (prefix = '', each = 10): Record<string, undefined> =>
  Object.fromEntries(
    ['cat', 'dog'].flatMap((name) =>
      Array.from({ length: each }, (_, i) => [`${prefix}${name}/${i}.png`, undefined]),
    ),
  );

/** A CSV beside 20 images. */
function csv(text: string | Uint8Array): string {
  return path.join(data({ ...enough(), 'list.csv': text }), 'list.csv');
}

const rows = (header: string, row: (image: string, label: string) => string): string =>
  [header, ...Object.keys(enough()).map((image) => row(image, image.slice(0, 3)))].join('\n');

describe('data that cannot be trained on are refused, and no run folder is left', () => {
  const images: [string, () => string, RegExp][] = [
    ['no such folder', () => at('nowhere'), /^cannot open data .*nowhere: it does not exist$/],
    ['an empty folder', () => emptyFolder(), /has no images; it needs one folder per class/],
    [
      'an image',
      () => at('pets/cat/cat-0.png'),
      /is neither a folder of images nor a \.csv file, nor a data set that is known/,
    ],
    [
      'images in no class folder',
      () => data({ 'a.png': undefined, 'b.png': undefined }),
      /its 2 images lie in no class folder/,
    ],
    [
      'folders of text files',
      () => data({ 'cat/a.txt': 'x', 'dog/b.txt': 'y' }),
      /has no images; .*\(2 \.txt\)/,
    ],
    [
      'one class only',
      () => data({ 'cat/a.png': undefined, 'cat/b.png': undefined }),
      /has only one class folder, cat; at least two are needed/,
    ],
    [
      'an empty class folder',
      () => {
        const made = data(enough());
        mkdirSync(path.join(made, 'bird'));
        return made;
      },
      /class folder bird of .* holds no images/,
    ],
    [
      'class names that differ by case',
      () => data({ ...enough(), 'Cat/x.png': undefined }),
      /include "Cat" and "cat"; give one class one name/,
    ],
    [
      'too few images to hold any out',
      () => data({ 'cat/a.png': undefined, 'dog/b.png': undefined }),
      /leaves no image for (validation|train) \(train \d, validation \d, test \d\)|no image of class \w+ is left for train/,
    ],
    [
      'a class of the test folder that train lacks',
      () => data({ ...enough('train/'), ...enough('test/'), 'test/bird/1.png': undefined }),
      /class bird of test is not in train, whose classes are: cat, dog/,
    ],
    ['test without train', () => data(enough('test/')), /has test\/ but no train\//],
    [
      'train and training',
      () => data({ ...enough('train/'), ...enough('training/') }),
      /has both train\/ and training\/; keep one/,
    ],
    [
      'more unreadable images than are put up with',
      () => data({ ...enough(), 'cat/x.png': 'a', 'cat/y.png': 'b', 'dog/z.png': 'c' }),
      /^1?\d images? of \d+ cannot be read, at most 1 may be: cannot read .*: it is text, not a/,
    ],
    [
      'nothing but unreadable images',
      () => data(Object.fromEntries(Object.keys(enough()).map((name) => [name, 'text']))),
      /cannot be read/,
    ],

    ['an empty CSV', () => csv(''), /list\.csv is empty$/],
    ['a CSV with a header only', () => csv('path,label\n'), /has no rows below its header$/],
    [
      'a CSV without a header',
      () => csv('cat/0.png,cat\ndog/0.png,dog\n'),
      /begins with data; its first line must name the columns$/,
    ],
    ['a CSV without labels', () => csv(rows('path', (image) => image)), /which columns are labels\?/],
    [
      'a CSV without paths',
      () => csv(rows('label', (_, label) => label)),
      /which column holds the paths\? Name it path/,
    ],
    [
      'a CSV separated by something else',
      () => csv(rows('path^label', (image, label) => `${image}^${label}`)),
      /which column|which columns/,
    ],
    [
      'a CSV with a row cut short',
      () => csv(`${rows('path,label', (image, label) => `${image},${label}`)}\ncat/0.png`),
      /list\.csv: .*line/i,
    ],
    [
      'a CSV of missing files',
      () => csv(rows('path,label', (image, label) => `gone/${image},${label}`)),
      /^20 files of 20 in .* cannot be found: gone\/cat\/0\.png \(line 2\).*paths are relative to/,
    ],
    [
      'a CSV with one class',
      () => csv(rows('path,label', (image) => `${image},cat`)),
      /has only one class, cat,? in column label/,
    ],
    [
      'a CSV with labels left out',
      () => csv(rows('path,label', (image, label) => `${image},${label === 'cat' ? '' : label}`)),
      /10 rows with no label/,
    ],
    [
      'a CSV with a file under two labels',
      () => csv(`${rows('path,label', (image, label) => `${image},${label}`)}\ncat/0.png,dog`),
      /cat\/0\.png with different labels: cat and dog; keep one/,
    ],
    [
      'a CSV with an unknown split',
      () => csv(rows('path,label,split', (image, label) => `${image},${label},practice`)),
      /line 2: split "practice" is not one of: train/,
    ],
    ['a CSV that is no text', () => csv(new Uint8Array([0, 1, 2, 3])), /list\.csv is not a text file$/],
  ];

  test.each(images)('%s', async (_, make, message) => {
    const out = path.join(emptyFolder(), 'run');
    expect((await refusal(train(make(), { ...quick, out }))).message).toMatch(message);
    expect(existsSync(out)).toBe(false);
  });
});

describe('options that do not go with the data', () => {
  const patients = () =>
    data({
      'train/cat/p1-a.png': undefined,
      'train/dog/p2-a.png': undefined,
      'test/cat/p1-b.png': undefined,
      'test/dog/p3-a.png': undefined,
    });
  const misfits: [string, () => string, TrainOptionsInput, RegExp][] = [
    [
      'a patient on two sides of the given splits',
      patients,
      { 'group-by': '(p\\d+)' },
      /1 group on two sides of the given splits: p1 \(test: test\/cat\/p1-b\.png, train: /,
    ],
    [
      'a pattern that is none',
      () => at('pets'),
      { 'group-by': '(p' },
      /^Invalid regular expression: .*; a pattern is needed, e\.g\./,
    ],
    [
      'a pattern without a group',
      () => at('pets'),
      { 'group-by': 'cat' },
      /captures nothing; put brackets around/,
    ],
    [
      'a pattern that finds nothing',
      () => at('pets'),
      { 'group-by': 'patient(\\d+)' },
      /finds no group in any path, e\.g\. not in cat\/cat-0\.png/,
    ],
    [
      'a column, where there is no table',
      () => at('pets'),
      { 'group-by': 'column:patient' },
      /is a folder and has no column patient/,
    ],
    [
      'a column that is not there',
      () => csv(rows('path,label', (i, l) => `${i},${l}`)),
      { 'group-by': 'column:patient' },
      /has no column "patient"; its columns are: path, label/,
    ],
    ['every image in one group', () => at('pets'), { 'group-by': '(-)' }, /no image|leaves no image/],
    [
      'a test fraction beside a test folder',
      () => data({ ...enough('train/'), ...enough('test/') }),
      { test: 0.2 },
      /has its own test split, which stands/,
    ],
    [
      'fractions that leave nothing',
      () => at('pets'),
      { val: 0.5, test: 0.5 },
      /no image of class|leaves no image/,
    ],
    ['fractions beyond everything', () => at('pets'), { val: 0.8, test: 0.8 }, /add up to more than 1/],
    [
      'class weights for several labels per image',
      () => csv(rows('path,label', (i, l) => `${i},${l}|both`)),
      { 'class-weights': true },
      /--class-weights needs one class per image/,
    ],
    [
      'a run folder in the data folder',
      () => at('pets'),
      { out: at('pets/run') },
      /would lie inside the data folder/,
    ],
    [
      'a run folder that is a file',
      () => at('pets'),
      { out: at('small.onnx') },
      /^cannot write .*small\.onnx: it is a file, not a folder$/,
    ],
    [
      'a run folder below a file',
      () => at('pets'),
      { out: at('small.onnx/run') },
      /a part of its path is a file, not a folder$/,
    ],
    [
      'a run folder where nothing can be made',
      () => at('pets'),
      { out: '/proc/run' },
      /^cannot write \/proc\/run: /,
    ],
    [
      'a run folder that holds a run',
      () => at('pets'),
      { out: done },
      /done already holds a run; --resume continues it/,
    ],
  ];

  test.each(misfits)('%s', async (_, make, options, message) => {
    const out = path.join(emptyFolder(), 'run');
    const before = contents(done);
    expect((await refusal(train(make(), { ...quick, out, ...options }))).message).toMatch(message);
    expect(existsSync(out)).toBe(false);
    expect(contents(done)).toEqual(before);
  });

  test('a run folder that holds other files of such names', async () => {
    const out = data({ 'report.html': 'mine', 'notes.txt': 'mine' });
    expect((await refusal(train(at('pets'), { ...quick, out }))).message).toMatch(
      /already holds report\.html, which a run would overwrite/,
    );
    expect(contents(out)).toEqual({ 'notes.txt': 'mine', 'report.html': 'mine' });
  });
});

describe('what cannot be read is skipped and counted, what can is used', () => {
  test('files that are no images', async () => {
    const jpeg = await sharp(png).jpeg().toBuffer();
    const made = data({
      ...enough(),
      'cat/text.jpg': 'this is text',
      'cat/page.png': '<!DOCTYPE html><html></html>',
      'cat/short.jpg': jpeg.subarray(0, jpeg.length / 2),
      'cat/empty.png': '',
      'dog/animated.png': await animation('gif'),
      'dog/bomb.png': pngThatClaims(60_000, 60_000),
      'dog/Thumbs.db': 'not even tried',
    });
    mkdirSync(path.join(made, 'dog/folder.png'));
    writeFileSync(path.join(made, 'dog/folder.png/inside.png'), png);
    symlinkSync('.', path.join(made, 'dog/circle'));
    symlinkSync('nothing', path.join(made, 'dog/broken.png'));
    let expected = 6;
    if (process.platform !== 'win32') {
      execFileSync('mkfifo', [path.join(made, 'dog/pipe.png')]);
      expected++;
    }
    const warnings: string[] = [];
    const out = path.join(emptyFolder(), 'run');
    const options = { ...quick, 'max-unreadable': expected, out };
    const { finished } = await train(made, options, {
      onData: (dataset) => warnings.push(...dataset.warnings),
      onWarning: (warning) => warnings.push(warning),
    });
    expect(finished).toBe(true);
    const all = warnings.join('\n');
    for (const [file, why] of [
      ['text.jpg', 'it is text, not a JPEG'],
      ['page.png', 'it is HTML, XML or SVG, not a'],
      ['short.jpg', 'damaged or cut short'],
      ['empty.png', 'it is empty'],
      ['animated.png', 'it is a GIF'],
      ['bomb.png', 'it has 60000 × 60000 pixels; at most 100 million are read'],
    ]) {
      expect(all).toMatch(new RegExp(`^cannot read .*${file}: ${why}`, 'm'));
    }
    expect(all).toMatch(/nowhere: dog\/broken\.png/);
    expect(warnings.filter((line) => line.startsWith('cannot read'))).toHaveLength(expected);

    const fewer = await refusal(train(made, { ...options, 'max-unreadable': expected - 3, out: `${out}-2` }));
    expect(fewer.message).toMatch(/cannot be read, at most \d may be: /);
    expect(existsSync(`${out}-2`)).toBe(false);
  });

  test('unusual images', async () => {
    const made = data({
      ...enough(),
      'cat/dot.png': await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
      'cat/print.jpg': await sharp(png).toColourspace('cmyk').jpeg().toBuffer(),
      'dog/deep.png': await sharp(png).toColourspace('rgb16').png().toBuffer(),
      'dog/animated.webp': await animation('webp'),
      'dog/grey.png': await sharp(png).greyscale().png().toBuffer(),
      'dog/named wrongly.png': await sharp(png).tiff().toBuffer(),
    });
    const warnings: string[] = [];
    const { finished } = await train(
      made,
      { ...quick, out: path.join(emptyFolder(), 'run') },
      { onData: (dataset) => warnings.push(...dataset.warnings), onWarning: (line) => warnings.push(line) },
    );
    expect({ finished, warnings }).toEqual({ finished: true, warnings: [] });
  });

  test.each([
    ['a byte order mark', (text: string) => `\uFEFF${text}`, []],
    ['semicolons', (text: string) => text.replaceAll(',', ';'), []],
    ['a row twice', (text: string) => `${text}\ncat/0.png,cat`, [/ignored 1 repeated file: cat\/0\.png/]],
    [
      'one file missing',
      (text: string) => `${text}\ngone.png,cat`,
      [/^1 file of 21 in .* cannot be found: gone\.png \(line 22\)$/],
    ],
  ] as const)('a CSV with %s', async (_, change, expected) => {
    const list = csv(change(rows('path,label', (image, label) => `${image},${label}`)));
    const warnings: string[] = [];
    const stop = new AbortController();
    const result = await train(
      list,
      { ...quick, out: path.join(emptyFolder(), 'run') },
      {
        onData: (dataset) => {
          warnings.push(...dataset.warnings);
          stop.abort();
        },
        signal: stop.signal,
      },
    );
    expect(result.finished).toBe(false);
    expect(warnings).toHaveLength(expected.length);
    expected.forEach((pattern, i) => {
      expect(warnings[i]).toMatch(pattern);
    });
  });
});

/** Two frames, red and blue. */
function animation(format: 'gif' | 'webp'): Promise<Buffer> {
  const [width, height] = [8, 6];
  const pixels = Uint8Array.from({ length: width * height * 2 * 3 }, (_, i) =>
    i % 3 === (i < width * height * 3 ? 0 : 2) ? 255 : 0,
  );
  const raw = { width, height: height * 2, channels: 3, pageHeight: height } as const;
  return sharp(pixels, { raw }).toFormat(format).toBuffer();
}

/** A PNG whose header says that it is enormous. */
function pngThatClaims(width: number, height: number): Buffer {
  const claim = Buffer.from(png);
  claim.writeUInt32BE(width, 16);
  claim.writeUInt32BE(height, 20);
  claim.writeUInt32BE(crc32(claim.subarray(12, 29)), 29);
  return claim;
}
