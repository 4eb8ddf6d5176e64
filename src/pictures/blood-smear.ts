/**
 * @file Stained blood smears with and without malaria parasites, drawn: one picture, or a folder of them by class.
 * They are nobody's blood; they serve to show and to test fine-tuning where no images may be had.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { TransfuseError } from '../errors.js';
import { cannotWrite, writeFileAtomic } from '../files/atomic.js';
import { makeFolder } from '../files/make-folder.js';
import { Random } from '../random.js';
import { Canvas } from './canvas.js';
import { develop } from './develop.js';
import { Slide } from './slide.js';
import { conditionsAt, drawn, type SmearConditions } from './smear-conditions.js';
import { layParasites, laySmear } from './smear-scene.js';
import { straying } from './smear-stain.js';

export interface BloodSmearOptions {
  /** A safe integer. The same seed with and without parasites gives the same smear but for the parasites. */
  readonly seed: number;
  /** Width and height in pixels (32 or more). */
  readonly size: number;
  /** Whether red cells hold parasites. */
  readonly parasites: boolean;
  /** From 0 (plain) to 1 (hard); 0.5 unless given. Sets all conditions. */
  readonly difficulty?: number;
  /** Conditions that replace those of the difficulty. */
  readonly conditions?: Partial<SmearConditions>;
}

/**
 * Draws one smear.
 * @returns size × size × 3 bytes: rows from the top, red, green, blue interleaved
 */
export function drawBloodSmear(options: BloodSmearOptions): Uint8Array {
  const { seed, size, parasites, difficulty = 0.5 } = options;
  const conditions = { ...conditionsAt(difficulty), ...options.conditions };
  const slide = new Slide(size);
  const redCells = laySmear(slide, conditions, new Random(seed, 1));
  if (parasites) layParasites(slide, redCells, conditions, new Random(seed, 2));

  const camera = new Random(seed, 3);
  const canvas = new Canvas(size);
  slide.view(straying(camera, drawn(camera, conditions.stainShift), drawn(camera, conditions.light)), canvas);
  const exposure = {
    fall: drawn(camera, conditions.unevenness),
    fallAngle: camera.angle(),
    vignette: 0.5 * drawn(camera, conditions.unevenness),
    contrast: 1,
    brightness: 0,
    blur: drawn(camera, conditions.blur) * (size / 64),
    grain: drawn(camera, conditions.noise),
    greyGrain: false,
    grey: false,
  };
  return develop(canvas, exposure, camera);
}

export interface BloodSmearSet {
  readonly seed: number;
  /** Width and height in pixels (32 or more). */
  readonly size: number;
  /** How many pictures each part has; half of them, or one fewer, with parasites. */
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  /** As for a single smear. */
  readonly difficulty?: number;
  readonly conditions?: Partial<SmearConditions>;
}

/** The file that says which set a folder holds. */
const STAMP = 'blood-smears.json';
const PARTS = ['train', 'val', 'test'] as const;
const CLASSES = ['uninfected', 'parasitized'] as const;
/** Raised whenever the same options come to draw other pictures. */
const DRAWING = 1;
const AT_ONCE = 16;

/**
 * Writes a set of smears as PNG files, `train`, `val` and `test`, each with a folder per class: `uninfected` and
 * `parasitized`. Does nothing where the folder already holds this very set, and replaces another set of smears.
 * @throws TransfuseError `folder-not-empty` where the folder holds anything else, `cannot-write` with the reason
 */
export async function writeBloodSmears(folder: string, set: BloodSmearSet): Promise<void> {
  const stamp = JSON.stringify({ drawing: DRAWING, ...set, complete: true });
  const present = await stampIn(folder);
  if (present === stamp) return;
  const unfinished = JSON.stringify({ drawing: DRAWING, ...set, complete: false });
  try {
    for (const part of PARTS) await rm(path.join(folder, part), { recursive: true, force: true });
    await makeFolder(folder);
    await writeFileAtomic(path.join(folder, STAMP), unfinished);
    const counts = [set.train, set.validation, set.test];
    for (const [i, part] of PARTS.entries()) await writePart(path.join(folder, part), set, i, counts[i]);
    await writeFileAtomic(path.join(folder, STAMP), stamp);
  } catch (error) {
    throw error instanceof TransfuseError ? error : cannotWrite(folder, error);
  }
}

/** The stamp of the folder; undefined where it is absent or empty. */
async function stampIn(folder: string): Promise<string | undefined> {
  const present = await readdir(folder).catch((): string[] => []);
  if (present.length === 0) return undefined;
  if (present.includes(STAMP)) return readFile(path.join(folder, STAMP), 'utf8');
  throw new TransfuseError(
    'folder-not-empty',
    `${folder} holds other files; name a new folder, or one that blood smears were written to before`,
  );
}

/** Writes one part: `count` pictures, uninfected and parasitized by turns, each from a seed of its own. */
async function writePart(folder: string, set: BloodSmearSet, part: number, count: number): Promise<void> {
  const { seed, size, difficulty, conditions } = set;
  for (const name of CLASSES) await makeFolder(path.join(folder, name));
  const digits = String(count - 1).length;
  for (let start = 0; start < count; start += AT_ONCE) {
    const length = Math.min(AT_ONCE, count - start);
    await Promise.all(
      Array.from({ length }, async (_, offset) => {
        const index = start + offset;
        const own = new Random(seed, part, index).word();
        const pixels = drawBloodSmear({
          seed: own,
          size,
          parasites: index % 2 === 1,
          difficulty,
          conditions,
        });
        const file = path.join(folder, CLASSES[index % 2], `${String(index).padStart(digits, '0')}.png`);
        await sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
          .png()
          .toFile(file);
      }),
    );
  }
}
