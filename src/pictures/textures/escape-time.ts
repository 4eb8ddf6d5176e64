/** @file Fractals of the complex plane: Julia sets by their parameter, Mandelbrot's set, Newton's basins. */
import type { Random } from '../../random.js';
import { type Pattern, type PatternView, pattern } from './pattern.js';
import type { PictureClass } from './picture-class.js';

type Make = (random: Random) => Pattern;

const LIMIT = 32;

/** Steps until z ← z² + c leaves the circle of radius 4, smoothed and scaled to [0, 1]; 1 where it never does. */
function escapeTime(x: number, y: number, cx: number, cy: number): number {
  let [re, im] = [x, y];
  for (let step = 0; step < LIMIT; step++) {
    const [re2, im2] = [re * re, im * im];
    if (re2 + im2 > 16) {
      const smooth = step + 1 - Math.log2(0.5 * Math.log2(re2 + im2));
      return 0.8 * Math.sqrt(Math.max(0, smooth) / LIMIT);
    }
    im = 2 * re * im + cy;
    re = re2 - im2 + cx;
  }
  return 1;
}

/** The Julia set of a parameter near (cx, cy). */
const julia =
  (cx: number, cy: number, waver = 0.012): Make =>
  (random) => {
    const [ownX, ownY] = [cx + waver * random.between(-1, 1), cy + waver * random.between(-1, 1)];
    const [shiftX, shiftY] = [random.between(-0.4, 0.4), random.between(-0.4, 0.4)];
    return (u, v) => escapeTime(u + shiftX, v + shiftY, ownX, ownY);
  };

/** Mandelbrot's set, or most of it. */
const mandelbrot: Make = (random) => {
  const [shiftX, shiftY] = [random.between(-0.9, -0.4), random.between(-0.3, 0.3)];
  return (u, v) => escapeTime(0, 0, u + shiftX, v + shiftY);
};

/** Newton's iteration for z^n = 1: shaded by the root it finds and the time it takes. */
const newton =
  (degree: number): Make =>
  (random) => {
    const [shiftX, shiftY] = [random.between(-0.5, 0.5), random.between(-0.5, 0.5)];
    const relax = random.between(0.85, 1.15);
    return (u, v) => {
      let [re, im] = [u + shiftX, v + shiftY];
      let step = 0;
      for (; step < 12; step++) {
        let [powerRe, powerIm] = [1, 0];
        for (let k = 1; k < degree; k++)
          [powerRe, powerIm] = [powerRe * re - powerIm * im, powerRe * im + powerIm * re];
        const size = degree * (powerRe * powerRe + powerIm * powerIm) + 1e-9;
        const fullRe = powerRe * re - powerIm * im - 1;
        const fullIm = powerRe * im + powerIm * re;
        const moveRe = (fullRe * powerRe + fullIm * powerIm) / size;
        const moveIm = (fullIm * powerRe - fullRe * powerIm) / size;
        re -= relax * moveRe;
        im -= relax * moveIm;
        if (moveRe * moveRe + moveIm * moveIm < 1e-3) break;
      }
      const root = Math.round((Math.atan2(im, re) / (2 * Math.PI)) * degree);
      return (((root % degree) + degree) % degree) / degree + 0.35 * (step / 12);
    };
  };

const plane = (least: number, most: number): PatternView => ({
  periods: [least, most],
  centred: true,
  bend: 0.04,
  slant: false,
  blotch: 0.08,
});

export const escapeTimeClasses: readonly PictureClass[] = [
  pattern('julia-dendrite', plane(1.6, 2.6), julia(0, 1)),
  pattern('julia-rabbit', plane(1.6, 2.6), julia(-0.123, 0.745)),
  pattern('julia-basilica', plane(1.6, 2.6), julia(-0.8, 0)),
  pattern('julia-spirals', plane(1.4, 2.2), julia(-0.75, 0.11)),
  pattern('julia-dust', plane(1.4, 2.4), julia(-0.52, 0.66)),
  pattern('julia-sea-horses', plane(1.4, 2.2), julia(0.285, 0.01, 0.004)),
  pattern('mandelbrot', plane(1.8, 2.6), mandelbrot),
  pattern('newton-3', plane(1.4, 2.6), newton(3)),
];
