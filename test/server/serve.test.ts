import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Adapter } from '../../src/adapter/adapter.js';
import { float32 } from '../../src/graph/tensor.js';
import { predict } from '../../src/runs/predict.js';
import {
  addAdapter,
  base64,
  bugs,
  drawnAdapter,
  type Prediction,
  pictures,
  post,
  start,
  temporaryFolder,
  writeAdapters,
} from './serving.js';

const folder = temporaryFolder();
let server: Awaited<ReturnType<typeof start>>;
let url: string;
let images: Buffer[];
/** By adapter, what `predict` says of each image. */
const expected = new Map<string, { labels: readonly string[]; probabilities: readonly number[] }[]>();

/** As a training of everything would: a convolution differs from the base's, too. */
async function fullyTrained(): Promise<Adapter> {
  const adapter = await drawnAdapter(5);
  const { loadBuiltin } = await import('../../src/models/builtin.js');
  const kernel = (await loadBuiltin()).parameters.find(({ role }) => role === 'kernel')!;
  const data = (kernel.tensor.data as Float32Array).map((x) => x * 1.3);
  const weights = new Map([...adapter.weights, [kernel.name, float32(data, kernel.shape)] as const]);
  return { ...adapter, weights };
}

beforeAll(async () => {
  images = await pictures(12, 1);
  const files = images.map((_, i) => path.join(folder, `image-${i}.png`));
  for (const [i, file] of files.entries()) writeFileSync(file, images[i]!);
  const adapters = {
    one: await drawnAdapter(1),
    many: { ...(await drawnAdapter(2, { task: 'multi-class' })), temperature: 2 },
    labels: await drawnAdapter(3, { task: 'multi-label' }),
    larger: await drawnAdapter(4, { side: 56 }),
    full: await fullyTrained(),
  };
  const runs = writeAdapters(folder, adapters);
  for (const [i, name] of Object.keys(adapters).entries()) {
    expected.set(name, [...(await predict(runs[i]!, files)).predictions]);
  }
  server = await start(runs);
  url = server.url;
}, 240_000);

afterAll(async () => {
  await server?.close();
  expect(bugs).toEqual([]);
});

function expectEqual(prediction: Prediction, image: number): void {
  const wanted = expected.get(prediction.adapter)![image]!;
  expect(prediction.labels).toEqual(wanted.labels);
  for (const [k, { probability }] of prediction.probabilities.entries()) {
    expect(Math.abs(probability - wanted.probabilities[k]!)).toBeLessThan(1e-5);
  }
}

describe('predictions equal those of predict', () => {
  test.each(['one', 'many', 'labels', 'larger', 'full'])('of the adapter %s', async (adapter) => {
    const answer = await post(url, { adapter, images: images.map((bytes) => ({ data: base64(bytes) })) });
    for (const [i, prediction] of answer.entries()) expectEqual(prediction, i);
    const spread = answer.map(({ probabilities }) => probabilities[0]!.probability);
    expect(Math.max(...spread) - Math.min(...spread)).toBeGreaterThan(0.001);
  });

  test('of adapters mixed within a request', async () => {
    const names = [...expected.keys()];
    const asked = images.map((bytes, i) => ({ data: base64(bytes), adapter: names[i % names.length]! }));
    const answer = await post(url, { images: asked });
    expect(answer.map(({ adapter }) => adapter)).toEqual(asked.map(({ adapter }) => adapter));
    for (const [i, prediction] of answer.entries()) expectEqual(prediction, i);
  });

  test('of adapters mixed over many requests at a time', async () => {
    const names = ['one', 'many', 'full'];
    await Promise.all(
      Array.from({ length: 48 }, async (_, i) => {
        const image = i % images.length;
        const [prediction] = await post(url, {
          adapter: names[i % 3],
          images: [{ data: base64(images[image]!) }],
        });
        expectEqual(prediction!, image);
      }),
    );
  });

  test('of a form and of a bare image', async () => {
    const form = new FormData();
    form.set('adapter', 'one');
    for (const [i, bytes] of images.entries()) {
      form.append('images', new Blob([new Uint8Array(bytes)]), `../../${i}.png`);
    }
    const ofForm = await fetch(`${url}/v1/predictions`, { method: 'POST', body: form });
    expect(ofForm.status).toBe(200);
    const { predictions, adapters } = (await ofForm.json()) as {
      predictions: Prediction[];
      adapters: { name: string; note: string }[];
    };
    for (const [i, prediction] of predictions.entries()) expectEqual(prediction, i);
    expect(adapters).toMatchObject([{ name: 'one', note: expect.stringContaining('calibrated') }]);

    const bare = await fetch(`${url}/v1/predictions?adapter=many`, {
      method: 'POST',
      body: new Uint8Array(images[3]!),
      headers: { 'content-type': 'image/png' },
    });
    const answer = (await bare.json()) as { predictions: Prediction[] };
    expectEqual(answer.predictions[0]!, 3);
  });
});

test('with a heatmap, which is a picture of the class that is predicted', async () => {
  const [prediction] = await post(
    url,
    { adapter: 'many', images: [{ data: base64(images[0]!) }] },
    '?heatmap=true',
  );
  expectEqual(prediction!, 0);
  expect(prediction!.heatmap!.class).toBe(prediction!.labels[0]);
  const png = Buffer.from(prediction!.heatmap!.png, 'base64');
  expect(png.subarray(1, 4).toString()).toBe('PNG');
});

test('at the temperature of an adapter that has one', async () => {
  const of = async (adapter: string) =>
    (await post(url, { adapter, images: [{ data: base64(images[0]!) }] }))[0]!;
  const { probabilities } = await of('many');
  const powers = probabilities.map(({ probability }) => Math.sqrt(probability));
  const sum = powers.reduce((total, power) => total + power, 0);
  for (const [k, { calibrated }] of probabilities.entries())
    expect(calibrated).toBeCloseTo(powers[k]! / sum, 5);
  expect((await of('one')).probabilities[0]).not.toHaveProperty('calibrated');
});

test('an image that cannot be read is said so, beside the others', async () => {
  const answer = await post(url, {
    adapter: 'one',
    images: [
      { data: base64(images[0]!) },
      { data: base64(Buffer.from('no image')) },
      { data: base64(images[2]!) },
    ],
  });
  expectEqual(answer[0]!, 0);
  expect(answer[1]).toMatchObject({ image: 1, problem: { status: 422, code: 'unreadable-image' } });
  expectEqual(answer[2]!, 2);
});

test('adapters are listed, described and shown on a page', async () => {
  const list = (await (await fetch(`${url}/v1/adapters`)).json()) as { adapters: { name: string }[] };
  expect(list.adapters.map(({ name }) => name)).toEqual(['full', 'labels', 'larger', 'many', 'one']);
  const one = await (await fetch(`${url}/v1/adapters/one`)).json();
  expect(one).toMatchObject({ name: 'one', classes: ['healthy', 'ill'], thresholds: [0.4], trust: null });
  const page = await (await fetch(url)).text();
  expect(page).toContain('<h2>many</h2>');
  expect(page).toContain('red, green, blue');
});

test('health, readiness, metrics and the OpenAPI description', async () => {
  expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' });
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ready' });
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toMatch(/transfuse_images_total\{adapter="one",outcome="predicted"\} \d+/);
  expect(metrics).toMatch(/transfuse_adapters 5/);
  expect(metrics).toMatch(/transfuse_engines 3/);
  expect(metrics).toMatch(/transfuse_images_pending 0/);
  const api = (await (await fetch(`${url}/openapi.json`)).json()) as {
    openapi: string;
    paths: Record<string, Record<string, { responses: object }>>;
  };
  expect(api.openapi).toBe('3.1.0');
  expect(Object.keys(api.paths).sort()).toEqual([
    '/healthz',
    '/metrics',
    '/readyz',
    '/v1/adapters',
    '/v1/adapters/{name}',
    '/v1/predictions',
  ]);
  expect(Object.keys(api.paths['/v1/predictions']!.post!.responses)).toContain('503');
});

test('adapters come and go while requests run', async () => {
  const bytes = readFileSync(path.join(folder, 'many.safetensors'));
  let stopped = false;
  const others = Array.from({ length: 3 }, async (_, i) => {
    for (let round = 0; !stopped; round++) {
      const image = (i + round) % images.length;
      const [prediction] = await post(url, { adapter: 'one', images: [{ data: base64(images[image]!) }] });
      expectEqual(prediction!, image);
    }
  });
  for (let round = 0; round < 10; round++) {
    const added = await addAdapter(url, 'new', bytes);
    expect(added.status).toBe(201);
    expect(added.headers.get('location')).toBe('/v1/adapters/new');
    expect((await addAdapter(url, 'new', bytes)).status).toBe(409);
    // What was accepted before it is removed is answered all the same.
    const asked = Array.from({ length: 4 }, () =>
      post(url, { images: [{ adapter: 'new', data: base64(images[1]!) }] }).then(
        ([prediction]) => expectEqual({ ...prediction!, adapter: 'many' }, 1),
        (error) => expect(String(error)).toContain('no-such-adapter'),
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, round * 3));
    expect((await fetch(`${url}/v1/adapters/new`, { method: 'DELETE' })).status).toBe(204);
    expect((await fetch(`${url}/v1/adapters/new`, { method: 'DELETE' })).status).toBe(404);
    await Promise.all(asked);
  }
  stopped = true;
  await Promise.all(others);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).not.toContain('adapter="new",outcome="predicted"');
});
