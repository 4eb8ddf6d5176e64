/**
 * @file Fractals of points and curves: iterated function systems played as a chaos game (Barnsley), Koch's boundaries
 * and space-filling curves. Within a class the system's numbers waver by a few per cent.
 */

import { Random } from '../../random.js';
import type { Mask } from '../mask.js';
import { drawing } from './drawing.js';
import type { PictureClass } from './picture-class.js';

/** x' = a x + b y + e, y' = c x + d y + f, chosen with the given weight. */
type AffineMap = readonly [a: number, b: number, c: number, d: number, e: number, f: number, weight: number];

/** The map that scales by `ratio`, turns by `angle` (radians) and moves by (e, f). */
const similar = (ratio: number, angle: number, e: number, f: number): AffineMap => {
  const [cosine, sine] = [ratio * Math.cos(angle), ratio * Math.sin(angle)];
  return [cosine, -sine, sine, cosine, e, f, ratio * ratio];
};

/** `count` copies of size `ratio` around a circle, turned along with it where `turned`. */
const flake = (count: number, ratio: number, middle: boolean): AffineMap[] => {
  const around = Array.from({ length: count }, (_, i) => {
    const angle = (2 * Math.PI * i) / count;
    return similar(ratio, 0, (1 - ratio) * Math.cos(angle), (1 - ratio) * Math.sin(angle));
  });
  return middle ? [...around, similar(ratio, Math.PI / count, 0, 0)] : around;
};

const fern: readonly AffineMap[] = [
  [0, 0, 0, 0.18, 0, 0, 0.03],
  [0.85, 0.04, -0.04, 0.85, 0, 1.6, 0.75],
  [0.2, -0.26, 0.23, 0.22, 0, 1.6, 0.11],
  [-0.15, 0.28, 0.26, 0.24, 0, 0.44, 0.11],
];

const dragon = [similar(Math.SQRT1_2, Math.PI / 4, 0, 0), similar(Math.SQRT1_2, (3 * Math.PI) / 4, 1, 0)];

const levy = [similar(Math.SQRT1_2, Math.PI / 4, 0, 0), similar(Math.SQRT1_2, -Math.PI / 4, 0.5, 0.5)];

const carpet = [-1, 0, 1].flatMap((i) =>
  [-1, 0, 1].filter((j) => i !== 0 || j !== 0).map((j) => similar(1 / 3, 0, (2 * i) / 3, (2 * j) / 3)),
);

const spiralSystem = [similar(0.92, 0.35, 0, 0), similar(0.3, 0, 0.9, 0.2)];

/** A system drawn by chance: contractions with random turns, stretches and shifts (after Kataoka et al. 2020). */
const chanceSystem = (seed: number): AffineMap[] => {
  const random = new Random(seed);
  return Array.from({ length: random.integer(2, 4) }, (): AffineMap => {
    const long = random.between(0.45, 0.85);
    const short = long * random.between(0.35, 0.95) * random.sign();
    const [turn, skew] = [random.angle(), random.angle()];
    const [p, q, r, s] = [Math.cos(turn), Math.sin(turn), Math.cos(skew), Math.sin(skew)];
    const a = p * long * r - q * short * s;
    const b = -p * long * s - q * short * r;
    const c = q * long * r + p * short * s;
    const d = -q * long * s + p * short * r;
    return [a, b, c, d, random.between(-1, 1), random.between(-1, 1), Math.abs(a * d - b * c) + 0.05];
  });
};

/** A class drawn from one iterated function system. */
const system = (name: string, maps: readonly AffineMap[]): PictureClass =>
  drawing(`fractal-${name}`, (mask, random) => {
    const waver = random.between(0, 0.05);
    const own = maps.map(
      (map) => map.map((value) => value * (1 + waver * random.between(-1, 1))) as unknown as AffineMap,
    );
    const points = chaosGame(own, random, 5 * mask.size * mask.size * random.between(0.4, 1));
    plot(mask, random, points);
  });

/** Plays the chaos game: `count` points of the attractor as a flat list of x, y. */
function chaosGame(maps: readonly AffineMap[], random: Random, count: number): Float64Array {
  const total = maps.reduce((sum, map) => sum + map[6], 0);
  const turns = new Uint8Array(256);
  let filled = 0;
  maps.forEach((map, i) => {
    const share = Math.max(1, Math.round((256 * map[6]) / total));
    turns.fill(i, filled, (filled += share));
  });
  turns.fill(0, filled);
  const points = new Float64Array(2 * Math.ceil(count));
  let [x, y] = [0.1, 0.1];
  for (let i = -20, word = 0; 2 * i < points.length; i++) {
    word = (i & 3) === 0 ? random.word() : word >>> 8;
    const [a, b, c, d, e, f] = maps[turns[word & 255]];
    [x, y] = [a * x + b * y + e, c * x + d * y + f];
    if (i >= 0) {
      points[2 * i] = x;
      points[2 * i + 1] = y;
    }
  }
  return points;
}

/** Plots points so that their bounding box fits the picture, more or less, in a random pose; dense places saturate. */
function plot(mask: Mask, random: Random, points: Float64Array): void {
  let [left, right, top, bottom] = [points[0], points[0], points[1], points[1]];
  for (let i = 0; i < points.length; i += 2) {
    left = Math.min(left, points[i]);
    right = Math.max(right, points[i]);
    top = Math.min(top, points[i + 1]);
    bottom = Math.max(bottom, points[i + 1]);
  }
  const scale = random.between(0.8, 1.2) / Math.max(right - left, bottom - top);
  const turn = random.angle();
  const [cosine, sine] = [scale * Math.cos(turn), scale * Math.sin(turn) * random.sign()];
  const [middleX, middleY] = [(left + right) / 2, (top + bottom) / 2];
  const [shiftX, shiftY] = [random.between(-0.1, 0.1), random.between(-0.1, 0.1)];
  const hand = random.sign();
  for (let i = 0; i < points.length; i += 2) {
    const x = hand * (points[i] - middleX);
    const y = points[i + 1] - middleY;
    mask.point(x * cosine - y * sine + shiftX, x * sine + y * cosine + shiftY, 1);
  }
  const { cover } = mask;
  const thickness = random.between(0.25, 0.7);
  for (let p = 0; p < cover.length; p++) cover[p] = 1 - Math.exp(-thickness * cover[p]);
}

/** Replaces every side of a closed polygon by a scaled copy of `motif`, a flat list from (0, 0) to (1, 0). */
function replaceSides(points: readonly number[], motif: readonly number[]): number[] {
  const replaced: number[] = [];
  for (let i = 0; i < points.length; i += 2) {
    const k = (i + 2) % points.length;
    const [dx, dy] = [points[k] - points[i], points[k + 1] - points[i + 1]];
    for (let m = 0; m < motif.length - 2; m += 2) {
      replaced.push(
        points[i] + motif[m] * dx - motif[m + 1] * dy,
        points[i + 1] + motif[m] * dy + motif[m + 1] * dx,
      );
    }
  }
  return replaced;
}

/** A filled polygon of `sides` whose sides are replaced `depth` times; `height` gives the motif in each picture. */
const koch = (
  name: string,
  sides: number,
  depth: number,
  motifOf: (random: Random) => number[],
): PictureClass =>
  drawing(`fractal-${name}`, (mask, random) => {
    const turn = random.angle();
    const radius = random.between(0.26, 0.4);
    const [x, y] = [random.between(-0.12, 0.12), random.between(-0.12, 0.12)];
    let points = Array.from({ length: sides }, (_, i) => {
      const angle = turn + (2 * Math.PI * i) / sides;
      return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
    }).flat();
    for (let round = 0; round < depth; round++) points = replaceSides(points, motifOf(random));
    mask.fill(points);
  });

const tooth = (height: number) => [0, 0, 0.333, 0, 0.5, height, 0.667, 0, 1, 0];

/** A coast: sides broken at a random point, to a random side, anew for each side. */
function coast(mask: Mask, random: Random): void {
  const radius = random.between(0.26, 0.36);
  const turn = random.angle();
  let points = Array.from({ length: 5 }, (_, i) => {
    const angle = turn + (2 * Math.PI * (i + 0.5 * random.unit())) / 5;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  }).flat();
  for (let round = 0; round < 6; round++) {
    const broken: number[] = [];
    for (let i = 0; i < points.length; i += 2) {
      const k = (i + 2) % points.length;
      const [dx, dy] = [points[k] - points[i], points[k + 1] - points[i + 1]];
      const out = random.between(-0.42, 0.42);
      broken.push(
        points[i],
        points[i + 1],
        points[i] + 0.5 * dx - out * dy,
        points[i + 1] + 0.5 * dy + out * dx,
      );
    }
    points = broken;
  }
  mask.fill(points);
}

/** A curve written by an L-system: `rules` rewrite, F draws, + and − turn by `turn` radians. */
const curve = (
  name: string,
  axiom: string,
  rules: Readonly<Record<string, string>>,
  rounds: readonly [number, number],
  turn: number,
): PictureClass =>
  drawing(`fractal-${name}`, (mask, random) => {
    let word = axiom;
    for (let round = random.integer(rounds[0], rounds[1]); round > 0; round--) {
      word = [...word].map((letter) => rules[letter] ?? letter).join('');
    }
    const points = [0, 0];
    let [x, y, angle] = [0, 0, 0];
    for (const letter of word) {
      if (letter === '+') angle += turn;
      else if (letter === '-') angle -= turn;
      else if (letter === 'F' || letter === 'G') {
        x += Math.cos(angle);
        y += Math.sin(angle);
        points.push(x, y);
      }
    }
    fitCurve(mask, random, points);
  });

/** Draws a curve so that it fits the picture, in a random pose, with a pen a fraction of its step wide. */
function fitCurve(mask: Mask, random: Random, points: readonly number[]): void {
  const xs = points.filter((_, i) => i % 2 === 0);
  const ys = points.filter((_, i) => i % 2 === 1);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = random.between(0.65, 1.05) / Math.max(right - left, bottom - top);
  const pose = random.angle();
  const [cosine, sine] = [scale * Math.cos(pose), scale * Math.sin(pose)];
  const [shiftX, shiftY] = [random.between(-0.1, 0.1), random.between(-0.1, 0.1)];
  const placed = xs.flatMap((px, i) => {
    const [x, y] = [px - (left + right) / 2, ys[i] - (top + bottom) / 2];
    return [x * cosine - y * sine + shiftX, x * sine + y * cosine + shiftY];
  });
  mask.polyline(placed, scale * random.between(0.16, 0.28));
}

export const fractalClasses: readonly PictureClass[] = [
  system('fern', fern),
  system('gasket', flake(3, 0.5, false)),
  system('carpet', carpet),
  system('box-flake', flake(4, 0.34, true)),
  system('pentagon-flake', flake(5, 0.382, false)),
  system('hexagon-flake', flake(6, 0.334, true)),
  system('dragon', dragon),
  system('levy', levy),
  system('spiral', spiralSystem),
  system('chance-3', chanceSystem(3)),
  system('chance-4', chanceSystem(4)),
  system('chance-6', chanceSystem(6)),
  system('chance-12', chanceSystem(12)),
  system('chance-15', chanceSystem(15)),
  system('chance-17', chanceSystem(17)),
  system('chance-24', chanceSystem(24)),
  system('chance-27', chanceSystem(27)),
  koch('snowflake', 3, 3, (random) => tooth(-random.between(0.24, 0.3))),
  koch('snowflake-inward', 4, 3, (random) => tooth(random.between(0.24, 0.32))),
  drawing('fractal-coast', coast),
  curve('hilbert', 'A', { A: '-BF+AFA+FB-', B: '+AF-BFB-FA+' }, [3, 4], Math.PI / 2),
  curve('gosper', 'F', { F: 'F-G--G+F++FF+G-', G: '+F-GG--G-F++F+G' }, [3, 3], Math.PI / 3),
];
