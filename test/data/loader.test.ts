import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { augment, drawAugmentation } from '../../src/data/augment.js';
import { decodeImage } from '../../src/data/decode.js';
import { createLoader } from '../../src/data/loader.js';
import { resizeBilinear } from '../../src/data/resize.js';
import type { Batch, Loader, LoaderOptions, Sample } from '../../src/data/types.js';
import { allowedUnreadable } from '../../src/data/unreadable.js';
import { fileSample, noisePng, temporaryFolder, writeFiles } from './temporary.js';

const HEIGHT = 12;
const WIDTH = 9;
const IMAGE_BYTES = HEIGHT * WIDTH * 3;
const plain: LoaderOptions = { height: HEIGHT, width: WIDTH, batch: 4, seed: 7, shuffle: false, threads: 1 };
const training: LoaderOptions = { ...plain, shuffle: true, augment: {} };

/** Different images of different sizes; `broken` ones are text. */
async function samples(count: number, broken: readonly number[] = []): Promise<Sample[]> {
  const folder = temporaryFolder();
  const list: Sample[] = [];
  for (let i = 0; i < count; i++) {
    const id = `${String(i).padStart(3, '0')}.png`;
    const content = broken.includes(i) ? 'no image' : await noisePng(i, 7 + (i % 5), 6 + (i % 7));
    writeFiles(folder, { [id]: content });
    list.push(fileSample(path.join(folder, id), Float32Array.of(i % 2, (i >> 1) % 2)));
  }
  return list;
}

function loaderOf(list: readonly Sample[], options: LoaderOptions): Loader {
  const loader = createLoader(list, options);
  onTestFinished(() => loader.close());
  return loader;
}

async function collect(batches: AsyncIterable<Batch>): Promise<Batch[]> {
  const all: Batch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

const order = (batches: readonly Batch[]) => batches.flatMap(({ indices }) => [...indices]);

describe('batches', () => {
  test('hold decoded, resized images and their targets, in the order of the list', async () => {
    const list = await samples(10);
    const batches = await collect(loaderOf(list, plain).epoch(0));
    expect(batches.map(({ size }) => size)).toEqual([4, 4, 2]);
    expect(order(batches)).toEqual([...list.keys()]);
    for (const { images, targets, indices, size } of batches) {
      expect(images.length).toBe(size * IMAGE_BYTES);
      expect(targets.length).toBe(size * 2);
      for (let i = 0; i < size; i++) {
        const { source, target } = list[indices[i]];
        const expected = resizeBilinear(await decodeImage(source.path), HEIGHT, WIDTH);
        expect(images.subarray(i * IMAGE_BYTES, (i + 1) * IMAGE_BYTES)).toEqual(expected);
        expect(targets.subarray(i * 2, i * 2 + 2)).toEqual(target);
      }
    }
  });

  test('shuffled, they hold each image once, in another order each epoch and for each seed', async () => {
    const list = await samples(30);
    const loader = loaderOf(list, training);
    const first = order(await collect(loader.epoch(0)));
    expect([...first].sort((a, b) => a - b)).toEqual([...list.keys()]);
    expect(order(await collect(loader.epoch(1)))).not.toEqual(first);
    expect(order(await collect(loader.epoch(0)))).toEqual(first);
    expect(order(await collect(loaderOf(list, { ...training, seed: 8 }).epoch(0)))).not.toEqual(first);
  });

  test('are augmented per seed, epoch and sample', async () => {
    const list = await samples(9);
    const options = { flip: 'horizontal', translate: 0.2, zoom: 0.3 } as const;
    const batches = await collect(loaderOf(list, { ...training, augment: options }).epoch(5));
    for (const { images, indices } of batches) {
      for (const [i, index] of indices.entries()) {
        const source = resizeBilinear(await decodeImage(list[index].source.path), HEIGHT, WIDTH);
        const expected = new Uint8Array(IMAGE_BYTES);
        augment(source, HEIGHT, WIDTH, drawAugmentation(options, 7, 5, index), expected);
        expect(images.subarray(i * IMAGE_BYTES, (i + 1) * IMAGE_BYTES)).toEqual(expected);
      }
    }
  });

  test('are the same bits whatever the number of threads and the size of the cache', async () => {
    const list = await samples(25, [3]);
    const reference = await collect(loaderOf(list, training).epoch(2)); // one thread, everything cached
    for (const [threads, cacheBytes] of [
      [1, 0],
      [2, 10 * IMAGE_BYTES],
    ]) {
      const loader = loaderOf(list, { ...training, threads, cacheBytes });
      expect(await collect(loader.epoch(2))).toEqual(reference);
    }
  });

  test('an epoch can begin in the middle', async () => {
    const loader = loaderOf(await samples(22), { ...training, threads: 2 });
    const whole = await collect(loader.epoch(3));
    expect(loader.batches).toBe(6);
    for (const fromBatch of [0, 1, 4, 5, 6]) {
      expect(await collect(loader.epoch(3, { fromBatch }))).toEqual(whole.slice(fromBatch));
    }
  });

  test('images of one pixel, and a batch larger than the list', async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { 'dot.png': await noisePng(1, 1, 1) });
    const dot = fileSample(path.join(folder, 'dot.png'));
    const [batch] = await collect(loaderOf([dot], { ...training, batch: 64 }).epoch(0));
    expect(batch.size).toBe(1);
    expect(new Set(batch.images).size).toBeLessThanOrEqual(3);
  });
});

describe('the cache', () => {
  test('spares decoding after the first time', async () => {
    const list = await samples(12);
    const loader = loaderOf(list, training);
    const seen: number[] = [];
    await loader.prepare((done, total) => seen.push(done, total));
    expect(seen).toEqual([12, 12]);
    for (const epoch of [0, 1, 2]) await collect(loader.epoch(epoch));
    expect(loader.statistics()).toMatchObject({ decoded: 12, cached: 12, unreadable: [] });
  });

  test('holds what fits, and the rest is decoded each epoch', async () => {
    const loader = loaderOf(await samples(12), { ...training, cacheBytes: 5.5 * IMAGE_BYTES });
    for (const epoch of [0, 1]) await collect(loader.epoch(epoch));
    expect(loader.statistics()).toMatchObject({ decoded: 12 + 2 * 7, cached: 5 });
  });

  test('outlives the files; without it a file that vanishes is an error', async () => {
    const list = await samples(6);
    const cached = loaderOf(list, plain);
    const uncached = loaderOf(list, { ...plain, cacheBytes: 0, threads: 2 });
    await Promise.all([cached.prepare(), uncached.prepare()]);
    rmSync(list[5].source.path);
    expect(order(await collect(cached.epoch(0)))).toEqual([0, 1, 2, 3, 4, 5]);
    await expect(collect(uncached.epoch(0))).rejects.toMatchObject({ code: 'unreadable-image' });
    await expect(collect(uncached.epoch(0))).rejects.toThrow(/005\.png: there is no such file/);
  });
});

describe('unreadable files', () => {
  test('are listed in order, counted and left out', async () => {
    const list = await samples(40, [30, 3]);
    const loader = loaderOf(list, { ...plain, threads: 2, maxUnreadable: 2 });
    await loader.prepare();
    expect(loader.size).toBe(38);
    expect(loader.batches).toBe(10);
    const { unreadable, cached } = loader.statistics();
    expect(unreadable).toEqual(
      [3, 30].map((i) => expect.stringContaining(`${list[i].source.path}: it is text`)),
    );
    expect(cached).toBe(38);
    const readable = [...list.keys()].filter((i) => i !== 3 && i !== 30);
    expect(order(await collect(loader.epoch(0)))).toEqual(readable);
  });

  test('beyond the limit are refused with examples', async () => {
    const list = await samples(20, [2, 5, 7, 11, 13]);
    const error = await loaderOf(list, plain)
      .prepare()
      .catch((reason: Error) => reason);
    expect(error).toMatchObject({ code: 'too-many-unreadable' });
    const message = /^5 images of 20 cannot be read, at most 1 may be: .*002\.png.*007\.png.* and 2 more$/;
    expect((error as Error).message).toMatch(message);
  });

  test('a limit does not help when nothing can be read', async () => {
    const none = loaderOf(await samples(2, [0, 1]), { ...plain, maxUnreadable: 9 });
    await expect(none.prepare()).rejects.toMatchObject({ code: 'too-many-unreadable' });
    await expect(collect(none.epoch(0))).rejects.toMatchObject({ code: 'too-many-unreadable' });
  });

  test.each([
    [1, undefined, 1],
    [100, undefined, 1],
    [101, undefined, 2],
    [5216, undefined, 53],
    [50, 0, 0],
    [50, 7, 7],
    [50, 0.1, 5],
    [55, 0.1, 5],
  ])('of %d with limit %s, %d may be', (total, limit, allowed) => {
    expect(allowedUnreadable(total, limit)).toBe(allowed);
  });
});

describe('ending', () => {
  test('leaving an epoch early leaves the loader ready for the next', async () => {
    const loader = loaderOf(await samples(20), { ...training, threads: 2 });
    const whole = await collect(loader.epoch(1));
    for await (const { size } of loader.epoch(0)) {
      expect(size).toBe(4);
      break;
    }
    expect(await collect(loader.epoch(1))).toEqual(whole);
  });

  test('two epochs at once are refused', async () => {
    const loader = loaderOf(await samples(20), training);
    const first = loader.epoch(0)[Symbol.asyncIterator]();
    await first.next();
    await expect(collect(loader.epoch(1))).rejects.toThrow('one epoch at a time');
    await first.return?.();
  });

  test('a closed loader says so, also to who is waiting', async () => {
    const loader = loaderOf(await samples(40), { ...training, cacheBytes: 0 });
    const waiting = collect(loader.epoch(0));
    await Promise.all([expect(waiting).rejects.toThrow('closed'), loader.close(), loader.close()]);
    await expect(collect(loader.epoch(1))).rejects.toThrow('closed');
  });

  test('an abort ends whatever is under way with its reason', async () => {
    const list = await samples(40);
    const reason = new Error('enough');
    const inPrepare = new AbortController();
    const preparing = loaderOf(list, { ...training, signal: inPrepare.signal }).prepare(() =>
      inPrepare.abort(reason),
    );
    await expect(preparing).rejects.toBe(reason);

    const inEpoch = new AbortController();
    const loader = loaderOf(list, { ...training, cacheBytes: 0, signal: inEpoch.signal });
    const run = async () => {
      for await (const batch of loader.epoch(0)) if (batch.size > 0) inEpoch.abort(reason);
    };
    await expect(run()).rejects.toBe(reason);
    await expect(collect(loader.epoch(1))).rejects.toBe(reason);

    const before = loaderOf(list, { ...training, signal: AbortSignal.abort(reason) });
    await expect(before.prepare()).rejects.toBe(reason);
  });

  test('a thread that dies is an error, never a hang', async () => {
    const loader = loaderOf(await samples(40), { ...training, threads: 2, cacheBytes: 0 });
    await loader.prepare();
    const run = async () => {
      for await (const { size } of loader.epoch(0)) {
        expect(size).toBe(4);
        // No public way leads to a crash; this is the next best thing.
        const { workers } = loader as unknown as { workers: { thread: { close(): Promise<void> } }[] };
        for (const { thread } of workers) await thread.close();
      }
    };
    await expect(run()).rejects.toThrow('the worker thread has ended');
    await expect(collect(loader.epoch(1))).rejects.toThrow('the worker thread has ended');
  });

  test('a process that forgets to close still ends', async () => {
    const list = await samples(20);
    const script = `
      import { createLoader } from ${JSON.stringify(path.resolve('src/data/loader.ts'))};
      const list = ${JSON.stringify(list)}.map((sample) => ({ ...sample, target: new Float32Array(1) }));
      const loader = createLoader(list, ${JSON.stringify({ ...training, threads: 2, cacheBytes: 0 })});
      for await (const { size } of loader.epoch(0)) { console.log(size); break; }`;
    writeFiles(path.dirname(list[0].source.path), { 'main.mts': script });
    const flags = ['--import', 'tsx', '--import', path.resolve('scripts/register-typescript.mjs')];
    const file = path.join(path.dirname(list[0].source.path), 'main.mts');
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, file], { timeout: 30_000 });
    expect(stdout).toBe('4\n');
  });
});

describe('statistics', () => {
  test('a slow consumer hardly waits, a greedy one waits nearly always', async () => {
    const loader = loaderOf(await samples(32), { ...training, threads: 1 });
    await loader.prepare();
    expect(loader.statistics()).toMatchObject({ waitedSeconds: 0, waitedFraction: 0 });
    for await (const _ of loader.epoch(0)) await new Promise((resolve) => setTimeout(resolve, 50));
    const slow = loader.statistics();
    expect(slow.waitedFraction).toBeLessThan(0.5);
    expect(slow.busySeconds).toBeGreaterThan(0);

    const greedy = loaderOf(await samples(32), { ...training, threads: 1, cacheBytes: 0 });
    await collect(greedy.epoch(0));
    expect(greedy.statistics().waitedFraction).toBeGreaterThan(0.5);
    expect(greedy.statistics().waitedFraction).toBeLessThanOrEqual(1);
  });

  test('the size is not known before it can be', async () => {
    expect(() => loaderOf([fileSample('x')], plain).size).toThrow('prepare');
  });
});

test.each<[string, Partial<LoaderOptions>, RegExp]>([
  ['no height', { height: 0 }, /height is 0/],
  ['half a batch', { batch: 0.5 }, /batch is 0\.5/],
  ['no threads', { threads: 0 }, /threads is 0/],
  ['a wild shift', { augment: { translate: 2 } }, /translate is 2/],
])('refuses %s', (_, change, reason) => {
  expect(() => createLoader([fileSample('x')], { ...plain, ...change })).toThrow(reason);
  expect(() => createLoader([], plain)).toThrow(/no images to load/);
});

test('a loader leaves out the pixels that nobody needs, and says when it cannot', async () => {
  const list = await samples(10);
  const options = { ...plain, shuffle: true };
  const whole = await collect(loaderOf(list, options).epoch(3));
  const loader = loaderOf(list, options);
  expect(loader.fixed).toBe(true);
  const known = new Set(whole.slice(0, 2).flatMap(({ indices }) => [...indices]));
  known.delete(whole[1].indices[2]);
  const batches = await collect(loader.epoch(3, { without: (sample) => known.has(sample) }));
  expect(batches.map(({ images: _, ...rest }) => rest)).toEqual(whole.map(({ images: _, ...rest }) => rest));
  expect(batches.map(({ images }) => images.length / IMAGE_BYTES)).toEqual([0, 1, 2]);
  expect(batches[1].images).toEqual(whole[1].images.subarray(2 * IMAGE_BYTES, 3 * IMAGE_BYTES));
  expect(batches[2].images).toEqual(whole[2].images);

  const augmenting = loaderOf(list, training);
  expect(augmenting.fixed).toBe(false);
  await expect(collect(augmenting.epoch(0, { without: () => true }))).rejects.toThrow('internal');
});

test.each([
  ['as they are', plain],
  ['augmented', training],
])('a loader gives its images in another size, %s', async (_, options) => {
  const list = await samples(6);
  const size = { height: 6, width: 5 };
  const [whole, small] = await Promise.all([
    collect(loaderOf(list, { ...options, augment: false }).epoch(2)),
    collect(loaderOf(list, { ...options, cacheBytes: 3 * IMAGE_BYTES }).epoch(2, { size })),
  ]);
  expect(order(small)).toEqual(order(whole));
  const bytes = size.height * size.width * 3;
  small.forEach(({ images, indices }, b) => {
    expect(images.length).toBe(indices.length * bytes);
    indices.forEach((index, i) => {
      const data = whole[b].images.subarray(i * IMAGE_BYTES, (i + 1) * IMAGE_BYTES);
      let expected = resizeBilinear({ data, height: HEIGHT, width: WIDTH }, size.height, size.width);
      if (options.augment) {
        const source = expected;
        expected = new Uint8Array(bytes);
        const draw = drawAugmentation(options.augment, options.seed, 2, index);
        augment(source, size.height, size.width, draw, expected);
      }
      expect(images.subarray(i * bytes, (i + 1) * bytes)).toEqual(expected);
    });
  });
});
