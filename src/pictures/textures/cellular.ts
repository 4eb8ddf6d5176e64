/** @file Cellular classes: what the nearest of strewn points makes of the plane (Voronoi cells, cracks, pebbles). */

import { latticeUnit, type Random } from '../../random.js';
import { coverage } from '../canvas.js';
import { norm } from '../distance.js';
import { type CellHit, cellularNoise, gradientNoise, newCellHit } from '../noise.js';
import { type Pattern, pattern } from './pattern.js';
import type { PictureClass } from './picture-class.js';

/** What a cell's hit becomes; `edge` is the approximate distance to the cell's edge, `seed` the picture's own. */
type Look = (hit: CellHit, edge: number, pixel: number, seed: number) => number;

const shadeOf = (hit: CellHit, seed: number) => latticeUnit(hit.cell | 0, 1, seed);

/** Cells with one point per unit square, `across` times finer along v. */
const cells =
  (look: Look, { jitter = 0.95, across = 1 } = {}) =>
  (random: Random): Pattern => {
    const seed = random.word();
    const hit = newCellHit();
    return (u, v, pixel) => {
      cellularNoise(u, v * across, seed, jitter, hit);
      return look(hit, 0.5 * (hit.second - hit.nearest), pixel * Math.sqrt(across), seed);
    };
  };

const cracks =
  (half: number): Look =>
  (_hit, edge, pixel) =>
    1 - coverage(edge - half, pixel);

const flat: Look = (hit, _edge, _pixel, seed) => shadeOf(hit, seed);

const mosaic: Look = (hit, edge, pixel, seed) =>
  (0.35 + 0.65 * shadeOf(hit, seed)) * (1 - coverage(edge - 0.06, pixel));

const pebbles: Look = (hit, edge, _pixel, seed) =>
  Math.min(1, 3.5 * edge) ** 0.6 * (0.55 + 0.45 * shadeOf(hit, seed));

const bubbles: Look = (hit, edge, pixel) =>
  coverage(Math.abs(edge - 0.09) - 0.05, pixel) * 0.7 + 0.3 * Math.min(1, 2 * hit.nearest);

const pits: Look = (hit) => 1.1 * hit.nearest;

/** Epithelium: pale cells, thin walls, and in each a round nucleus off its centre. */
const epithelium: Look = (hit, edge, pixel, seed) => {
  const nucleus = coverage(
    norm(hit.dx + 0.05, hit.dy) - 0.15 - 0.1 * latticeUnit(hit.cell | 0, 2, seed),
    pixel + 0.05,
  );
  return 0.75 + 0.15 * shadeOf(hit, seed) - 0.3 * coverage(edge - 0.03, pixel) - 0.65 * nucleus;
};

/** Facets: each cell a plane that slopes its own way. */
const facets: Look = (hit, _edge, _pixel, seed) => {
  const angle = 2 * Math.PI * shadeOf(hit, seed);
  return 0.5 + 0.6 * (hit.dx * Math.cos(angle) + hit.dy * Math.sin(angle));
};

/** Each cell ruled in its own direction. */
const grains: Look = (hit, _edge, pixel, seed) => {
  const angle = 2 * Math.PI * shadeOf(hit, seed);
  const along = 3.2 * (hit.dx * Math.cos(angle) + hit.dy * Math.sin(angle));
  return coverage(Math.abs(along - Math.round(along)) - 0.25, 3.2 * pixel);
};

/** Two sizes of crack, a coarse net and a fine one within it. */
const craquelure = (random: Random): Pattern => {
  const seed = random.word();
  const hit = newCellHit();
  return (u, v, pixel) => {
    cellularNoise(u, v, seed, 0.95, hit);
    const coarse = coverage(0.5 * (hit.second - hit.nearest) - 0.045, pixel);
    cellularNoise(3 * u, 3 * v, seed + 1, 0.95, hit);
    const fine = coverage(0.5 * (hit.second - hit.nearest) - 0.07, 3 * pixel);
    return 1 - Math.max(coarse, 0.5 * fine);
  };
};

/** Cells whose walls waver, as leaf skin seen from above. */
const jigsaw = (random: Random): Pattern => {
  const seed = random.word();
  const hit = newCellHit();
  return (u, v, pixel) => {
    const du = 0.28 * gradientNoise(3 * u, 3 * v, seed + 1);
    const dv = 0.28 * gradientNoise(3 * u, 3 * v, seed + 2);
    cellularNoise(u + du, v + dv, seed, 0.6, hit);
    return mosaic(hit, 0.5 * (hit.second - hit.nearest), 1.5 * pixel, seed);
  };
};

export const cellularClasses: readonly PictureClass[] = [
  pattern('cells-cracks', { periods: [4, 8] }, cells(cracks(0.05))),
  pattern('cells-thick-walls', { periods: [4, 8] }, cells(cracks(0.16))),
  pattern('cells-flat', { periods: [4, 9] }, cells(flat)),
  pattern('cells-mosaic', { periods: [4, 8] }, cells(mosaic)),
  pattern('cells-pebbles', { periods: [4, 9] }, cells(pebbles)),
  pattern('cells-pebbles-fine', { periods: [12, 18] }, cells(pebbles)),
  pattern('cells-bubbles', { periods: [3, 7] }, cells(bubbles)),
  pattern('cells-pits', { periods: [4, 9] }, cells(pits)),
  pattern('cells-epithelium', { periods: [4, 8] }, cells(epithelium, { jitter: 0.7 })),
  pattern('cells-facets', { periods: [3, 7] }, cells(facets)),
  pattern('cells-grains', { periods: [2.5, 4.5] }, cells(grains)),
  pattern('cells-craquelure', { periods: [2, 4] }, craquelure),
  pattern('cells-jigsaw', { periods: [4, 7] }, jigsaw),
  pattern('cells-elongated', { periods: [2.5, 4.5] }, cells(mosaic, { across: 3.5 })),
  pattern('cells-regular', { periods: [5, 9] }, cells(pebbles, { jitter: 0.35 })),
];
