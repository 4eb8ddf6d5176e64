/** @file A run from the page's side without a page: started, followed, stopped, resumed, looked at, downloaded. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { beforeAll, describe, expect, test } from 'vitest';
import type {
  Comparison,
  JudgedImages,
  LayerMovement,
  PairedTests,
  PredictionsView,
  RocView,
  RunSummary,
  RunView,
} from '../../src/ui/api.js';
import { contents, smallOnnx, writeImages } from '../runs/example-run.js';
import { uiForTests } from './client.js';

const { folder, client, restart } = uiForTests();
const at = (...parts: string[]): string => path.join(folder, ...parts);
const of = (id: string) => `run=${encodeURIComponent(id)}`;
const view = (id: string) => client().json<RunView>(client().get(`/api/runs/view?${of(id)}`));

const quick = () => ({ model: at('small.onnx'), size: '24', batch: '8', epochs: '2', threads: '1' });

beforeAll(async () => {
  writeFileSync(at('small.onnx'), smallOnnx());
  await writeImages(at('pets'), { each: 24 });
});

async function start(options: Record<string, string | boolean>): Promise<string> {
  const { id } = await client().json<{ id: string }>(
    client().post('/api/runs', { data: at('pets'), options: { ...quick(), ...options } }),
  );
  return id;
}

interface News {
  readonly event: string;
  readonly data: Partial<RunView>;
}

/** Every event until the stream ends, each told as it comes. */
async function follow(id: string, onNews: (news: News) => void = () => {}): Promise<News[]> {
  const { body } = await client().get(`/api/runs/events?${of(id)}`);
  const all: News[] = [];
  let text = '';
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      if (event === undefined) continue;
      all.push({ event, data: JSON.parse(data!) });
      onNews(all.at(-1)!);
    }
  }
  return all;
}

describe('a run', () => {
  let id: string;
  let news: News[];

  beforeAll(async () => {
    id = await start({ out: 'first' });
    news = await follow(id);
  });

  test('tells all that is known first, then what changes, then its end', async () => {
    expect(id).toBe(at('runs', 'first'));
    expect(news[0]!.event).toBe('view');
    expect(news.at(-1)!.event).toBe('over');
    const told = Object.assign({}, ...news.map(({ data }) => data)) as RunView;
    expect(told.state).toBe('finished');
    expect(told.history.map(({ phase }) => phase)).toEqual(['head', 'bn', 'bn']);
    expect(told.phases.map(({ parameters }) => parameters! > 0)).toEqual([true, true]);
    expect(told.roles.find(({ role }) => role === 'kernel')!.trained).toBe(0);
    expect(told.trace.length).toBeGreaterThan(3);
    expect(told.movement.some(({ scaleChange }) => scaleChange! > 0)).toBe(true);
    expect(told.metrics.test!.n).toBeGreaterThan(0);
    expect(news.some(({ data }) => data.step?.learningRate === 0.001)).toBe(true);
  });

  test('is what its folder holds, also after the server has begun anew', async () => {
    const before = await view(id);
    await restart();
    const after = await view(id);
    expect(after).toMatchObject({ state: 'finished', history: before.history, metrics: before.metrics });
    const list = await client().json<RunSummary[]>(client().get('/api/runs'));
    expect(list).toMatchObject([{ id, name: 'first', state: 'finished', epochs: 3 }]);
    expect(list[0]!.testAuc!.value).toBe(after.metrics.test!.auc.value);
    const layers = await client().json<LayerMovement[]>(client().get(`/api/runs/movement?${of(id)}`));
    expect(layers.length).toBeGreaterThan(0);
    expect(layers.every(({ centreChange }) => centreChange! > 0)).toBe(true);
  });

  test('shows its ROC, and its most wrong and least certain images', async () => {
    const rocs = await client().json<Record<string, RocView[]>>(client().get(`/api/runs/roc?${of(id)}`));
    expect(Object.keys(rocs)).toEqual(['test', 'validation']);
    const { metrics } = await view(id);
    expect(rocs.test![0]!.auc).toBeCloseTo(metrics.test!.auc.value!, 5);
    const doubtful = await client().json<JudgedImages>(
      client().get(`/api/runs/images?${of(id)}&order=uncertain&count=200`),
    );
    expect(doubtful.total).toBe(metrics.test!.n);
    const margins = doubtful.images.map(({ probabilities: [a, b] }) => Math.abs(a! - b!));
    expect(margins).toEqual(margins.toSorted((a, b) => a - b));
    const wrong = await client().json<JudgedImages>(client().get(`/api/runs/images?${of(id)}&order=wrong`));
    expect(wrong.images.every(({ labels, predicted }) => labels[0] !== predicted[0])).toBe(true);
    const [first] = doubtful.images;
    expect(first!.present).toBe(true);
    const image = await client().get(`/api/runs/image?${of(id)}&id=${encodeURIComponent(first!.id)}`);
    expect(image.headers.get('content-type')).toBe('image/jpeg');
    const heat = await client().get(
      `/api/runs/heatmap?${of(id)}&id=${encodeURIComponent(first!.id)}&about=cat`,
    );
    expect(heat.headers.get('content-type')).toBe('image/png');
    const outside = await client().get(`/api/runs/image?${of(id)}&id=${encodeURIComponent('../small.onnx')}`);
    expect(outside.status).toBe(404);
  });

  test('predicts what is sent, names what cannot be read, and its ONNX model says the same', async () => {
    const pixels = new Uint8Array(20 * 20 * 3).fill(90).map((value, i) => (i % 3 === 0 ? 200 : value));
    const { default: sharp } = await import('sharp');
    const png = await sharp(pixels, { raw: { width: 20, height: 20, channels: 3 } })
      .png()
      .toBuffer();
    const form = new FormData();
    form.append('image', new Blob([new Uint8Array(png)]), 'red.png');
    form.append('image', new Blob(['no image']), '../../odd name.png');
    const { classes, predictions } = await client().json<PredictionsView>(
      client().post(`/api/runs/predict?${of(id)}`, form),
    );
    expect(classes).toEqual(['cat', 'dog']);
    expect(predictions.map(({ name }) => name)).toEqual(['red.png', 'odd name.png']);
    expect(predictions[1]).toMatchObject({
      labels: [],
      problem: 'cannot read odd name.png: it is text, not a JPEG, PNG, TIFF, WebP, BMP or DICOM image',
    });

    const download = await client().get(`/api/runs/onnx?${of(id)}`);
    expect(download.headers.get('content-disposition')).toContain('filename="first.onnx"');
    const session = await ort.InferenceSession.create(new Uint8Array(await download.arrayBuffer()));
    const { probabilities } = await session.run({ image: new ort.Tensor('uint8', pixels, [1, 20, 20, 3]) });
    expect(probabilities!.data[0]).toBeCloseTo(predictions[0]!.probabilities[1]!, 4);

    const nothing = await client().post(`/api/runs/predict?${of(id)}`, new FormData());
    expect(nothing.status).toBe(422);
  });

  test('gives its files away under its name, and its report a world of its own', async () => {
    const adapter = await client().get(`/api/runs/file?${of(id)}&what=adapter`);
    expect(adapter.headers.get('content-disposition')).toContain('first-adapter.safetensors');
    expect(Buffer.from(await adapter.arrayBuffer()).toString('latin1')).toBe(
      contents(id)['adapter.safetensors'],
    );
    const report = await client().get(`/api/runs/report?${of(id)}`);
    expect(report.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await client().get(`/api/runs/file?${of(id)}&what=../../x`)).status).toBe(404);
    expect((await client().get(`/api/runs/file?${of(folder)}&what=report`)).status).toBe(404);
  });

  test('is compared with others on the same images', async () => {
    const other = await start({ out: 'second', method: 'fc', seed: '0' });
    await follow(other);
    const comparison = await client().json<Comparison>(client().get(`/api/compare?${of(id)}&${of(other)}`));
    expect(comparison.differing).toEqual(['method']);
    expect(comparison.split).toBe('test');
    const tests = await client().json<PairedTests>(
      client().get(
        `/api/compare/pair?first=${encodeURIComponent(id)}&second=${encodeURIComponent(other)}&split=test`,
      ),
    );
    const { difference, test: how } = tests.metrics.find(({ name }) => name === 'auc')!;
    expect(how).toBe('DeLong');
    const [a, b] = comparison.runs.map(({ metrics }) => metrics.test!.auc.value!);
    expect(difference.value).toBeCloseTo(a! - b!, 6);
    expect((await client().get(`/api/compare?${of(id)}`)).status).toBe(422);
  });
});

test('a stopped run is resumed, also by another server, and ends as if nothing had happened', async () => {
  const long = { epochs: '60', patience: '60', out: 'stopped' };
  const id = await start(long);
  let stopping: Promise<Response> | undefined;
  await follow(id, ({ data }) => {
    if (data.history && data.history.length >= 2) stopping ??= client().post(`/api/runs/stop?${of(id)}`);
  });
  expect((await stopping)!.status).toBe(202);
  const stopped = await view(id);
  expect(stopped.state).toBe('stopped');
  expect(stopped.history.length).toBeLessThan(61);
  await restart();
  expect((await view(id)).state).toBe('stopped');
  expect((await client().post(`/api/runs/resume?${of(id)}`)).status).toBe(202);
  expect((await client().post(`/api/runs/resume?${of(id)}`)).status).toBe(409);
  await follow(id);
  expect((await view(id)).state).toBe('finished');

  const whole = await start({ ...long, out: 'whole' });
  await follow(whole);
  expect(contents(id)['adapter.safetensors']).toBe(contents(whole)['adapter.safetensors']);
});

test('a server that ends stops its runs so that they can be gone on with', async () => {
  const id = await start({ epochs: '400', patience: '400', out: 'interrupted' });
  await new Promise<void>((resolve) => {
    void follow(id, ({ data }) => data.history?.length && resolve()).catch(() => {});
  });
  await restart();
  const after = await view(id);
  expect(after.state).toBe('stopped');
  expect(after.history.length).toBeGreaterThan(0);
});
