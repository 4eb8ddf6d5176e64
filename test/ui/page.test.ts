/**
 * @file The page in a real browser: a whole fine-tuning from choosing a folder to a downloaded model, by keyboard alone
 * where people choose and start; what is wrong is said; nothing is asked of any other machine; light and dark, laptop
 * and phone, as accessible as axe can tell. With UI_SCREENSHOTS=FOLDER it leaves pictures of every view to look at.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeBloodSmears } from '../../src/pictures/blood-smear.js';
import { writeImages } from '../runs/example-run.js';
import { expectAccessible } from './accessible.js';
import { chromiumPath, launchChromium } from './chromium.js';
import { uiCommand } from './command.js';

const screenshots = process.env.UI_SCREENSHOTS;

const title = 'the page in Chromium (skips where there is none: CHROME_PATH names one)';

describe.skipIf(chromiumPath === undefined)(title, () => {
  const { folder, url } = uiCommand(buildPage);
  const at = (...parts: string[]): string => path.join(folder, ...parts);
  const requested = new Set<string>();
  const complaints: string[] = [];
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    await writeBloodSmears(at('smears'), {
      seed: 3,
      size: 32,
      train: 64,
      validation: 24,
      test: 24,
      difficulty: 0.2,
    });
    await writeImages(at('lonely'), { classes: ['cat'], each: 4 });
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1280, height: 860 }, acceptDownloads: true });
    page.setDefaultTimeout(120_000);
    page.on('request', (request) => requested.add(new URL(request.url()).origin));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // That an address answered with a refusal is no complaint: the page is to show it.
      if (message.type() === 'error' && !/status of 4/.test(message.text())) complaints.push(message.text());
    });
    await page.goto(url().href);
  });

  afterAll(async () => {
    await browser?.close();
  });

  const picture = async (name: string, whole = true): Promise<void> => {
    if (screenshots === undefined) return;
    mkdirSync(screenshots, { recursive: true });
    await page.screenshot({ path: path.join(screenshots, `${name}.png`), fullPage: whole });
  };

  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };

  /** Tabs on until what has the focus is called so, as somebody without a mouse does. */
  const tabTo = async (name: string | RegExp, most = 80): Promise<void> => {
    for (let i = 0; i < most; i++) {
      await press('Tab');
      if (matches(name, await focused())) return;
    }
    throw new Error(`no Tab leads to ${name}; the last was at ${await focused()}`);
  };

  /** The name of what has the focus. */
  const focused = (): Promise<string> =>
    page.evaluate(`(() => {
      const element = document.activeElement;
      const label = element.labels?.[0]?.textContent;
      return (element.getAttribute('aria-label') ?? label ?? element.textContent ?? '').trim();
    })()`);

  const goTo = async (hash: string): Promise<void> => {
    await page.goto(new URL(`/#/${hash}`, url()).href);
  };

  test('an address without the key is refused, and the key does not stay in the address', async () => {
    expect(page.url()).toBe(new URL('/', url()).href);
    const stranger = await browser.newContext();
    const answer = await (await stranger.newPage()).goto(new URL('/', url()).href);
    expect(answer!.status()).toBe(401);
    await stranger.close();
    await page.getByText('There are no runs yet.').waitFor();
    await picture('no-runs');
  });

  test.each([
    ['no such folder', 'nowhere', /cannot open data .*nowhere: it does not exist/],
    ['one class only', 'lonely', /has only one class folder, cat; at least two are needed/],
  ])('%s is said in one line', async (_, name, line) => {
    await goTo('new');
    await page.getByLabel('Folder of class folders').fill(at(name));
    await press('Enter');
    // What was said before may stand there for a moment still.
    const alert = page.getByRole('alert').filter({ hasText: line });
    await alert.waitFor();
    expect(await alert.count()).toBe(1);
    await picture(`refused-${name}`);
  });

  test('by keyboard alone: a folder is chosen, looked into, an option changed, training started', async () => {
    await goTo('');
    await page.reload();
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
    await press('Tab');
    expect(await focused()).toBe('Skip to the content');
    await tabTo('New run');
    await press('Enter');
    await page.getByRole('heading', { name: 'New run' }).waitFor();
    expect(await focused()).toBe('New run');
    await tabTo(/^Folder of class folders/);
    await tabTo('Browse …');
    await press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Choose a folder of images' });
    await dialog.getByRole('listitem').first().waitFor();
    await press('Escape');
    await dialog.waitFor({ state: 'hidden' });

    await page.getByLabel('Folder of class folders').focus();
    await press('Control+A');
    await page.keyboard.type(at('smears'));
    await press('Enter');
    await page.getByRole('heading', { name: 'Training' }).waitFor();
    await page.getByText('equal files').waitFor();
    expect(await page.locator('.samples img').count()).toBe(12);
    await page.locator('.samples img').first().scrollIntoViewIfNeeded();
    // Asked anew each time: a condition that polls within the page is evaluated there, which its policy forbids.
    const width = (): Promise<number> => page.evaluate(`document.querySelector('.samples img').naturalWidth`);
    await expect.poll(width, { timeout: 120_000 }).toBeGreaterThan(0);

    await tabTo(/^epochs/);
    await page.keyboard.type('none');
    await page.getByText('epochs is none; it must be a whole number from 1').waitFor();
    await picture('new-run');
    await press('Control+A');
    await page.keyboard.type('60');
    await tabTo(/^out/);
    await page.keyboard.type('by-keyboard');
    await tabTo(/^All options/);
    await press('Enter');
    await tabTo(/^batch/);
    await page.keyboard.type('2');
    await tabTo(/^patience/);
    await page.keyboard.type('60');
    await picture('all-options');
    await tabTo('Start training');
    await press('Enter');
    await page.getByRole('heading', { name: 'by-keyboard' }).waitFor();
  });

  test('loss, AUC, rate, time left and moving layers are seen live; it is stopped, and goes on after a reload', async () => {
    await page.getByText(/^bn: epoch \d+ of at most 60$/).waitFor();
    await page.getByText('Which layers move').waitFor();
    await page.getByText(/\d+ of 32 · .* left/).waitFor();
    const facts = await page.locator('.facts').innerText();
    expect(facts).toMatch(/training loss\s+\d\.\d{3}/);
    expect(facts).toMatch(/validation AUC\s+\d\.\d{3}/);
    // A plateau may already have cut the rate.
    expect(facts).toMatch(/learning rate\s+(0\.001|\d[\d.]*e-\d+)/);
    expect(await page.locator('.curve polyline').count()).toBeGreaterThan(2);
    const bars = page.locator('rect.bar.c2').first();
    const before = Number(await bars.getAttribute('height'));
    expect(before).toBeGreaterThan(0);
    await picture('training');
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.locator('.state.stopped').waitFor();
    await page.reload();
    await page.locator('.state.stopped').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.locator('.state.running').waitFor();
    await page.locator('.state.finished').waitFor({ timeout: 280_000 });
    await picture('finished');
  });

  test('the figures, the images with heatmaps, and a dropped image are looked at', async () => {
    const views = page.getByRole('navigation', { name: 'Views of this run' });
    await views.getByRole('link', { name: 'Results' }).click();
    await page
      .getByRole('img', { name: /^ROC: uninfected, area/ })
      .first()
      .waitFor();
    await picture('results');
    await views.getByRole('link', { name: 'Images' }).click();
    await page.getByRole('radio', { name: 'Least certain' }).check();
    await page
      .getByRole('button', { name: /^Look closer at test\// })
      .first()
      .click();
    await page.getByRole('button', { name: /^parasitized/ }).click();
    await page.getByRole('img', { name: 'Heatmap about parasitized, beside the image' }).waitFor();
    await picture('heatmap', false);
    await press('Escape');
    await views.getByRole('link', { name: 'Predict' }).click();
    await page
      .getByLabel('Drop images here')
      .setInputFiles([at('smears/test/parasitized/01.png'), at('smears/blood-smears.json')]);
    await page.getByText('cannot read blood-smears.json: it is text').waitFor();
    await page.getByText('01.png').waitFor();
    await picture('predicted');
  });

  test('adapter, report and ONNX model are downloaded, and the model says what the page says', async () => {
    const shown = await page
      .locator('.gallery li', { hasText: '01.png' })
      .locator('.probabilities li', { hasText: 'uninfected' })
      .locator('b')
      .innerText();
    await page.getByText('Download', { exact: true }).click();
    const download = async (name: RegExp): Promise<string> => {
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name }).click(),
      ]);
      await file.saveAs(at(file.suggestedFilename()));
      return at(file.suggestedFilename());
    };
    const model = await download(/^ONNX model/);
    expect(path.basename(model)).toBe('by-keyboard.onnx');
    const session = await ort.InferenceSession.create(model);
    const { data, info } = await sharp(at('smears/test/parasitized/01.png'))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const image = new ort.Tensor('uint8', new Uint8Array(data), [1, info.height, info.width, 3]);
    const { probabilities } = await session.run({ image });
    expect(100 * Number(probabilities!.data[0])).toBeCloseTo(Number.parseFloat(shown), 0);
    expect(readFileSync(await download(/^Adapter/)).length).toBeLessThan(1e6);
    expect(readFileSync(await download(/^Report/), 'utf8')).toContain('by-keyboard');
    const [report] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('link', { name: 'Open report' }).click(),
    ]);
    await report.getByRole('heading', { level: 1 }).waitFor();
    await report.close();
  });

  test('a second run with other settings is compared with the first', async () => {
    await goTo(`new?data=${encodeURIComponent(at('smears'))}`);
    await page.getByLabel('method', { exact: true }).fill('fc');
    await page.getByLabel('epochs', { exact: true }).fill('2');
    await page.getByLabel('out', { exact: true }).fill('head-only');
    await page.getByRole('button', { name: 'Start training' }).click();
    await page.locator('.state.finished').waitFor();
    await goTo('');
    await page.getByRole('checkbox', { name: 'Compare by-keyboard' }).check();
    await page.getByRole('checkbox', { name: 'Compare head-only' }).check();
    await page.getByRole('link', { name: 'Compare 2 runs' }).click();
    await page.getByRole('heading', { name: 'Do they differ?' }).waitFor();
    await page.getByRole('img', { name: /^ROC curves: by-keyboard, area/ }).waitFor();
    await picture('compared');
  });

  const run = () => `run?id=${encodeURIComponent(at('runs/by-keyboard'))}`;
  const views: readonly [string, () => string, string][] = [
    ['runs', () => '', '.run-list'],
    ['new', () => `new?data=${encodeURIComponent(at('smears'))}`, '.samples'],
    ['training', run, '.chart .bar'],
    ['results', () => `${run()}&tab=results`, '.confusion'],
    ['images', () => `${run()}&tab=images`, '.choice'],
    ['predict', () => `${run()}&tab=predict`, '.drop'],
    [
      'compare',
      () =>
        `compare?${['by-keyboard', 'head-only'].map((name) => `run=${encodeURIComponent(at('runs', name))}`).join('&')}`,
      '.pair',
    ],
  ];

  describe.each([
    ['light', 'laptop', { width: 1280, height: 860 }],
    ['dark', 'phone', { width: 390, height: 844 }],
  ] as const)('%s on a %s', (colorScheme, device, viewport) => {
    test.each(views)('%s breaks no rule of accessibility and fits', async (name, hash, ready) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      await goTo(hash());
      await page.locator(ready).first().waitFor();
      await page.waitForTimeout(500);
      await picture(`${name}-${colorScheme}-${device}`);
      await expectAccessible(page);
    });
  });

  test('nothing was asked of any other machine, and the browser had nothing to complain of', () => {
    expect([...requested].filter((origin) => origin !== 'null')).toEqual([new URL(url()).origin]);
    expect(complaints).toEqual([]);
  });
});

function matches(name: string | RegExp, text: string): boolean {
  return typeof name === 'string' ? text === name : name.test(text);
}

async function buildPage(outDir: string): Promise<void> {
  const { build } = await import('vite');
  const root = path.resolve(import.meta.dirname, '../../src/ui/page');
  await build({ root, configFile: path.join(root, 'vite.config.ts'), build: { outDir }, logLevel: 'warn' });
}
