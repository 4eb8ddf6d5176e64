/**
 * @file The page that needs nothing but a browser, in a real one: a whole fine-tuning from a folder to adapter and ONNX
 * model, which say in Node what they said in the tab; nothing is asked of any other machine; with and without
 * cross-origin isolation. With UI_SCREENSHOTS=FOLDER it leaves pictures of it to look at.
 */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import * as ort from 'onnxruntime-node';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { decodeAdapter } from '../../src/adapter/adapter.js';
import { writeBloodSmears } from '../../src/pictures/blood-smear.js';
import { predict } from '../../src/runs/predict.js';
import { type TrainResult, train } from '../../src/runs/train.js';
import { sharedData } from '../shared-data.js';
import { expectAccessible } from '../ui/accessible.js';
import { chromiumPath, launchChromium } from '../ui/chromium.js';
import { buildBrowserPage, type StaticHost, serveStatically } from './static-server.js';

const screenshots = process.env.UI_SCREENSHOTS;

const cells = sharedData('data/blood-cells');

/** What the command line is told and what the form is told. */
const settings = { size: '32', epochs: '2', batch: '16' };

const title = 'fine-tuning in a browser tab (skips where there is no Chromium: CHROME_PATH names one)';

describe.skipIf(chromiumPath === undefined)(title, () => {
  vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
  const folder = mkdtempSync(path.join(tmpdir(), 'transfuse-browser-'));
  const at = (...parts: string[]): string => path.join(folder, ...parts);
  const requested = new Set<string>();
  const hosts: StaticHost[] = [];
  const complaints: string[] = [];
  let browser: Browser;
  let page: Page;
  let inNode: TrainResult;

  beforeAll(async () => {
    await Promise.all([
      buildBrowserPage(at('page')),
      writeBloodSmears(at('smears'), {
        seed: 3,
        size: 40,
        train: 32,
        validation: 16,
        test: 16,
        difficulty: 0.2,
      }),
    ]);
    writeFileSync(at('smears/train/parasitized/zz-notes.png'), 'no picture at all');
    inNode = await train(at('smears'), { ...settings, 'max-unreadable': 1, out: at('run'), device: 'cpu' });
    browser = await launchChromium();
    page = await newPage({ isolated: true });
  });

  afterAll(async () => {
    await browser?.close();
    for (const host of hosts) host.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function newPage(how: { isolated: boolean }, from = browser): Promise<Page> {
    const host = await serveStatically(at('page'), how);
    hosts.push(host);
    const opened = await from.newPage({ viewport: { width: 1280, height: 860 }, acceptDownloads: true });
    opened.setDefaultTimeout(240_000);
    opened.on('request', (request) => requested.add(new URL(request.url()).origin));
    opened.on('pageerror', (error) => complaints.push(error.message));
    opened.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await opened.goto(host.url);
    return opened;
  }

  const picture = async (name: string): Promise<void> => {
    if (screenshots === undefined) return;
    mkdirSync(screenshots, { recursive: true });
    await page.screenshot({ path: path.join(screenshots, `${name}.png`), fullPage: true });
  };

  const download = async (name: string, from = page): Promise<string> => {
    const [file] = await Promise.all([
      from.waitForEvent('download'),
      from.getByRole('button', { name }).click(),
    ]);
    await file.saveAs(at(file.suggestedFilename()));
    return at(file.suggestedFilename());
  };

  /** By name, what the page predicts of images: read from the table that it gives away. */
  const predictOnPage = async (files: readonly string[], from = page): Promise<Map<string, number[]>> => {
    const before = await from.locator('.gallery li').count();
    await from.getByLabel('Drop images here').setInputFiles([...files]);
    await from
      .locator('.gallery li')
      .nth(before + files.length - 1)
      .waitFor();
    const table = await download('Download the predictions as CSV', from);
    const [, ...rows] = parse(readFileSync(table, 'utf8')) as string[][];
    return new Map(rows.map(([name, , ...probabilities]) => [name!, probabilities.map(Number)]));
  };

  test('a folder that cannot be learned from is refused in one line', async () => {
    await page.getByLabel('Choose a folder …').setInputFiles(at('smears/train/uninfected'));
    await page.getByRole('alert').filter({ hasText: 'lie in no class folder' }).waitFor();
  });

  test('a folder is opened, an option that is wrong is said, training runs to its end', async () => {
    await page.getByLabel('Choose a folder …').setInputFiles(at('smears'));
    await page.getByRole('heading', { name: 'Training' }).waitFor();
    expect(await page.locator('.data').innerText()).toMatch(/all\s+33\s+16\s+16/);
    await picture('browser-opened');
    await page.getByLabel('epochs', { exact: true }).fill('none');
    await page.getByText('epochs is none; it must be a whole number from 1').waitFor();
    expect(await page.getByRole('button', { name: 'Start training' }).isDisabled()).toBe(true);
    await page.getByText(/^All options/).click();
    for (const [name, value] of Object.entries(settings)) {
      await page.getByLabel(name, { exact: true }).fill(value);
    }
    await page.getByRole('button', { name: 'Start training' }).click();
    await page.getByText(/^Computing on /).waitFor();
    await page.locator('.progress').waitFor();
    await picture('browser-training');
    await page.locator('.state.finished').waitFor();
    expect(await page.locator('.computing').innerText()).toMatch(/WebAssembly, (\d+ threads|one thread)/);
    await page.getByText('cannot read train/parasitized/zz-notes.png: it is text').waitFor();
  });

  test('what it computed is what Node computes from the same seed: split, order, augmentation, steps', async () => {
    const rows = await page.locator('section[aria-labelledby="epochs"] tbody tr').allInnerTexts();
    const shown = rows.map((row) => row.split('\t').slice(2, 5).map(Number));
    expect(shown).toHaveLength(inNode.history.length);
    inNode.history.forEach(({ trainLoss, validationLoss, validationAuc }, i) => {
      [trainLoss, validationLoss, validationAuc!].forEach((value, k) => {
        expect(shown[i]![k]).toBeCloseTo(value, 3);
      });
    });
    const auc = await page.getByRole('row', { name: /^AUC/ }).first().innerText();
    expect(auc).toContain(inNode.metrics.test!.auc.value!.toFixed(3));
  });

  test('its adapter and its ONNX model say in Node what they said in the tab, to 1e-4', async () => {
    const names = imagesIn(at('smears/test/parasitized'), 3);
    const kinds = await writeKinds(at('kinds'), names[0]!);
    const files = [...names, ...kinds];
    const shown = await predictOnPage(files);
    const adapter = await download('Download the adapter');
    expect(decodeAdapter(readFileSync(adapter), adapter)).toMatchObject({
      base: decodeAdapter(readFileSync(at('run/adapter.safetensors')), 'run').base,
      method: 'fc-then-bn',
    });
    expect(shown.size).toBe(files.length);
    await expectInNode(adapter, files, shown);
    const session = await ort.InferenceSession.create(await download('Download the ONNX model'));
    for (const file of names) {
      const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
      const image = new ort.Tensor('uint8', new Uint8Array(data), [1, info.height, info.width, 3]);
      const [p] = (await session.run({ image })).probabilities!.data as Float32Array;
      expect(Math.abs(shown.get(path.basename(file))![1]! - p!)).toBeLessThan(1e-4);
    }
    await picture('browser-finished');
  });

  test('without cross-origin isolation, from an adapter that Node made: the same predictions; training can be stopped', async () => {
    const other = await newPage({ isolated: false });
    expect(await other.evaluate('crossOriginIsolated')).toBe(false);
    await other.getByLabel('Open an adapter …').setInputFiles(at('smears/blood-smears.json'));
    await other.getByRole('alert').filter({ hasText: 'is not a valid safetensors file' }).waitFor();
    await other.getByLabel('Open an adapter …').setInputFiles(at('run/adapter.safetensors'));
    const [file] = imagesIn(at('smears/test/uninfected'), 1) as [string];
    const shown = await predictOnPage([file], other);
    await expectInNode(at('run'), [file], shown);

    await other.getByLabel('Choose a folder …').setInputFiles(at('smears'));
    await other.getByLabel('size', { exact: true }).fill('32');
    await other.getByRole('button', { name: 'Start training' }).click();
    await other.getByText(/^Computing on /).waitFor();
    await other.getByRole('button', { name: 'Stop' }).click();
    await other.locator('.state.stopped').waitFor();
    await other.getByRole('button', { name: 'Start training' }).waitFor();
    await other.close();
  });

  test('on WebGPU, here in software: the same losses (skips where Chromium has no such adapter)', async (context) => {
    const graphical = await launchChromium('--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader');
    try {
      const other = await newPage({ isolated: true }, graphical);
      if (!(await other.evaluate('navigator.gpu?.requestAdapter().then(Boolean)'))) return context.skip();
      await other.getByLabel('Choose a folder …').setInputFiles(at('smears'));
      await other.getByRole('heading', { name: 'Training' }).waitFor();
      await other.getByText(/^All options/).click();
      for (const [name, value] of Object.entries({ ...settings, epochs: '1' })) {
        await other.getByLabel(name, { exact: true }).fill(value);
      }
      await other.getByLabel('device', { exact: true }).selectOption('webgpu');
      await other.getByRole('button', { name: 'Start training' }).click();
      await other.locator('.state.finished').waitFor();
      expect(await other.locator('.computing').innerText()).toContain('WebGPU');
      const rows = await other.locator('section[aria-labelledby="epochs"] tbody tr').allInnerTexts();
      const losses = rows.map((row) => row.split('\t').slice(2, 4).map(Number));
      expect(losses).toHaveLength(2);
      for (const [i, [training, validation]] of losses.entries()) {
        expect(training).toBeCloseTo(inNode.history[i]!.trainLoss, 2);
        expect(validation).toBeCloseTo(inNode.history[i]!.validationLoss, 2);
      }
    } finally {
      await graphical.close();
    }
  });

  test.skipIf(cells === undefined)(
    'real images, JPEG of eight classes: adapter and tab say the same (skips without TRANSFUSE_DATA/blood-cells)',
    async () => {
      for (const name of readdirSync(cells!)) {
        mkdirSync(at('cells', name), { recursive: true });
        for (const file of imagesIn(path.join(cells!, name), 6)) {
          copyFileSync(file, at('cells', name, path.basename(file)));
        }
      }
      await page.getByLabel('Choose a folder …').setInputFiles(at('cells'));
      await page.locator('.facts').filter({ hasText: 'cells' }).first().waitFor();
      for (const [name, value] of Object.entries({ method: 'bn-and-fc', size: '48', epochs: '1' })) {
        await page.getByLabel(name, { exact: true }).fill(value);
      }
      await page.getByRole('button', { name: 'Start training' }).click();
      await page.locator('.state.running').waitFor();
      await page.locator('.state.finished').waitFor();
      const files = readdirSync(at('cells')).flatMap((name) => imagesIn(at('cells', name), 1));
      const shown = await predictOnPage(files);
      await expectInNode(await download('Download the adapter'), files, shown);
      await picture('browser-real-images');
    },
  );

  describe.each([
    ['light', 'laptop', { width: 1280, height: 860 }],
    ['dark', 'phone', { width: 390, height: 844 }],
  ] as const)('%s on a %s', (colorScheme, device, viewport) => {
    test('breaks no rule of accessibility and fits', async () => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      await page.waitForTimeout(300);
      await picture(`browser-${colorScheme}-${device}`);
      await expectAccessible(page);
    });
  });

  test('nothing was asked of any other machine, and the browser had nothing to complain of', () => {
    const origins = [...requested].filter((origin) => origin !== 'null');
    expect(origins).toEqual(hosts.map(({ url }) => new URL(url).origin));
    expect(complaints).toEqual([]);
  });
});

/** The first images of a folder. */
function imagesIn(folder: string, count: number): string[] {
  const names = readdirSync(folder).sort();
  return names.slice(0, count).map((name) => path.join(folder, name));
}

/** Predicts the same images in Node, and expects what the page has said. */
async function expectInNode(
  run: string,
  files: readonly string[],
  shown: ReadonlyMap<string, readonly number[]>,
): Promise<void> {
  const { predictions } = await predict(run, files);
  expect(predictions).toHaveLength(files.length);
  for (const { image, probabilities } of predictions) {
    const found = shown.get(path.basename(image))!;
    probabilities.forEach((p, k) => {
      expect(Math.abs(found[k]! - p), path.basename(image)).toBeLessThan(1e-4);
    });
  }
}

/** One image as the kinds of files whose pixels must be read alike everywhere. */
async function writeKinds(folder: string, from: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const file = (name: string): string => path.join(folder, name);
  const open = () => sharp(from);
  await Promise.all([
    open().grayscale().png().toFile(file('grey.png')),
    open().ensureAlpha(0.6).png().toFile(file('transparent.png')),
    open().toColourspace('rgb16').png().toFile(file('sixteen-bits.png')),
    open().png({ palette: true, colours: 30 }).toFile(file('palette.png')),
    open().webp({ lossless: true }).toFile(file('lossless.webp')),
  ]);
  copyFileSync(from, file('name-of-another-kind.jpg'));
  return [
    'grey.png',
    'transparent.png',
    'sixteen-bits.png',
    'palette.png',
    'lossless.webp',
    'name-of-another-kind.jpg',
  ].map(file);
}
