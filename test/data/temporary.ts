/** @file Folders of small generated images that go away after the test. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';
import type { Sample } from '../../src/data/types.js';
import { Random } from '../../src/random.js';

/** An empty folder for one test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'transfuse-data-'));
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files, given by their paths within a folder. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>) {
  for (const [name, content] of Object.entries(files)) {
    const full = path.join(folder, name);
    mkdirSync(path.dirname(full), { recursive: true });
    writeFileSync(full, content);
  }
}

/** An image file as a sample. */
export function fileSample(file: string, target = Float32Array.of(1)): Sample {
  return { source: { kind: 'file', path: file }, id: path.basename(file), target };
}

/** Noise as a PNG; another seed gives another image. */
export async function noisePng(seed: number, width = 10, height = 8): Promise<Buffer> {
  const random = new Random(seed);
  const pixels = Uint8Array.from({ length: width * height * 3 }, () => random.integer(0, 255));
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** Runs as somebody whom permissions bind, which they do not do to root. */
export async function withoutPrivileges<T>(run: () => Promise<T>): Promise<T> {
  const NOBODY = 65534;
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid!(NOBODY);
  try {
    return await run();
  } finally {
    if (isRoot) process.seteuid!(0);
  }
}

/** A temporary folder with these files, all the same small image. */
export async function imageFolder(names: readonly string[]): Promise<string> {
  const folder = temporaryFolder();
  const image = await noisePng(1);
  writeFiles(folder, Object.fromEntries(names.map((name) => [name, image])));
  return folder;
}

/** `prefix-0.png`, `prefix-1.png`, … */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${i}.png`);
}
