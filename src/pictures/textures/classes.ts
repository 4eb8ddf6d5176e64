/**
 * @file The pre-training set: every family's classes in one list, and a picture of any of them by number.
 * Many classes drawn by formulas teach a network edges, textures and shapes that carry over to photographs
 * (Kataoka et al. 2020, fractals; Baradad et al. 2021, noise: diverse pictures with natural spectra do best).
 */
import { internal } from '../../errors.js';
import { Random } from '../../random.js';
import { Canvas } from '../canvas.js';
import { anyExposure, develop } from '../develop.js';
import { blobClasses } from './blobs.js';
import { branchingClasses } from './branching.js';
import { cellularClasses } from './cellular.js';
import { compositeClasses } from './composites.js';
import { dotClasses } from './dots.js';
import { escapeTimeClasses } from './escape-time.js';
import { fractalClasses } from './fractals.js';
import { glyphClasses } from './glyphs.js';
import { noiseClasses } from './noise.js';
import type { PictureClass } from './picture-class.js';
import { shadingClasses } from './shading.js';
import { shapeClasses } from './shapes.js';
import { tilingClasses } from './tilings.js';
import { waveClasses } from './waves.js';

/** All classes, in the order of their numbers. */
export const classes: readonly PictureClass[] = [
  ...noiseClasses,
  ...waveClasses,
  ...tilingClasses,
  ...cellularClasses,
  ...dotClasses,
  ...shapeClasses,
  ...glyphClasses,
  ...fractalClasses,
  ...escapeTimeClasses,
  ...branchingClasses,
  ...blobClasses,
  ...shadingClasses,
  ...compositeClasses,
];

/** The names of the classes, in the order of their numbers. */
export const pretrainingClasses: readonly string[] = classes.map(({ name }) => name);

/**
 * Draws one picture of a class.
 * @param classIndex index into `pretrainingClasses`
 * @param seed a safe integer; the same index, seed and size give the same bytes
 * @param size width and height in pixels (32 or more)
 * @returns size × size × 3 bytes: rows from the top, red, green, blue interleaved
 */
export function drawPretrainingPicture(classIndex: number, seed: number, size: number): Uint8Array {
  const chosen = classes[classIndex];
  if (!chosen)
    throw internal(`there is no pre-training class ${classIndex}, only 0 to ${classes.length - 1}`);
  const random = new Random(seed, classIndex);
  const canvas = new Canvas(size);
  chosen.draw(canvas, random);
  return develop(canvas, anyExposure(random, size), random);
}
