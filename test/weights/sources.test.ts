/** The catalogue of official weights, its cache, and what a network by name does with and without a network connection. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { architectures } from '../../src/models/architectures/index.js';
import { loadModel } from '../../src/models/catalogue.js';
import { sources } from '../../src/models/sources.js';
import { cachedFile, fetchWeights, officialWeights } from '../../src/models/sources-cache.js';
import { listModels } from '../../src/models/sources-list.js';
import { sharedData } from '../shared-data.js';

let cache: string;

beforeEach(() => {
  cache = mkdtempSync(path.join(tmpdir(), 'transfuse-cache-'));
  vi.stubEnv('TRANSFUSE_CACHE', cache);
  // Nobody listens there, so that nothing is ever fetched from outside.
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'])
    vi.stubEnv(name, 'http://127.0.0.1:1');
  for (const name of ['NO_PROXY', 'no_proxy']) vi.stubEnv(name, '');
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

test('every architecture has official weights, over HTTPS, each in a file of its own', () => {
  expect(Object.keys(sources).sort()).toEqual(Object.keys(architectures).sort());
  const files = Object.values(sources).map(cachedFile);
  expect(new Set(files).size).toBe(files.length);
  for (const [name, { url, checksum, licence }] of Object.entries(sources)) {
    expect(url).toMatch(/^https:\/\/(storage\.googleapis\.com|download\.pytorch\.org)\/.*\.(h5|pth)$/);
    expect(licence).toMatch(/^(Apache-2\.0|BSD-3-Clause)$/);
    const length = url.endsWith('.pth') ? 8 : 32;
    if (checksum) expect(checksum.hex, name).toMatch(new RegExp(`^[0-9a-f]{${length}}$`));
    else expect(name).toMatch(/^mobilenet(v2)?(-|$)/);
  }
});

test('sizes are about four bytes per parameter', () => {
  for (const { name, bytes, parameters } of listModels()) {
    // torchvision's files have the classifier too, and Keras' of small networks much beside their weights.
    expect(bytes, name).toBeGreaterThan(3.9 * parameters);
    expect(bytes, name).toBeLessThan(5.4 * parameters + 9e6);
  }
});

test('without a network, a network by name says which file to put where', async () => {
  await expect(loadModel('densenet121')).rejects.toMatchObject({
    code: 'download-failed',
    message: expect.stringMatching(
      /^cannot download https:\/\/storage\.googleapis\.com\/.*: the connection was refused\. To use densenet121 without a network, get that file on another machine and put it at .*weights.densenet121_weights_tf_dim_ordering_tf_kernels_notop\.h5$/,
    ),
  });
});

const weights = sharedData('weights/mobilenet_2_5_224_tf_no_top.h5');

test.skipIf(!weights)(
  `a file put there is used${weights ? '' : ' (skipped: the shared weights are absent)'}`,
  async () => {
    const file = cachedFile(sources['mobilenet-0.25']!);
    mkdirSync(path.dirname(file));
    writeFileSync(file, readFileSync(weights!));
    const base = await loadModel('mobilenet-0.25');
    expect(base).toMatchObject({ source: 'mobilenet-0.25', preprocess: 'minus-one-one', size: 224 });
    expect(base.network.sha256).toBe(createHash('sha256').update(readFileSync(weights!)).digest('hex'));
    expect(listModels().find(({ name }) => name === 'mobilenet-0.25')!.cached).toBe(true);
    expect(listModels().find(({ name }) => name === 'mobilenet')!.cached).toBe(false);
  },
);

test('a file there that is not the published one is named, and fetching replaces it', async () => {
  const file = cachedFile(sources.resnet18!);
  mkdirSync(path.dirname(file));
  writeFileSync(file, 'something else');
  await expect(officialWeights('resnet18')).rejects.toMatchObject({
    code: 'weights-damaged',
    message: expect.stringMatching(
      /is not what is published for resnet18: its sha256 is [0-9a-f]{8} instead of f37072fd; get it again with: transfuse models fetch resnet18$/,
    ),
  });
  await expect(fetchWeights('resnet18')).rejects.toMatchObject({ code: 'download-failed' });
  await expect(officialWeights('resnet18')).rejects.toMatchObject({ code: 'download-failed' });
});

test('names that are none', async () => {
  await expect(officialWeights('resnet19')).rejects.toMatchObject({
    code: 'no-source',
    message: expect.stringMatching(/no official weights are known for resnet19; they are for densenet121, /),
  });
  await expect(loadModel('resnet19')).rejects.toMatchObject({
    code: 'unknown-model',
    message: expect.stringMatching(
      /neither a file nor a built-in network; those are builtin and what `transfuse models` lists$/,
    ),
  });
});
