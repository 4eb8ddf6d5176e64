/**
 * @file From canvas to bytes, as a camera would: uneven light, exposure, blur, grain, and sometimes no colour at all.
 */

import { latticeHash, type Random } from '../random.js';
import type { Canvas } from './canvas.js';

/** What the light, the lens and the sensor do to a picture. */
export interface Exposure {
  /** Relative fall of light across the picture (0 none) and its direction in radians. */
  readonly fall: number;
  readonly fallAngle: number;
  /** Relative darkening in the corners. */
  readonly vignette: number;
  /** Factor on the distance from mid-grey, then an offset. */
  readonly contrast: number;
  readonly brightness: number;
  /** Standard deviation of the blur in pixels. */
  readonly blur: number;
  /** Standard deviation of the grain, of 1; `greyGrain` makes it the same in all three channels. */
  readonly grain: number;
  readonly greyGrain: boolean;
  /** Drop the colour. */
  readonly grey: boolean;
}

/** A random everyday exposure: mostly mild, sometimes dim, flat, soft, grainy or without colour. */
export function anyExposure(random: Random, size: number): Exposure {
  const contrast = random.between(0.5, 1);
  return {
    fall: random.chance(0.5) ? random.between(0, 0.5) : 0,
    fallAngle: random.angle(),
    vignette: random.chance(0.25) ? random.between(0, 0.4) : 0,
    contrast,
    brightness: 0.5 * (1 - contrast) * random.between(-1, 1),
    blur: random.chance(0.4) ? random.between(0.2, 0.7) * (size / 64) : 0,
    grain: random.chance(0.6) ? random.between(0, 0.05) : 0,
    greyGrain: random.chance(0.5),
    grey: random.chance(0.15),
  };
}

/** Exposes a canvas: returns size × size × 3 bytes, interleaved. The canvas is used up. */
export function develop(canvas: Canvas, exposure: Exposure, random: Random): Uint8Array {
  illuminate(canvas, exposure);
  blur(canvas, exposure.blur);
  if (exposure.grey) dropColour(canvas);
  const { rgb } = canvas;
  const bytes = new Uint8Array(rgb.length);
  const seed = random.word();
  for (let i = 0; i < rgb.length; i++) {
    let value = rgb[i] * 255 + 0.5;
    if (exposure.grain > 0) value += 255 * exposure.grain * bell(exposure.greyGrain ? (i / 3) | 0 : i, seed);
    bytes[i] = Math.min(255, Math.max(0, value));
  }
  return bytes;
}

/** A nearly normal draw for pixel `index`: the sum of the four bytes of a hash, mean 0, deviation 1, within ±3.46. */
function bell(index: number, seed: number): number {
  const word = latticeHash(index, 0, seed);
  const sum = (word & 255) + ((word >>> 8) & 255) + ((word >>> 16) & 255) + (word >>> 24);
  return (sum - 510) / 147.8;
}

/** Contrast, brightness and uneven light, in place. */
function illuminate(canvas: Canvas, { fall, fallAngle, vignette, contrast, brightness }: Exposure): void {
  const { size, rgb } = canvas;
  const fallX = fall * Math.cos(fallAngle);
  const fallY = fall * Math.sin(fallAngle);
  const lift = 0.5 + brightness - 0.5 * contrast;
  for (let j = 0, p = 0; j < size; j++) {
    const y = canvas.at(j);
    for (let i = 0; i < size; i++) {
      const x = canvas.at(i);
      const light = (1 + fallX * x + fallY * y) * (1 - 2 * vignette * (x * x + y * y));
      for (let c = 0; c < 3; c++, p++) rgb[p] = light * (contrast * rgb[p] + lift);
    }
  }
}

/** The three channels set to their luma, in place. */
function dropColour({ rgb }: Canvas): void {
  for (let p = 0; p < rgb.length; p += 3) {
    rgb[p] = rgb[p + 1] = rgb[p + 2] = 0.299 * rgb[p] + 0.587 * rgb[p + 1] + 0.114 * rgb[p + 2];
  }
}

/**
 * Blur of the given standard deviation in pixels, in place: passes of (k, 1 − 2k, k), each of variance 2k with k at
 * most 1/4, along both axes; edge pixels repeat.
 */
export function blur(canvas: Canvas, deviation: number): void {
  const variance = deviation * deviation;
  if (variance < 1e-4) return;
  const passes = Math.ceil(2 * variance);
  const side = variance / passes / 2;
  for (let pass = 0; pass < passes; pass++) {
    for (let line = 0; line < canvas.size; line++) {
      blurLine(canvas, 3 * line * canvas.size, 3, side);
    }
    for (let line = 0; line < canvas.size; line++) blurLine(canvas, 3 * line, 3 * canvas.size, side);
  }
}

/** One pass over one row or column, all three channels; `start` and `stride` in floats. */
function blurLine({ rgb, size }: Canvas, start: number, stride: number, side: number): void {
  for (let channel = start; channel < start + 3; channel++) {
    let before = rgb[channel];
    for (let i = 0, p = channel; i < size; i++, p += stride) {
      const here = rgb[p];
      const after = i + 1 < size ? rgb[p + stride] : here;
      rgb[p] = here + side * (before + after - 2 * here);
      before = here;
    }
  }
}
