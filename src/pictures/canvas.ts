/**
 * @file The canvas: a square of linear float colour, on which fields, masks and shapes are laid.
 * Picture coordinates run from −0.5 to 0.5 on both axes, x to the right and y downwards, whatever the size in pixels.
 */
import type { Colour, Ramp } from './colour.js';

/** A scalar function of the plane: a signed distance (negative inside), a density, a pattern. */
export type Plane = (x: number, y: number) => number;

/** Where a shape of unit radius lies: its centre, its radius (picture sides) and its turn (radians). */
export interface Placement {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly angle: number;
}

/**
 * A placement within another's own coordinates.
 * @param away distance of the centres, in radii of the outer one
 * @param angle direction of the inner centre from the outer, turned along with the outer
 * @param radius of the inner, in radii of the outer
 * @param turn of the inner, in picture coordinates
 */
export function within(
  outer: Placement,
  away: number,
  angle: number,
  radius: number,
  turn = angle,
): Placement {
  const out = away * outer.radius;
  const towards = angle + outer.angle;
  return {
    x: outer.x + out * Math.cos(towards),
    y: outer.y + out * Math.sin(towards),
    radius: radius * outer.radius,
    angle: turn,
  };
}

/** The pixel columns (or rows), from and up to, that lie between two picture coordinates. */
export function span(from: number, to: number, size: number): [first: number, end: number] {
  return [Math.max(0, Math.floor((from + 0.5) * size)), Math.min(size, Math.ceil((to + 0.5) * size))];
}

/** How a stamped shape is filled. */
export interface Ink {
  /** Colours at the two ends of a gradient along `slope` (radians, in picture coordinates). */
  readonly from: Colour;
  readonly to: Colour;
  readonly slope: number;
  /** 0 (invisible) to 1 (covers what is below). */
  readonly opacity: number;
  /** A size × size field, mean 0 and deviation 1, that shifts the gradient by `grainDepth` per deviation. */
  readonly grain?: Float32Array;
  readonly grainDepth?: number;
  /** Width of the edge's transition in picture sides; never sharper than a pixel. */
  readonly softness?: number;
}

/** 0 to 1 with zero slope at both ends, from `t` = 0 to `t` = 1. */
export function smoothstep(t: number): number {
  const clamped = Math.min(1, Math.max(0, t));
  return clamped * clamped * (3 - 2 * clamped);
}

/** How far a pixel is covered by a shape whose edge is `distance` away (negative inside), the edge `width` wide. */
export function coverage(distance: number, width: number): number {
  const t = 0.5 - distance / width;
  return Math.min(1, Math.max(0, t));
}

export class Canvas {
  /** Interleaved red, green and blue, nominally in [0, 1]. */
  readonly rgb: Float32Array;

  /** @param size width and height in pixels */
  constructor(readonly size: number) {
    this.rgb = new Float32Array(size * size * 3);
  }

  /** One pixel in picture sides. */
  get pixel(): number {
    return 1 / this.size;
  }

  /** The picture coordinate of a column's or row's centre. */
  at(index: number): number {
    return (index + 0.5) / this.size - 0.5;
  }

  /** Covers everything with a field (0 to 1, clamped) seen through a colour scale. */
  paint(field: Float32Array, ramp: Ramp): void {
    const { rgb } = this;
    for (let i = 0; i < field.length; i++) {
      const value = field[i];
      const step = 3 * (value <= 0 ? 0 : value >= 1 ? 255 : (value * 255 + 0.5) | 0);
      rgb[3 * i] = ramp[step];
      rgb[3 * i + 1] = ramp[step + 1];
      rgb[3 * i + 2] = ramp[step + 2];
    }
  }

  /** Lays a field seen through a colour scale over what is there, as far as `mask` (0 to 1) says. */
  paintThrough(mask: Float32Array, field: Float32Array, ramp: Ramp): void {
    const under = this.rgb.slice();
    this.paint(field, ramp);
    const { rgb } = this;
    for (let i = 0; i < rgb.length; i++) {
      rgb[i] = under[i] + mask[(i / 3) | 0] * (rgb[i] - under[i]);
    }
  }

  /** Lays a shape of unit radius, given by its signed distance, over what is there. */
  stamp(shape: Plane, place: Placement, ink: Ink): void {
    const { size, rgb } = this;
    const { from, to, grain, grainDepth = 0 } = ink;
    const width = Math.max(ink.softness ?? 0, 1.2 * this.pixel);
    const reach = 1.05 * place.radius + width;
    const [left, right] = span(place.x - reach, place.x + reach, size);
    const [top, bottom] = span(place.y - reach, place.y + reach, size);
    const cosine = Math.cos(place.angle) / place.radius;
    const sine = Math.sin(place.angle) / place.radius;
    const slopeX = (0.5 * Math.cos(ink.slope)) / place.radius;
    const slopeY = (0.5 * Math.sin(ink.slope)) / place.radius;
    for (let j = top; j < bottom; j++) {
      const dy = this.at(j) - place.y;
      for (let i = left; i < right; i++) {
        const dx = this.at(i) - place.x;
        const distance = shape(dx * cosine + dy * sine, dy * cosine - dx * sine) * place.radius;
        const alpha = ink.opacity * coverage(distance, width);
        if (alpha <= 0) continue;
        const pixel = j * size + i;
        let t = 0.5 + dx * slopeX + dy * slopeY + (grain ? grainDepth * grain[pixel] : 0);
        t = Math.min(1, Math.max(0, t));
        for (let c = 0; c < 3; c++) {
          const colour = from[c] + t * (to[c] - from[c]);
          rgb[3 * pixel + c] += alpha * (colour - rgb[3 * pixel + c]);
        }
      }
    }
  }
}
