/** @file DICOM files of several frames: one of them, or all, each a prediction of its own. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Random } from '../../src/random.js';
import { dicomPicture } from '../data/write-dicom.js';
import {
  base64,
  bugs,
  drawnAdapter,
  type Prediction,
  post,
  start,
  temporaryFolder,
  writeAdapters,
} from './serving.js';

const FRAMES = 4;
const [rows, columns] = [24, 20];
let url: string;
let server: Awaited<ReturnType<typeof start>>;
let several: Buffer;
/** Each frame in a file of its own. */
let single: Buffer[];
let expected: Prediction['probabilities'][];

type Framed = Prediction & { readonly frame?: number; readonly frames?: number };
const ask = (body: object, query = '') => post(url, body, query) as Promise<Framed[]>;

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

beforeAll(async () => {
  const random = new Random(11);
  const pixels = Uint8Array.from({ length: FRAMES * rows * columns }, (_, i) =>
    Math.min(255, random.integer(0, 80) + 50 * Math.floor(i / (rows * columns))),
  );
  several = dicomPicture({ rows, columns, frames: FRAMES, pixels });
  single = Array.from({ length: FRAMES }, (_, frame) => {
    const own = pixels.slice(frame * rows * columns, (frame + 1) * rows * columns);
    return dicomPicture({ rows, columns, pixels: own });
  });
  const first = await drawnAdapter(1);
  const all = { ...first, dicom: { window: 'file', frames: 'all' } };
  server = await start(writeAdapters(temporaryFolder(), { first, all }), { 'max-images': 6 });
  url = server.url;
  expected = (await ask({ adapter: 'first', images: single.map((data) => ({ data: base64(data) })) })).map(
    ({ probabilities }) => probabilities,
  );
});
afterAll(async () => {
  await server?.close();
  expect(bugs).toEqual([]);
});

function expectFrame({ probabilities, frame, frames }: Framed, index: number): void {
  expect([frame, frames]).toEqual([index + 1, FRAMES]);
  for (const [k, { probability }] of probabilities.entries()) {
    expect(probability).toBeCloseTo(expected[index]![k]!.probability, 6);
  }
}

test.each([
  [undefined, 0],
  ['first', 0],
  ['middle', 1],
  ['3', 2],
])('of %s, one is predicted, and the answer says which', async (frames, index) => {
  const [prediction, ...others] = await ask({
    adapter: 'first',
    frames,
    images: [{ data: base64(several) }],
  });
  expect(others).toEqual([]);
  expectFrame(prediction!, index);
});

test('of all, each is predicted, in order, beside other images', async () => {
  const images = [{ data: base64(single[3]!) }, { data: base64(several) }];
  const [alone, ...framed] = await ask({ adapter: 'first', images }, '?frames=all');
  expect(alone).not.toHaveProperty('frame');
  expect(framed.map(({ image }) => image)).toEqual([1, 1, 1, 1]);
  framed.forEach((prediction, index) => {
    expectFrame(prediction, index);
  });
});

test('an adapter that was trained on all gets all', async () => {
  const answer = await ask({ adapter: 'all', images: [{ data: base64(several) }] });
  expect(answer.map(({ frame }) => frame)).toEqual([1, 2, 3, 4]);
});

test('a form says it in a field', async () => {
  const form = new FormData();
  form.set('adapter', 'first');
  form.set('frames', '2');
  form.append('images', new Blob([new Uint8Array(several)]), 'a.dcm');
  const response = await fetch(`${url}/v1/predictions`, { method: 'POST', body: form });
  const { predictions } = (await response.json()) as { predictions: Framed[] };
  expectFrame(predictions[0]!, 1);
});

test.each<[string, object, string, number, RegExp]>([
  ['more frames than images are taken', { frames: 'all', images: [0, 1] }, '', 413, /8 images, each frame/],
  ['a frame that is not there', { frames: '9', images: [0] }, '', 422, /frame/],
  ['a word that means nothing', { frames: 'last', images: [0] }, '', 400, /frames/],
  ['the same in the address', { images: [0] }, '?frames=0', 400, /frames/],
])('%s: %#', async (_, { images, ...body }: { images?: number[] }, query, status, detail) => {
  const sent = { adapter: 'first', ...body, images: images!.map(() => ({ data: base64(several) })) };
  const response = await fetch(`${url}/v1/predictions${query}`, {
    method: 'POST',
    body: JSON.stringify(sent),
    headers: { 'content-type': 'application/json' },
  });
  expect(response.status).toBe(status);
  expect(((await response.json()) as { detail: string }).detail).toMatch(detail);
});

test('the OpenAPI description has the parameter', async () => {
  const text = await (await fetch(`${url}/openapi.json`)).text();
  const { paths } = JSON.parse(text) as {
    paths: Record<string, { post: { parameters: { name: string; schema: { pattern?: string } }[] } }>;
  };
  const { parameters } = paths['/v1/predictions']!.post;
  expect(parameters.find(({ name }) => name === 'frames')!.schema.pattern).toContain('middle');
});
