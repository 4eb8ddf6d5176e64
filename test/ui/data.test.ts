/** @file Looking at folders and what is in them, and checking options, as the page asks for it. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { trainOptionsSchema } from '../../src/runs/options.js';
import type { DataDetails, DataSummary, FolderListing, Welcome } from '../../src/ui/api.js';
import { writeImages } from '../runs/example-run.js';
import { uiForTests } from './client.js';

const { folder, client } = uiForTests();
const at = (...parts: string[]): string => path.join(folder, ...parts);

beforeAll(async () => {
  await writeImages(at('pets'), { each: 20 });
  await writeImages(at('lonely'), { classes: ['cat'], each: 4 });
  for (const [name, patient] of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].entries()) {
    for (const kind of ['cat', 'dog']) {
      mkdirSync(at('patients', kind), { recursive: true });
      for (const view of ['a', 'b']) {
        copyFileSync(
          at('pets', kind, `${kind}-${name}.png`),
          at('patients', kind, `patient${patient}-${view}.png`),
        );
      }
    }
  }
  writeFileSync(at('pets', 'notes.txt'), 'not an image');
});

const summary = (path: string, options = {}) =>
  client().json<DataSummary>(client().post('/api/data', { path, options }));

test('folders are listed, and what is none is refused in one line', async () => {
  const listing = await client().json<FolderListing>(client().get(`/api/folders?path=${at('pets')}`));
  expect(listing).toMatchObject({ path: at('pets'), parent: folder, images: 0, leftOut: 0 });
  expect(listing.folders.map(({ name }) => name)).toEqual(['cat', 'dog']);
  expect(listing.files.map(({ name }) => name)).toEqual(['notes.txt']);
  const refused = await client().get(`/api/folders?path=${at('nowhere')}`);
  expect(refused.status).toBe(422);
  expect(await refused.json()).toMatchObject({ detail: `cannot open ${at('nowhere')}: it does not exist` });
});

test('classes, sides and samples are told as training would see them', async () => {
  const data = await summary(at('pets'), { val: '0.25', test: '0.25' });
  expect(data).toMatchObject({ task: 'binary', classes: ['cat', 'dog'] });
  expect(data.splits).toEqual([
    { name: 'train', images: 20, perClass: [10, 10], groups: null },
    { name: 'validation', images: 10, perClass: [5, 5], groups: null },
    { name: 'test', images: 10, perClass: [5, 5], groups: null },
  ]);
  expect(data.warnings).toEqual([expect.stringContaining('notes.txt')]);
  expect(data.samples.filter(({ labels }) => labels.includes('cat'))).toHaveLength(6);
  const [{ index }] = data.samples;
  const picture = await client().get(`/api/data/image?key=${data.key}&index=${index}&size=64`);
  expect(picture.headers.get('content-type')).toBe('image/jpeg');
  expect(new Uint8Array(await picture.arrayBuffer()).subarray(0, 3)).toEqual(Uint8Array.of(0xff, 0xd8, 0xff));
  expect((await client().get(`/api/data/image?key=${data.key}&index=4000`)).status).toBe(404);
  expect((await client().get('/api/data/image?key=other&index=0')).status).toBe(410);
});

test('patients are found in names, counted, and kept on one side', async () => {
  const data = await summary(at('patients'));
  expect(data.suggestions).toContainEqual({
    pattern: '(patient[-_ ]?\\d+)',
    groups: 12,
    example: expect.stringMatching(/^patient\d+$/),
  });
  const grouped = await summary(at('patients'), { 'group-by': '(patient[-_ ]?\\d+)' });
  expect(grouped.splits.reduce((sum, { groups }) => sum + groups!, 0)).toBe(12);
});

test('sizes are read and equal files found, those on two sides above all', async () => {
  const { key } = await summary(at('patients'), { val: '0.4', test: '0' });
  const details = await client().json<DataDetails>(client().get(`/api/data/details?key=${key}`));
  expect(details).toMatchObject({ measured: 48, differentSizes: 1, unreadable: [] });
  expect(details.sizes).toEqual([{ width: 26, height: 22, images: 48 }]);
  expect(details.bytes).toBeGreaterThan(48 * 100);
  expect(details.duplicates).toHaveLength(24);
  for (const { ids } of details.duplicates!) expect(ids).toHaveLength(2);
  expect(details.duplicates!.some(({ conflict }) => conflict === 'splits')).toBe(true);
});

test.each([
  ['no such folder', () => at('nowhere'), /^cannot open data .*nowhere: it does not exist$/],
  ['one class only', () => at('lonely'), /has only one class folder, cat; at least two are needed/],
  ['a file that is no table', () => at('pets/cat/cat-0.png'), /is neither a folder of images nor/],
])('%s ends in the same line as on the command line', async (_, place, line) => {
  const answer = await client().post('/api/data', { path: place(), options: {} });
  expect(answer.status).toBe(422);
  const { detail } = (await answer.json()) as { detail: string };
  expect(detail).toMatch(line);
  expect(detail).not.toContain('\n');
});

test('a run that cannot be begun is refused in the same line, and leaves nothing behind', async () => {
  const answer = await client().post('/api/runs', { data: at('lonely'), options: { size: '32' } });
  expect(answer.status).toBe(422);
  expect(await answer.json()).toMatchObject({
    detail: expect.stringMatching(/has only one class folder, cat/),
  });
  expect(await client().json(client().get('/api/runs'))).toEqual([]);
});

test('the form has every option of the table but resume, and checks them by it', async () => {
  const { options, methods } = await client().json<Welcome>(client().get('/api/welcome'));
  const names = Object.keys(trainOptionsSchema.shape).filter((name) => name !== 'resume');
  expect(options.map(({ name }) => name)).toEqual(names);
  const byName = new Map(options.map((row) => [row.name, row]));
  expect(byName.get('batch')).toMatchObject({ kind: 'text', default: '32', group: 'Training' });
  expect(byName.get('augment')).toMatchObject({ kind: 'switch', default: true });
  expect(byName.get('optimiser')).toMatchObject({ kind: 'choice', default: 'adam' });
  expect(methods.map(({ name }) => name)).toContain('fc-then-bn');
  const problems = await client().json<Record<string, string>>(
    client().post('/api/options/check', { batch: '0', method: 'magic', epochs: '3', augment: false }),
  );
  expect(Object.keys(problems)).toEqual(['batch', 'method']);
  expect(problems.batch).toBe('batch is 0; it must be a whole number from 1');
});
