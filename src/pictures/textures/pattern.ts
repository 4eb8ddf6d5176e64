/**
 * @file Classes that are a pattern of the plane. A row gives the pattern; here it is turned, scaled, bent, seen
 * at a slant, blotched, coloured, and sometimes shown only in a part of the picture.
 */

import type { Random } from '../../random.js';
import { type Canvas, coverage, smoothstep } from '../canvas.js';
import { Palette } from '../colour.js';
import { norm } from '../distance.js';
import { cloudField } from '../noise.js';
import { drawBackdrop, naturalClouds } from './backdrop.js';
import type { PictureClass } from './picture-class.js';

/** The pattern's value, in about [0, 1], at (u, v) in periods; `pixel` is the size of a pixel in periods. */
export type Pattern = (u: number, v: number, pixel: number) => number;

export interface PatternView {
  /** Least and most periods across the picture. */
  readonly periods: readonly [least: number, most: number];
  /** Bends the plane by up to this many periods (default 0.25). */
  readonly bend?: number;
  /** Width over height of a period varies by up to this factor (default 1.3). */
  readonly stretch?: number;
  /** Up to how far, in radians, it may be turned either way (default π, any turn). */
  readonly turn?: number;
  /** Whether it may be seen at a slant, so that periods shrink across the picture (default true). */
  readonly slant?: boolean;
  /** Whether (0, 0) lies at the picture's centre (default false: the plane is shifted at random). */
  readonly centred?: boolean;
  /** Whether it may be shown in a part of the picture only (default true). */
  readonly partial?: boolean;
  /** Most depth of the blotches laid over it, as a share of its range per standard deviation (default 0.22). */
  readonly blotch?: number;
}

/** A class drawn as a pattern; `make` is called for each picture, to draw what varies within the pattern. */
export function pattern(name: string, view: PatternView, make: (random: Random) => Pattern): PictureClass {
  return {
    name,
    draw(canvas, random) {
      const field = patternField(canvas, random, view, make(random));
      const palette = new Palette(random);
      blotch(field, canvas.size, random, view.blotch ?? 0.22);
      const ramp = palette.ramp(random.between(0.2, 0.45));
      if ((view.partial ?? true) && random.chance(0.3)) {
        drawBackdrop(canvas, random, palette, random.between(0, 0.3));
        canvas.paintThrough(regionMask(canvas, random), field, ramp);
      } else canvas.paint(field, ramp);
    },
  };
}

/** The pattern over the whole canvas, as seen in one random view. */
function patternField(canvas: Canvas, random: Random, view: PatternView, at: Pattern): Float32Array {
  const { size } = canvas;
  const periods = random.scale(view.periods[0], view.periods[1]);
  const stretch = Math.sqrt(random.scale(1 / (view.stretch ?? 1.3), view.stretch ?? 1.3));
  const turn = (view.turn ?? Math.PI) * random.between(-1, 1);
  const cosine = Math.cos(turn) * periods;
  const sine = Math.sin(turn) * periods;
  const shiftU = view.centred ? 0 : random.between(0, 64);
  const shiftV = view.centred ? 0 : random.between(0, 64);
  const slant = (view.slant ?? true) && random.chance(0.25) ? random.between(-0.7, 0.7) : 0;
  const bend = random.chance(0.6) ? (view.bend ?? 0.25) * random.unit() : 0;
  const bendU = bend > 0 ? cloudField(size, random, random.between(1, 3), 0.3) : undefined;
  const bendV = bend > 0 ? cloudField(size, random, random.between(1, 3), 0.3) : undefined;
  const field = new Float32Array(size * size);
  for (let j = 0, p = 0; j < size; j++) {
    const y = canvas.at(j);
    for (let i = 0; i < size; i++, p++) {
      const x = canvas.at(i);
      const depth = 1 / (1 + slant * y);
      let u = (x * cosine + y * sine) * stretch * depth;
      let v = ((y * cosine - x * sine) / stretch) * depth;
      if (bendU && bendV) {
        u += bend * bendU[p];
        v += bend * bendV[p];
      }
      field[p] = at(u + shiftU, v + shiftV, (periods / size) * depth);
    }
  }
  return field;
}

/** Lays natural blotches over a pattern's values and changes their contrast and tone, in place. */
function blotch(field: Float32Array, size: number, random: Random, deepest: number): void {
  const depth = random.chance(0.7) ? random.between(0, deepest) : 0;
  const clouds = depth > 0 ? naturalClouds(size, random) : undefined;
  const contrast = random.between(0.7, 1.1);
  for (let p = 0; p < field.length; p++) {
    field[p] = 0.5 + contrast * (field[p] - 0.5) + (clouds ? depth * clouds[p] : 0);
  }
}

/** A mask that covers one side, a disc or an irregular part: about half of the picture or more. */
function regionMask(canvas: Canvas, random: Random): Float32Array {
  const { size } = canvas;
  const mask = new Float32Array(size * size);
  const manner = random.integer(0, 2);
  const angle = random.angle();
  const cosine = Math.cos(angle);
  const sine = Math.sin(angle);
  const offset = random.between(-0.22, 0.05);
  const radius = random.between(0.36, 0.5);
  const centreX = random.between(-0.12, 0.12);
  const centreY = random.between(-0.12, 0.12);
  const softness = random.chance(0.6) ? 1.2 / size : random.between(0.02, 0.2);
  const clouds = manner === 2 ? cloudField(size, random, random.between(1, 2.5), 0.4) : undefined;
  for (let j = 0, p = 0; j < size; j++) {
    const y = canvas.at(j);
    for (let i = 0; i < size; i++, p++) {
      const x = canvas.at(i);
      const distance = clouds
        ? 0.15 * (clouds[p] - 0.4)
        : manner === 0
          ? offset - x * cosine - y * sine
          : norm(x - centreX, y - centreY) - radius;
      mask[p] = smoothstep(coverage(distance, softness));
    }
  }
  return mask;
}
