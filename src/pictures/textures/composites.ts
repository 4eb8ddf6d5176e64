/**
 * @file Composites: figures told from their ground by texture alone, fillings, symmetries, nests, nets and traces.
 * What they share with other classes is the material; what sets them apart is how it is put together.
 */

import type { Random } from '../../random.js';
import { coverage } from '../canvas.js';
import { box, ellipse, norm, polygon } from '../distance.js';
import type { Mask } from '../mask.js';
import { cellularNoise, fractalNoise, gradientNoise, newCellHit } from '../noise.js';
import { drawing } from './drawing.js';
import { type Pattern, type PatternView, pattern } from './pattern.js';
import type { PictureClass } from './picture-class.js';
import { toWhole } from './waves.js';

type Make = (random: Random) => Pattern;

const whole: PatternView = { periods: [0.95, 1.15], centred: true, bend: 0.02, slant: false, partial: false };

const symmetric: PatternView = { ...whole, bend: 0, blotch: 0.06 };

/** A figure of random shape and place; 1 inside, 0 outside. */
function figure(random: Random): Pattern {
  const shape = random.pick([box(0.75, 0.75), ellipse(0.75), polygon(3), polygon(6), ellipse(1)]);
  const radius = random.between(0.24, 0.36);
  const [x, y] = [random.between(-0.14, 0.14), random.between(-0.14, 0.14)];
  return (u, v, pixel) => coverage(shape((u - x) / radius, (v - y) / radius) * radius, pixel);
}

/** Figure and ground each with its own texture. */
const apart =
  (textures: (random: Random) => readonly [figure: Pattern, ground: Pattern]): Make =>
  (random) => {
    const [inside, outside] = textures(random);
    const within = figure(random);
    return (u, v, pixel) => {
      const share = within(u, v, pixel);
      return (
        share * (share > 0 ? inside(u, v, pixel) : 0) + (1 - share) * (share < 1 ? outside(u, v, pixel) : 0)
      );
    };
  };

/** A grating of `count` periods per picture, turned by `turn`. */
const grating = (count: number, turn: number, phase = 0): Pattern => {
  const [cosine, sine] = [count * Math.cos(turn), count * Math.sin(turn)];
  return (u, v) => 0.5 + 0.5 * Math.cos(2 * Math.PI * (u * cosine + v * sine + phase));
};

const grain =
  (seed: number, count: number, depth: number): Pattern =>
  (u, v) =>
    0.5 + depth * gradientNoise(count * u, count * v, seed);

const plain =
  (value: number): Pattern =>
  () =>
    value;

const byTurn = apart((random) => {
  const count = random.between(7, 11);
  return [grating(count, random.between(0.9, 1.57)), grating(count, 0)];
});

const byPhase = apart((random) => {
  const count = random.between(5, 8);
  return [grating(count, 0, 0.5), grating(count, 0)];
});

const byScale = apart((random) => {
  const seed = random.word();
  const [fine, coarse] = [
    grain(seed, random.between(15, 20), 0.6),
    grain(seed + 1, random.between(5, 7), 0.6),
  ];
  return random.chance(0.5) ? [fine, coarse] : [coarse, fine];
});

const byContrast = apart((random) => {
  const [seed, count] = [random.word(), random.between(10, 16)];
  const [strong, weak] = [grain(seed, count, 0.7), grain(seed, count, 0.12)];
  return random.chance(0.5) ? [strong, weak] : [weak, strong];
});

/** A slight local veil: the same texture, a little lighter within a soft-edged figure. */
const veil: Make = (random) => {
  const [seed, count] = [random.word(), random.between(4, 9)];
  const lift = random.between(0.22, 0.32) * random.sign();
  const [x, y, radius] = [random.between(-0.2, 0.2), random.between(-0.2, 0.2), random.between(0.16, 0.26)];
  const falloff = { octaves: 3, gain: 0.6, lacunarity: 2 };
  return (u, v) => {
    const texture = 0.5 + 0.28 * fractalNoise(count * u, count * v, seed, falloff);
    const ragged = 0.3 * gradientNoise(5 * u, 5 * v, seed + 9);
    return texture + lift * Math.exp(-((norm(u - x, v - y) / radius + ragged) ** 2));
  };
};

/** A figure filled with a texture, on a plain ground. */
const filled = (texture: (random: Random) => Pattern): Make =>
  apart((random) => [texture(random), plain(random.pick([0.05, 0.95, 0.5]))]);

const stripes = (random: Random): Pattern => grating(random.between(9, 14), random.angle());

const spots = (random: Random): Pattern => {
  const count = random.between(9, 13);
  return (u, v, pixel) => coverage(norm(toWhole(count * u), toWhole(count * v)) - 0.27, count * pixel);
};

const checks = (random: Random): Pattern => {
  const count = random.between(8, 12);
  return (u, v) => ((Math.floor(count * u) + Math.floor(count * v)) & 1 ? 0.95 : 0.05);
};

const crackle = (random: Random): Pattern => {
  const [seed, count, hit] = [random.word(), random.between(9, 13), newCellHit()];
  return (u, v, pixel) => {
    cellularNoise(count * u, count * v, seed, 0.9, hit);
    return 1 - coverage(0.5 * (hit.second - hit.nearest) - 0.1, count * pixel);
  };
};

const fuzz = (random: Random): Pattern => grain(random.word(), random.between(14, 20), 0.8);

/** Noise folded about `mirrors` axes through a point near the centre. */
const kaleidoscope =
  (mirrors: number): Make =>
  (random) => {
    const seed = random.word();
    const [x, y] = [random.between(-0.12, 0.12), random.between(-0.12, 0.12)];
    const sector = Math.PI / mirrors;
    const count = random.between(3.5, 6);
    const falloff = { octaves: 2, gain: 0.45, lacunarity: 2 };
    return (u, v) => {
      const radius = count * norm(u - x, v - y);
      const angle = Math.abs(Math.atan2(v - y, u - x));
      const folded = sector * Math.abs(((angle / sector + 1) % 2) - 1);
      return 0.5 + 0.9 * fractalNoise(radius * Math.cos(folded), radius * Math.sin(folded), seed, falloff);
    };
  };

/** One patch of noise, again and again: a wallpaper. */
const wallpaper: Make = (random) => {
  const seed = random.word();
  const falloff = { octaves: 2, gain: 0.6, lacunarity: 2 };
  const detail = random.between(2, 3.2);
  return (u, v) => {
    const [x, y] = [Math.abs(u - 2 * Math.round(u / 2)), v - Math.floor(v)];
    const blend = Math.min(1, 5 * y);
    const here = fractalNoise(detail * x, detail * y, seed, falloff);
    const wrapped = fractalNoise(detail * x, detail * (y + 1), seed, falloff);
    return 0.5 + 0.7 * (blend * here + (1 - blend) * wrapped);
  };
};

/** Polygons one within another. */
const nest: Make = (random) => {
  const shape = polygon(random.pick([3, 4, 4, 5, 6]));
  const share = random.between(0.4, 0.6);
  return (u, v, pixel) => coverage(toWhole(shape(u, v)) - 0.5 * share, pixel);
};

/** Strewn nodes, each joined to its nearest. */
function net(mask: Mask, random: Random): void {
  const nodes = Array.from({ length: random.integer(16, 28) }, () => [
    random.between(-0.5, 0.5),
    random.between(-0.5, 0.5),
  ]);
  const width = random.between(0.004, 0.008);
  const knot = random.between(0.014, 0.028);
  for (const [x, y] of nodes) {
    mask.stroke(x, y, x, y, knot);
    const near = nodes.map(([a, b]) => [a, b, norm(a - x, b - y)]).sort((p, q) => p[2] - q[2]);
    for (const [a, b] of near.slice(1, 4)) mask.stroke(x, y, a, b, width, 0.8);
  }
}

/** Traces across the picture, one above another; `next` gives the height at each step, within about ±1. */
const traces = (name: string, next: (random: Random) => (t: number) => number): PictureClass =>
  drawing(`trace-${name}`, (mask, random) => {
    const rows = random.integer(1, 4);
    const turn = random.between(-0.3, 0.3);
    const width = random.between(0.006, 0.013);
    for (let row = 0; row < rows; row++) {
      const height = next(random);
      const middle = (row + 0.5) / rows - 0.5;
      const points: number[] = [];
      for (let t = -0.7; t <= 0.7; t += 0.0125) {
        const y = middle + (0.42 / rows) * height(t);
        points.push(t * Math.cos(turn) - y * Math.sin(turn), t * Math.sin(turn) + y * Math.cos(turn));
      }
      mask.polyline(points, width);
    }
  });

/** A flat line with a small wave, a tall spike and a broad wave in every beat. */
const heartbeat = (random: Random) => {
  const [beats, phase, tall] = [random.between(2.5, 5), random.unit(), random.sign()];
  const bump = (t: number, at: number, width: number) => Math.exp(-(((t - at) / width) ** 2));
  return (t: number) => {
    const beat = beats * t + phase - Math.floor(beats * t + phase);
    return (
      -tall *
      (0.18 * bump(beat, 0.25, 0.05) +
        1.1 * bump(beat, 0.42, 0.025) -
        0.35 * bump(beat, 0.48, 0.025) +
        0.3 * bump(beat, 0.7, 0.07) -
        0.2)
    );
  };
};

const smoothWave = (random: Random) => {
  const [count, phase] = [random.between(2, 6), random.angle()];
  return (t: number) => 0.8 * Math.sin(2 * Math.PI * count * t + phase);
};

const roughWave = (random: Random) => {
  const seed = random.word();
  const falloff = { octaves: 4, gain: 0.75, lacunarity: 2.1 };
  return (t: number) => fractalNoise(5 * t, 0.5, seed, falloff);
};

const squareWave = (random: Random) => {
  const [seed, count] = [random.word(), random.between(5, 10)];
  return (t: number) => (gradientNoise(Math.floor(count * t) * 1.37, 0.5, seed) > 0 ? 0.7 : -0.7);
};

export const compositeClasses: readonly PictureClass[] = [
  pattern('figure-by-turn', whole, byTurn),
  pattern('figure-by-phase', whole, byPhase),
  pattern('figure-by-scale', whole, byScale),
  pattern('figure-by-contrast', { ...whole, blotch: 0.1 }, byContrast),
  pattern('figure-veil', { ...whole, blotch: 0.05 }, veil),
  pattern('filled-stripes', whole, filled(stripes)),
  pattern('filled-spots', whole, filled(spots)),
  pattern('filled-checks', whole, filled(checks)),
  pattern('filled-crackle', whole, filled(crackle)),
  pattern('filled-fuzz', whole, filled(fuzz)),
  pattern('mirror-1', symmetric, kaleidoscope(1)),
  pattern('mirror-6', symmetric, kaleidoscope(6)),
  pattern('wallpaper', { periods: [3, 5], bend: 0.05 }, wallpaper),
  pattern('nest', { periods: [5, 9], centred: true }, nest),
  drawing('net', net),
  traces('heartbeat', heartbeat),
  traces('smooth', smoothWave),
  traces('rough', roughWave),
  traces('square', squareWave),
];
