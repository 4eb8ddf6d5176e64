/** @file Tiles, bricks, scales, weaves and mazes: hard-edged patterns that repeat. */

import { latticeHash, latticeUnit, type Random } from '../../random.js';
import { coverage } from '../canvas.js';
import { norm } from '../distance.js';
import { type Pattern, pattern } from './pattern.js';
import type { PictureClass } from './picture-class.js';
import { toWhole } from './waves.js';

type Make = (random: Random) => Pattern;

const ROOT3 = Math.sqrt(3);

/** A tile of its own shade (0 to 1) with a dark joint around it; `edge` is the distance to the tile's edge. */
const joint = (shade: number, edge: number, half: number, pixel: number) =>
  (0.5 + 0.5 * shade) * (1 - coverage(edge - half, pixel));

const grid: Make = (random) => {
  const half = random.between(0.06, 0.1);
  return (u, v, pixel) => coverage(Math.min(toWhole(u), toWhole(v)) - half, pixel);
};

/** 1 and −1 by turns along a line, anti-aliased. */
const turns = (t: number, pixel: number) => 2 * coverage(toWhole(0.5 * t) - 0.25, 0.5 * pixel) - 1;

const checkers: Make = () => (u, v, pixel) => 0.5 + 0.5 * turns(u, pixel) * turns(v, pixel);

const bricks: Make = (random) => {
  const seed = random.word();
  const half = random.between(0.06, 0.1);
  const shift = random.pick([0.5, 0.5, 0.33]);
  return (u, v, pixel) => {
    const row = Math.floor(v);
    const along = 0.45 * u + shift * row;
    const edge = Math.min(toWhole(along) / 0.45, toWhole(v));
    return joint(latticeUnit(Math.floor(along), row, seed), edge, half, pixel);
  };
};

/** A hexagon of unit width: how far its edge is from a point inside, and its place on a lattice of half steps. */
interface Hexagon {
  edge: number;
  column: number;
  row: number;
}

const hexagonEdge = (du: number, dv: number) =>
  0.5 - Math.max(Math.abs(du), 0.5 * Math.abs(du) + 0.866 * Math.abs(dv));

/** The hexagon around a point, written into `found`. */
function hexagonAt(u: number, v: number, found: Hexagon): Hexagon {
  const i = Math.round(u);
  const j = Math.round(v / ROOT3);
  const k = Math.floor(u);
  const l = Math.floor(v / ROOT3);
  const even = hexagonEdge(u - i, v - j * ROOT3);
  const odd = hexagonEdge(u - k - 0.5, v - (l + 0.5) * ROOT3);
  found.edge = Math.max(even, odd);
  found.column = even > odd ? 2 * i : 2 * k + 1;
  found.row = even > odd ? 2 * j : 2 * l + 1;
  return found;
}

const honeycomb: Make = (random) => {
  const seed = random.word();
  const half = random.between(0.05, 0.1);
  const alike = random.chance(0.5);
  const hexagon: Hexagon = { edge: 0, column: 0, row: 0 };
  return (u, v, pixel) => {
    const { edge, column, row } = hexagonAt(u, v, hexagon);
    return joint(alike ? 0.6 : latticeUnit(column, row, seed), edge, half, pixel);
  };
};

const triangles: Make = (random) => {
  const seed = random.word();
  return (u, v) => {
    const row = Math.floor(v / 0.866);
    const skewed = u - 0.577 * v;
    const other = u + 0.577 * v;
    return latticeUnit(Math.floor(skewed) + 57 * Math.floor(other), row, seed);
  };
};

const diamonds: Make = (random) => {
  const half = random.between(0.07, 0.12);
  return (u, v, pixel) => {
    const a = u + 0.55 * v;
    const b = u - 0.55 * v;
    const inner = Math.max(toWhole(a + 0.5), toWhole(b + 0.5)) < 0.2 ? 0.5 : 0;
    return Math.max(coverage(Math.min(toWhole(a), toWhole(b)) - half, pixel), inner);
  };
};

/** Round-ended scales (of a fish, a roof), each row over the next. */
const scales: Make = () => (u, v, pixel) => {
  let row = Math.floor(v);
  for (; ; row++) {
    const across = u + 0.5 * (row & 1);
    const dx = across - Math.round(across);
    const radius = norm(dx, 0.75 * (v - row));
    if (radius < 0.56 || row > v) {
      const rim = coverage(0.47 - radius, pixel);
      return Math.max(0, 0.85 - 0.8 * radius) * (1 - 0.8 * rim);
    }
  }
};

/** Boards laid two by two at right angles. */
const basket: Make = () => (u, v, pixel) => {
  const lying = (Math.floor(u) + Math.floor(v)) & 1;
  const [along, across] = lying ? [u, v] : [v, u];
  const edge = Math.min(toWhole(along), toWhole(3 * across) / 3);
  return (0.55 + 0.3 * lying) * (1 - coverage(edge - 0.045, pixel));
};

/** Threads that pass over and under one another, each with its roundness shaded. */
const weave =
  (over: number, step: number): Make =>
  () =>
  (u, v) => {
    const i = Math.floor(u);
    const j = Math.floor(v);
    const repeat = over + 1;
    const warpAbove = (((i * step + j) % repeat) + repeat) % repeat === 0;
    const roundU = 1 - 4 * (u - i - 0.5) ** 2;
    const roundV = 1 - 4 * (v - j - 0.5) ** 2;
    return warpAbove ? 0.3 + 0.7 * Math.sqrt(Math.max(0, roundU)) : 0.65 * Math.sqrt(Math.max(0, roundV));
  };

/** Bricks in a herringbone: each brick 1 × 2, turned against its neighbours. */
const herringbone: Make = (random) => {
  const seed = random.word();
  return (u, v, pixel) => {
    const i = Math.floor(u);
    const j = Math.floor(v);
    const phase = (((i - j) % 4) + 4) % 4;
    const lying = phase < 2;
    const head = lying ? i - phase : i;
    const foot = lying ? j : j - (3 - phase);
    const along = lying ? u - head : v - foot;
    const across = lying ? v - j : u - i;
    const edge = Math.min(along, 2 - along, across, 1 - across);
    return joint(latticeUnit(head, foot, seed), edge, 0.07, pixel);
  };
};

/** Truchet tiles: two quarter circles per tile, turned by chance, join into winding paths. */
const arcs: Make = (random) => {
  const seed = random.word();
  const half = random.between(0.09, 0.17);
  return (u, v, pixel) => {
    const i = Math.floor(u);
    const j = Math.floor(v);
    const x = latticeHash(i, j, seed) & 64 ? u - i : 1 - (u - i);
    const y = v - j;
    const edge = Math.min(Math.abs(norm(x, y) - 0.5), Math.abs(norm(1 - x, 1 - y) - 0.5));
    return coverage(edge - half, pixel);
  };
};

/** A diagonal per tile, one way or the other: a maze of slanting walls. */
const maze: Make = (random) => {
  const seed = random.word();
  const half = random.between(0.08, 0.13);
  return (u, v, pixel) => {
    const x = u - Math.floor(u);
    const y = v - Math.floor(v);
    const rising = latticeHash(Math.floor(u), Math.floor(v), seed) & 64;
    const wall = rising ? Math.abs(x + y - 1) : Math.abs(x - y);
    return coverage(Math.SQRT1_2 * wall - half, pixel);
  };
};

/** Squares, each of its own shade: an image enlarged. */
const pixels: Make = (random) => {
  const seed = random.word();
  return (u, v) => latticeUnit(Math.floor(u), Math.floor(v), seed);
};

/** Upright or level walls on the edges of a grid, present by chance. */
const rooms: Make = (random) => {
  const seed = random.word();
  const half = random.between(0.06, 0.11);
  return (u, v, pixel) => {
    const i = Math.round(u);
    const j = Math.round(v);
    const upright = latticeUnit(i, Math.floor(v), seed) < 0.5 ? Math.abs(u - i) : 1;
    const level = latticeUnit(Math.floor(u), j, seed + 1) < 0.5 ? Math.abs(v - j) : 1;
    return coverage(Math.min(upright, level) - half, pixel);
  };
};

/** Plus signs in a grid. */
const pluses: Make = (random) => {
  const arm = random.between(0.28, 0.4);
  const half = random.between(0.08, 0.13);
  return (u, v, pixel) => {
    const a = toWhole(u);
    const b = toWhole(v);
    return coverage(Math.max(Math.min(a, b) - half, Math.max(a, b) - arm), pixel);
  };
};

/** Cubes seen from a corner: rhombi in three shades. */
const cubes: Make = (random) => {
  const shades = random.chance(0.5) ? [0.05, 0.5, 0.95] : [0.95, 0.05, 0.5];
  const hexagon: Hexagon = { edge: 0, column: 0, row: 0 };
  return (u, v) => {
    const { column, row } = hexagonAt(u, v, hexagon);
    const angle = Math.atan2(v - 0.5 * row * ROOT3, u - 0.5 * column) / (2 * Math.PI);
    const turn = angle + 0.75;
    return shades[Math.floor((turn - Math.floor(turn)) * 3)];
  };
};

/** Rectangles cut in two again and again, by chance. */
const rectangles: Make = (random) => {
  const seed = random.word();
  return (u, v, pixel) => {
    let [left, top] = [4 * Math.floor(u / 4), 4 * Math.floor(v / 4)];
    let [width, height] = [4, 4];
    let name = latticeHash(left, top, seed) | 0;
    for (let cut = 0; cut < 5 && (cut < 2 || latticeUnit(name, cut, seed + 1) < 0.75); cut++) {
      const where = 0.3 + 0.4 * latticeUnit(name, cut, seed);
      const upright = width > height;
      const beyond = upright ? u - left > where * width : v - top > where * height;
      if (upright) {
        if (beyond) left += where * width;
        width *= beyond ? 1 - where : where;
      } else {
        if (beyond) top += where * height;
        height *= beyond ? 1 - where : where;
      }
      name = latticeHash(name, beyond ? 1 : 2, seed) | 0;
    }
    const edge = Math.min(u - left, left + width - u, v - top, top + height - v);
    return joint(latticeUnit(name, 9, seed), edge, 0.06, pixel);
  };
};

/** Houndstooth: a 4 × 4 twill of two colours. */
const houndstooth: Make = () => (u, v) => {
  const i = Math.floor(4 * u) & 7;
  const j = Math.floor(4 * v) & 7;
  const warp = ((i - j) & 3) < 2;
  return (warp ? i : j) < 4 ? 0.05 : 0.95;
};

export const tilingClasses: readonly PictureClass[] = [
  pattern('tiles-grid', { periods: [4, 9] }, grid),
  pattern('tiles-checkers', { periods: [5, 11] }, checkers),
  pattern('tiles-bricks', { periods: [5, 9] }, bricks),
  pattern('tiles-honeycomb', { periods: [4, 8] }, honeycomb),
  pattern('tiles-triangles', { periods: [4, 8], stretch: 1.1 }, triangles),
  pattern('tiles-diamonds', { periods: [3, 6] }, diamonds),
  pattern('tiles-scales', { periods: [4, 8] }, scales),
  pattern('tiles-basket', { periods: [3, 6] }, basket),
  pattern('tiles-weave', { periods: [6, 12] }, weave(1, 1)),
  pattern('tiles-twill', { periods: [7, 12] }, weave(3, 1)),
  pattern('tiles-herringbone', { periods: [5, 9] }, herringbone),
  pattern('tiles-arcs', { periods: [4, 8] }, arcs),
  pattern('tiles-maze', { periods: [5, 9] }, maze),
  pattern('tiles-pixels', { periods: [5, 12] }, pixels),
  pattern('tiles-rooms', { periods: [5, 9] }, rooms),
  pattern('tiles-pluses', { periods: [4, 8] }, pluses),
  pattern('tiles-cubes', { periods: [3, 6], stretch: 1.1 }, cubes),
  pattern('tiles-rectangles', { periods: [5, 9] }, rectangles),
  pattern('tiles-houndstooth', { periods: [3, 5] }, houndstooth),
];
