/** @file A real browser for tests: an installed Chromium, never downloaded. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** Where Chromium is: what CHROME_PATH says, or a usual place; undefined where there is none (tests must then skip). */
export const chromiumPath: string | undefined = [process.env.CHROME_PATH, ...usualPlaces].find(
  (place) => place !== undefined && existsSync(place),
);

export function launchChromium(...args: readonly string[]): Promise<Browser> {
  // Its sandbox needs rights that root and containers do not have; it opens nothing but our own page.
  return chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', ...args] });
}
