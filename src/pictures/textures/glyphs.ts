/** @file Letter-like signs and handwriting: strokes and the way they join. */

import type { Random } from '../../random.js';
import { arc, norm, strokes } from '../distance.js';
import type { Mask } from '../mask.js';
import { drawing } from './drawing.js';
import { objects, oneOrFew } from './objects.js';
import type { PictureClass } from './picture-class.js';

/** A sign of polylines within the unit circle; written with any pen, upright give or take, at any place. */
const glyph = (name: string, lines: readonly (readonly number[])[]): PictureClass =>
  objects(`glyph-${name}`, { layout: oneOrFew(0.35) }, (random) =>
    strokes(lines, random.between(0.08, 0.17)),
  );

/** Letters of a made-up hand, a few short strokes each. */
function scrawlLetter(mask: Mask, random: Random, x: number, y: number, height: number, pen: number): void {
  for (let stroke = random.integer(1, 3); stroke > 0; stroke--) {
    const points: number[] = [];
    for (let corner = random.integer(2, 3); corner > 0; corner--) {
      points.push(x + 0.3 * height * random.pick([-1, 0, 1]), y + 0.5 * height * random.pick([-1, 0, 1]));
    }
    mask.polyline(points, pen);
  }
}

/** Lines of small writing. */
function text(mask: Mask, random: Random): void {
  const height = random.between(0.06, 0.1);
  const pen = 0.09 * height;
  const tilt = random.between(-0.15, 0.15);
  for (let y = -0.5; y < 0.55; y += 1.6 * height) {
    const end = random.between(0.2, 0.55);
    for (let x = -0.45; x < end; x += 0.85 * height) {
      if (random.chance(0.84)) scrawlLetter(mask, random, x, y + tilt * x, height, pen);
    }
  }
}

/** One long line that wanders and crosses itself. */
function scribble(mask: Mask, random: Random): void {
  const pen = random.between(0.006, 0.016);
  let [x, y, angle, curl] = [random.between(-0.3, 0.3), random.between(-0.3, 0.3), random.angle(), 0];
  for (let step = random.integer(90, 150); step > 0; step--) {
    curl = 0.85 * curl + 0.16 * random.normal();
    const home = Math.atan2(-y, -x) - angle;
    angle += curl + 0.35 * norm(x, y) * Math.sin(home);
    const [nextX, nextY] = [x + 0.04 * Math.cos(angle), y + 0.04 * Math.sin(angle)];
    mask.stroke(x, y, nextX, nextY, pen);
    [x, y] = [nextX, nextY];
  }
}

/** Coils like careless handwriting practice. */
function coils(mask: Mask, random: Random): void {
  const pen = random.between(0.006, 0.013);
  const turn = random.angle();
  const size = random.between(0.06, 0.11);
  for (let row = -0.45; row < 0.5; row += 3.1 * size) {
    const points: number[] = [];
    for (let t = -0.6; t < 0.6; t += 0.012) {
      const phase = (t / (0.55 * size)) * Math.PI;
      const x = t + size * Math.cos(phase);
      const y = row + size * Math.sin(phase);
      points.push(x * Math.cos(turn) - y * Math.sin(turn), x * Math.sin(turn) + y * Math.cos(turn));
    }
    mask.polyline(points, pen);
  }
}

export const glyphClasses: readonly PictureClass[] = [
  glyph('a', [
    [-0.6, 0.8, 0, -0.8, 0.6, 0.8],
    [-0.35, 0.2, 0.35, 0.2],
  ]),
  glyph('e', [
    [0.45, -0.8, -0.45, -0.8, -0.45, 0.8, 0.45, 0.8],
    [-0.45, 0, 0.3, 0],
  ]),
  glyph('h', [
    [-0.5, -0.8, -0.5, 0.8],
    [0.5, -0.8, 0.5, 0.8],
    [-0.5, 0, 0.5, 0],
  ]),
  glyph('l', [[-0.4, -0.8, -0.4, 0.8, 0.5, 0.8]]),
  glyph('s', [[...arc(0, -0.38, 0.4, -0.05, -0.75, 8), ...arc(0, 0.4, 0.4, -0.25, 0.45, 8)]]),
  glyph('t', [
    [-0.6, -0.75, 0.6, -0.75],
    [0, -0.75, 0, 0.85],
  ]),
  glyph('u', [[-0.5, -0.8, -0.5, 0.3, ...arc(0, 0.3, 0.5, 0.5, 0, 8), 0.5, -0.8]]),
  glyph('v', [[-0.6, -0.75, 0, 0.85, 0.6, -0.75]]),
  glyph('x', [
    [-0.6, -0.7, 0.6, 0.7],
    [0.6, -0.7, -0.6, 0.7],
  ]),
  glyph('y', [
    [-0.6, -0.8, 0, 0, 0.6, -0.8],
    [0, 0, 0, 0.85],
  ]),
  drawing('glyph-text', text),
  drawing('glyph-scribble', scribble),
  drawing('glyph-coils', coils),
];
