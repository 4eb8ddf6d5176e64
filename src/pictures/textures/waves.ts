/** @file Stripes, rings, spirals, and what waves make when they meet. */

import { latticeUnit, type Random } from '../../random.js';
import { coverage } from '../canvas.js';
import { norm } from '../distance.js';
import { gradientNoise } from '../noise.js';
import { type Pattern, type PatternView, pattern } from './pattern.js';
import type { PictureClass } from './picture-class.js';

type Make = (random: Random) => Pattern;

/** The distance from `t` to the nearest whole number, in [0, 0.5]. */
export const toWhole = (t: number) => Math.abs(t - Math.round(t));

const cosine = (t: number) => 0.5 + 0.5 * Math.cos(2 * Math.PI * t);

/** A bar of width `share` around every whole number, anti-aliased over `pixel`. */
const bar = (t: number, share: number, pixel: number) => coverage(toWhole(t) - 0.5 * share, pixel);

const sine: Make = () => (u) => cosine(u);

const bars =
  (least: number, most: number): Make =>
  (random) => {
    const share = random.between(least, most);
    return (u, _v, pixel) => bar(u, share, pixel);
  };

const sawtooth: Make = () => (u, _v, pixel) => {
  const t = u - Math.floor(u);
  return t < 1 - pixel ? t / (1 - pixel) : (1 - t) / pixel;
};

/** Bars whose widths and shades differ, as in a bar code. */
const barcode: Make = (random) => {
  const seed = random.word();
  return (u, _v, pixel) => {
    const stripe = Math.floor(u);
    const edge = u - stripe;
    const before = latticeUnit(stripe - 1, 0, seed);
    const here = latticeUnit(stripe, 0, seed);
    return before + (here - before) * Math.min(1, edge / (pixel + 0.02));
  };
};

const plaid: Make = (random) => {
  const share = random.between(0.3, 0.6);
  return (u, v, pixel) => 0.5 * bar(u, share, pixel) + 0.5 * bar(v, share, pixel);
};

const egg: Make = () => (u, v) => 0.5 + 0.25 * (Math.cos(2 * Math.PI * u) + Math.cos(2 * Math.PI * v));

const zigzag: Make = (random) => {
  const height = random.between(0.5, 1);
  return (u, v, pixel) => bar(u + 2 * height * toWhole(0.7 * v), 0.5, 1.5 * pixel);
};

const snakes: Make = (random) => {
  const height = random.between(0.35, 0.6);
  const share = random.between(0.35, 0.6);
  return (u, v, pixel) => bar(u + height * Math.sin(1.3 * Math.PI * v), share, 1.5 * pixel);
};

const dashes: Make = (random) => {
  const share = random.between(0.25, 0.45);
  return (u, v, pixel) => bar(u, share, pixel) * bar(0.45 * v + 0.5 * (Math.round(u) & 1), 0.6, 0.45 * pixel);
};

/** Stripes that grow narrower along one direction. */
const chirp: Make = () => (u) => {
  const t = u - 16 * Math.floor(u / 16);
  return cosine((t * t) / 7);
};

/** Stripes cut by faults along which they have slipped. */
const faults: Make = (random) => {
  const seed = random.word();
  return (u, v, pixel) => bar(u + latticeUnit(Math.floor(0.55 * v), 0, seed), 0.5, pixel);
};

const hatching: Make = (random) => {
  const share = random.between(0.15, 0.25);
  return (u, v, pixel) => Math.max(bar(u, share, pixel), bar(0.5 * u + 0.866 * v, share, pixel));
};

/** Two gratings that differ a little: slow beats. */
const moire: Make = (random) => {
  const turn = random.between(0.1, 0.2) * random.sign();
  return (u, v) => cosine(u) * cosine(u * Math.cos(turn) + v * Math.sin(turn));
};

/** Ridges as on a fingertip: stripes whose phase bends far. */
const ridges: Make = (random) => {
  const seed = random.word();
  return (u, v) => cosine(u + 3.2 * gradientNoise(u / 6, v / 6, seed));
};

/** `count` plane waves of one wavelength at even (or random) turns and random (or zero) phases. */
function plural(random: Random, count: number, even: boolean): (u: number, v: number) => number {
  const waves = Array.from({ length: count }, (_, i) => {
    const angle = even ? (Math.PI * i) / count : random.angle();
    const phase = even ? 0 : random.angle();
    return [2 * Math.PI * Math.cos(angle), 2 * Math.PI * Math.sin(angle), phase];
  });
  const scale = Math.sqrt(2 / count);
  return (u, v) => {
    let sum = 0;
    for (const [ku, kv, phase] of waves) sum += Math.cos(ku * u + kv * v + phase);
    return sum * scale;
  };
}

/** Quasicrystals: waves at even turns, in phase at one point that lies near the picture. */
const quasicrystal =
  (count: number): Make =>
  (random) => {
    const wave = plural(random, count, true);
    const centreU = random.between(-3, 3);
    const centreV = random.between(-3, 3);
    return (u, v) => 0.45 + 0.28 * wave(u - centreU, v - centreV);
  };

/** Turing-like patterns: isotropic waves of one wavelength, cut at a level (0 labyrinth, above it spots). */
const turing =
  (level: number): Make =>
  (random) => {
    const wave = plural(random, 9, false);
    return (u, v, pixel) => coverage(level - wave(u, v), 0.1 + 6 * pixel);
  };

/** Distance from a random point in or near the picture, in periods: for rings and spirals. */
function around(random: Random, reach: number): (u: number, v: number) => [radius: number, turns: number] {
  const centreU = random.between(-reach, reach);
  const centreV = random.between(-reach, reach);
  return (u, v) => [norm(u - centreU, v - centreV), Math.atan2(v - centreV, u - centreU) / (2 * Math.PI)];
}

const rings: Make = (random) => {
  const from = around(random, 1.5);
  const share = random.between(0.35, 0.6);
  return (u, v, pixel) => bar(from(u, v)[0], share, pixel);
};

const spiral =
  (arms: number): Make =>
  (random) => {
    const from = around(random, 0.8);
    const hand = arms * random.sign();
    return (u, v, pixel) => {
      const [radius, turns] = from(u, v);
      return bar(radius + hand * turns, 0.5, pixel * (1 + (0.3 * arms) / (radius + 0.1)));
    };
  };

const spokes: Make = (random) => {
  const from = around(random, 1);
  const count = random.integer(7, 14);
  return (u, v, pixel) => {
    const [radius, turns] = from(u, v);
    return bar(count * turns, 0.5, (count * pixel) / (2 * Math.PI * (radius + 0.01)));
  };
};

/** Ripples from two sources, adding. */
const ripples: Make = (random) => {
  const one = around(random, 3);
  const other = around(random, 3);
  return (u, v) =>
    0.5 + 0.25 * (Math.cos(2 * Math.PI * one(u, v)[0]) + Math.cos(2 * Math.PI * other(u, v)[0]));
};

/** Patches of a grating (Gabor functions) strewn about, each with its own direction. */
const wavelets: Make = (random) => {
  const seed = random.word();
  return (u, v) => {
    const i = Math.floor(u);
    const j = Math.floor(v);
    const x = u - i - 0.35 - 0.3 * latticeUnit(i, j, seed);
    const y = v - j - 0.5;
    const angle = Math.PI * latticeUnit(i, j, seed + 1);
    const along = x * Math.cos(angle) + y * Math.sin(angle);
    return 0.5 + 0.5 * Math.cos(2 * Math.PI * 4 * along) * Math.exp(-14 * (x * x + y * y));
  };
};

/** Waves around a point are drawn about the picture's centre, so their plane is not shifted far away. */
const centred = (periods: PatternView['periods']): PatternView => ({ periods, centred: true });

export const waveClasses: readonly PictureClass[] = [
  pattern('waves-sine', { periods: [4, 10] }, sine),
  pattern('waves-bars', { periods: [4, 10] }, bars(0.4, 0.6)),
  pattern('waves-lines', { periods: [4, 8] }, bars(0.12, 0.22)),
  pattern('waves-sawtooth', { periods: [3, 8] }, sawtooth),
  pattern('waves-barcode', { periods: [8, 16] }, barcode),
  pattern('waves-plaid', { periods: [3, 7] }, plaid),
  pattern('waves-egg-crate', { periods: [4, 8] }, egg),
  pattern('waves-zigzag', { periods: [4, 7] }, zigzag),
  pattern('waves-snakes', { periods: [3, 7] }, snakes),
  pattern('waves-dashes', { periods: [4, 8] }, dashes),
  pattern('waves-chirp', { periods: [10, 16], slant: false }, chirp),
  pattern('waves-faults', { periods: [4, 8], bend: 0.1 }, faults),
  pattern('waves-hatching', { periods: [4, 8] }, hatching),
  pattern('waves-moire', { periods: [8, 13], bend: 0.1 }, moire),
  pattern('waves-fingerprint', { periods: [7, 12] }, ridges),
  pattern('waves-quasicrystal-5', centred([5, 8]), quasicrystal(5)),
  pattern('waves-labyrinth', { periods: [5, 9] }, turing(0)),
  pattern('waves-leopard', { periods: [5, 9] }, turing(0.8)),
  pattern('waves-rings', centred([5, 11]), rings),
  pattern('waves-spiral', centred([5, 9]), spiral(1)),
  pattern('waves-spiral-many-arms', centred([5, 9]), spiral(5)),
  pattern('waves-spokes', centred([4, 8]), spokes),
  pattern('waves-ripples', centred([6, 11]), ripples),
  pattern('waves-wavelets', { periods: [2.5, 4.5] }, wavelets),
];
