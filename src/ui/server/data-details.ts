/** @file What only looking into the files tells: how large the images are, which cannot be read, which are the same. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import sharp from 'sharp';
import { readImage } from '../../data/image-source.js';
import type { Sample } from '../../data/types.js';
import { labelsOf } from '../../runs/decide.js';
import type { DataDetails, Duplicate } from '../api.js';
import type { OpenData } from './data-opened.js';

/** Sizes are told from so many images, read for so long. */
const MEASURED = 2000;
const MEASURING_MS = 15_000;
const SIZES_SHOWN = 8;
const DUPLICATES_SHOWN = 50;
const AT_ONCE = 4;

export async function detailsOf(data: OpenData): Promise<DataDetails> {
  const samples = data.samples.map(({ sample }) => sample);
  const bytes = await fileSizes(samples);
  const total = [...bytes.values()].reduce((sum, size) => sum + size, 0);
  return { ...(await measure(data)), bytes: total, duplicates: await duplicatesOf(data, bytes) };
}

async function measure({ samples, dicom }: OpenData) {
  const sizes = new Map<string, { width: number; height: number; images: number }>();
  const unreadable: string[] = [];
  const deadline = performance.now() + MEASURING_MS;
  let measured = 0;
  await each(evenly(samples, MEASURED), async ({ sample }) => {
    if (performance.now() > deadline) return;
    try {
      const { width, height } = await sizeOf(sample, dicom);
      const size = sizes.get(`${width}×${height}`) ?? { width, height, images: 0 };
      sizes.set(`${width}×${height}`, { ...size, images: size.images + 1 });
      measured++;
    } catch (error) {
      unreadable.push((error as Error).message);
    }
  });
  const frequent = [...sizes.values()].sort((a, b) => b.images - a.images || b.width - a.width);
  return {
    measured,
    sizes: frequent.slice(0, SIZES_SHOWN),
    differentSizes: frequent.length,
    unreadable: unreadable.slice(0, DUPLICATES_SHOWN),
  };
}

/** By the header where that will do, else by decoding it. */
async function sizeOf({ source }: Sample, dicom: OpenData['dicom']) {
  if (source.kind === 'file' && /\.(jpe?g|png|tiff?|webp)$/i.test(source.path)) {
    const header = await sharp(source.path, { limitInputPixels: false })
      .metadata()
      .catch(() => undefined);
    if (header) {
      const { autoOrient, width, height } = header;
      return autoOrient ?? { width, height };
    }
  }
  return readImage(source, dicom);
}

/** In bytes, of every file that images lie in. */
async function fileSizes(samples: readonly Sample[]): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  await each([...new Set(samples.map(({ source }) => source.path))], async (file) => {
    const found = await stat(file).catch(() => undefined);
    if (found) sizes.set(file, found.size);
  });
  return sizes;
}

/** Files that are equal byte for byte; those of different length need not be opened. */
async function duplicatesOf(
  { samples, dataset }: OpenData,
  bytes: ReadonlyMap<string, number>,
): Promise<Duplicate[] | null> {
  const files = samples.filter(({ sample }) => sample.source.kind === 'file');
  if (files.length === 0) return null;
  let alike = grouped(files, ({ sample }) => String(bytes.get(sample.source.path)));
  for (const digest of [digestOfBeginning, digestOfAll]) {
    const digests = new Map<string, string>();
    await each(alike.flat(), async ({ sample: { source } }) => {
      digests.set(source.path, await digest(source.path).catch(() => source.path));
    });
    alike = alike.flatMap((group) => grouped(group, ({ sample }) => digests.get(sample.source.path)!));
  }
  return alike.slice(0, DUPLICATES_SHOWN).map((group) => {
    const labels = new Set(group.map(({ sample }) => labelsOf(dataset, sample.target).join('|')));
    const splits = new Set(group.map(({ split }) => split));
    const conflict = labels.size > 1 ? 'classes' : splits.size > 1 ? 'splits' : null;
    return { ids: group.map(({ sample }) => sample.id), conflict };
  });
}

/** Only what has company. */
function grouped<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

const BEGINNING = 2 ** 16;

async function digestOfBeginning(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(BEGINNING) });
    return createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('base64');
  } finally {
    await handle.close();
  }
}

async function digestOfAll(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('base64');
}

/** At most so many, from all parts of the list. */
function evenly<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)]);
}

/** A few at a time. */
async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const lane = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}
