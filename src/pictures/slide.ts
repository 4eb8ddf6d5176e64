/**
 * @file A stained slide seen in transmitted light: every pixel holds an amount of two dyes, and light falls off
 * exponentially with them (Beer and Lambert), so that what overlaps darkens as it does under a microscope.
 */
import { type Canvas, type Placement, type Plane, span } from './canvas.js';
import type { Colour } from './colour.js';

/** What a unit of each dye lets through, and the light that comes from below. */
export interface Stain {
  readonly light: Colour;
  /** Colour of the light behind a unit amount of each dye, from white; each channel in (0, 1]. */
  readonly dyes: readonly [Colour, Colour];
}

export class Slide {
  /** Amounts of the two dyes, row by row. */
  readonly dyes: readonly [Float32Array, Float32Array];

  /** @param size width and height in pixels */
  constructor(readonly size: number) {
    this.dyes = [new Float32Array(size * size), new Float32Array(size * size)];
  }

  /**
   * Calls `visit` for each pixel within `reach` radii of a placement, with the pixel's index and its place in the
   * placement's own coordinates (unit radius, turned with it).
   */
  over(place: Placement, reach: number, visit: (pixel: number, x: number, y: number) => void): void {
    const { size } = this;
    const far = place.radius * reach;
    const [left, right] = span(place.x - far, place.x + far, size);
    const [top, bottom] = span(place.y - far, place.y + far, size);
    const cosine = Math.cos(place.angle) / place.radius;
    const sine = Math.sin(place.angle) / place.radius;
    for (let j = top; j < bottom; j++) {
      const dy = (j + 0.5) / size - 0.5 - place.y;
      for (let i = left; i < right; i++) {
        const dx = (i + 0.5) / size - 0.5 - place.x;
        visit(j * size + i, dx * cosine + dy * sine, dy * cosine - dx * sine);
      }
    }
  }

  /** Adds to a dye what `amountAt` gives in the placement's own coordinates. */
  add(dye: 0 | 1, place: Placement, reach: number, amountAt: Plane): void {
    const amounts = this.dyes[dye];
    this.over(place, reach, (pixel, x, y) => {
      amounts[pixel] += amountAt(x, y);
    });
  }

  /** Covers a canvas of the same size with the light that comes through. */
  view(stain: Stain, canvas: Canvas): void {
    const [one, two] = this.dyes;
    for (let c = 0; c < 3; c++) {
      const absorbOne = Math.log(stain.dyes[0][c]);
      const absorbTwo = Math.log(stain.dyes[1][c]);
      const light = stain.light[c];
      for (let pixel = 0; pixel < one.length; pixel++) {
        canvas.rgb[3 * pixel + c] = light * Math.exp(absorbOne * one[pixel] + absorbTwo * two[pixel]);
      }
    }
  }
}
