/** @file Light and depth: gradients, edges sharp and soft, lit bodies, reliefs, and layered ground. */

import type { Random } from '../../random.js';
import { coverage, smoothstep } from '../canvas.js';
import {
  cellularNoise,
  foldedNoise,
  fractalNoise,
  gradientNoise,
  newCellHit,
  type Spectrum,
} from '../noise.js';
import { type Pattern, type PatternView, pattern } from './pattern.js';
import type { PictureClass } from './picture-class.js';
import { toWhole } from './waves.js';

type Make = (random: Random) => Pattern;

const linear: Make = (random) => {
  const bend = random.between(-0.5, 0.5);
  return (u) => 0.5 + 0.9 * u + bend * (u * u - 0.08);
};

const glow: Make = (random) => {
  const [x, y] = [random.between(-0.25, 0.25), random.between(-0.25, 0.25)];
  const sharp = random.between(3, 12);
  return (u, v) => Math.exp(-sharp * ((u - x) ** 2 + (v - y) ** 2));
};

/** One straight edge, its transition `least` to `most` wide (picture sides). */
const edge =
  (least: number, most: number): Make =>
  (random) => {
    const width = random.scale(least, most);
    const offset = random.between(-0.2, 0.2);
    return (u, _v, pixel) => smoothstep(coverage(u - offset, width + pixel));
  };

/** A band with soft or sharp flanks. */
const band =
  (soft: boolean): Make =>
  (random) => {
    const half = random.between(0.07, 0.16);
    const offset = random.between(-0.15, 0.15);
    const width = soft ? random.between(0.15, 0.3) : 0;
    return (u, _v, pixel) => smoothstep(coverage(Math.abs(u - offset) - half, width + pixel));
  };

/** Two edges that meet at an angle of least to most radians. */
const corner =
  (least: number, most: number): Make =>
  (random) => {
    const half = 0.5 * random.between(least, most);
    const [x, y] = [random.between(-0.3, 0), random.between(-0.15, 0.15)];
    const [sine, cosine] = [Math.sin(half), Math.cos(half)];
    return (u, v, pixel) => coverage(Math.abs(v - y) * cosine - (u - x) * sine, 1.2 * pixel);
  };

const stairs: Make = (random) => {
  const steps = random.between(4, 7);
  return (u, _v, pixel) => {
    const t = steps * (u + 0.5);
    return (
      (Math.floor(t) + smoothstep((t - Math.floor(t) - 1 + 2 * steps * pixel) / (2 * steps * pixel))) / steps
    );
  };
};

/** A unit vector towards the light, from somewhere above. */
function lamp(random: Random): [x: number, y: number, z: number] {
  const angle = random.angle();
  const height = random.between(0.3, 0.75);
  const flat = Math.sqrt(1 - height * height);
  return [flat * Math.cos(angle), flat * Math.sin(angle), height];
}

/** Lit balls that hide one another, before a darker ground. */
const balls: Make = (random) => {
  const [lightX, lightY, lightZ] = lamp(random);
  const gloss = random.chance(0.5) ? random.between(0.2, 0.6) : 0;
  const list = Array.from({ length: random.integer(1, 5) }, (_, i) => ({
    x: random.between(-0.3, 0.3),
    y: random.between(-0.3, 0.3),
    radius: random.between(0.12, i === 0 ? 0.4 : 0.22),
  }));
  const ground = random.between(0, 0.3);
  return (u, v) => {
    let [shade, front] = [ground, 0];
    for (const { x, y, radius } of list) {
      const [dx, dy] = [(u - x) / radius, (v - y) / radius];
      const square = dx * dx + dy * dy;
      if (square >= 1) continue;
      const dz = Math.sqrt(1 - square);
      if (radius * dz < front) continue;
      front = radius * dz;
      const facing = dx * lightX + dy * lightY + dz * lightZ;
      shade = 0.12 + 0.75 * Math.max(0, facing) + gloss * Math.max(0, facing) ** 18;
    }
    return shade;
  };
};

/** Lit pyramids in rows. */
const pyramids: Make = (random) => {
  const [lightX, lightY] = lamp(random);
  return (u, v) => {
    const [x, y] = [u - Math.round(u), v - Math.round(v)];
    return Math.abs(x) > Math.abs(y) ? 0.5 + 0.5 * Math.sign(x) * lightX : 0.5 + 0.5 * Math.sign(y) * lightY;
  };
};

/** A height field lit from one side: the slope towards the light. */
function lit(random: Random, steepness: number, height: (u: number, v: number) => number): Pattern {
  const angle = random.angle();
  const reach = 0.06;
  const [du, dv] = [reach * Math.cos(angle), reach * Math.sin(angle)];
  return (u, v) => 0.5 + (steepness * (height(u + du, v + dv) - height(u - du, v - dv))) / reach;
}

const relief =
  (falloff: Spectrum, steepness: number): Make =>
  (random) => {
    const seed = random.word();
    return lit(random, steepness, (u, v) => fractalNoise(u, v, seed, falloff));
  };

const wrinkles: Make = (random) => {
  const seed = random.word();
  const falloff = { octaves: 2, gain: 0.4, lacunarity: 2 };
  return lit(random, 0.3, (u, v) => foldedNoise(u, v, seed, falloff));
};

/** Domes over strewn points, lit. */
const bumps: Make = (random) => {
  const seed = random.word();
  const hit = newCellHit();
  return lit(random, 0.28, (u, v) => {
    const { nearest } = cellularNoise(u, v, seed, 0.8, hit);
    return Math.sqrt(Math.max(0, 0.3 - nearest * nearest));
  });
};

/** Layers, thick and thin, pale and dark; `sway` lets them rise and fall, `slip` breaks them along faults. */
const strata =
  (sway: number, slip: number): Make =>
  (random) => {
    const seed = random.word();
    return (u, v) => {
      const block = Math.floor(0.5 * u + 0.15 * v);
      const height = v + sway * gradientNoise(0.6 * u, 0.15 * v, seed + 1) + slip * ((block * 0.618) % 1);
      return (
        0.5 +
        0.75 * gradientNoise(0.31, height, seed) +
        0.25 * gradientNoise(0.77, 3.1 * height, seed + 2) +
        0.12 * gradientNoise(9 * u, 9 * v, seed + 3)
      );
    };
  };

/** Broad bows, one above another, soft on one flank: as ribs in an X-ray. */
const ribs: Make = (random) => {
  const bow = random.between(0.5, 1.3);
  const share = random.between(0.25, 0.4);
  const soft = random.between(0.1, 0.35);
  return (u, v) => {
    const t = v + bow * u * u;
    return 0.2 + 0.5 * coverage(toWhole(t) - 0.5 * share, soft) + 0.3 * coverage(Math.abs(u) - 1.2, 1.4);
  };
};

/** Sky above rough ground that grows finer towards the horizon. */
const horizon: Make = (random) => {
  const seed = random.word();
  const level = random.between(-0.15, 0.1);
  const falloff = { octaves: 3, gain: 0.6, lacunarity: 2 };
  const ridge = random.between(0, 0.12);
  return (u, v, pixel) => {
    const depth = v - level + ridge * gradientNoise(3 * u, 7.3, seed);
    const sky = 0.85 + 0.4 * v;
    const ground =
      0.3 +
      0.3 * fractalNoise(u / (Math.max(depth, 0) + 0.12), 1 / (Math.max(depth, 0) + 0.08), seed, falloff);
    return ground + (sky - ground) * coverage(depth, pixel);
  };
};

/** A chequered floor that runs to the horizon. */
const floor: Make = (random) => {
  const level = random.between(-0.3, -0.05);
  const tiles = random.between(0.5, 1);
  const shift = random.between(0, 2);
  return (u, v) => {
    const depth = v - level;
    if (depth < 0.02) return 0.5 - depth;
    const dark = (Math.floor((tiles * u) / depth + shift) + Math.floor((0.7 * tiles) / depth + shift)) & 1;
    return 0.5 + (dark - 0.5) * Math.min(1, 5 * depth);
  };
};

const whole: PatternView = { periods: [0.9, 1.2], centred: true, bend: 0.03, slant: false, partial: false };

export const shadingClasses: readonly PictureClass[] = [
  pattern('shade-linear', { ...whole, blotch: 0.12 }, linear),
  pattern('shade-glow', { ...whole, blotch: 0.12 }, glow),
  pattern('shade-edge', whole, edge(0.005, 0.02)),
  pattern('shade-edge-soft', { ...whole, blotch: 0.12 }, edge(0.18, 0.4)),
  pattern('shade-band', whole, band(false)),
  pattern('shade-band-soft', { ...whole, blotch: 0.12 }, band(true)),
  pattern('shade-wedge', whole, corner(0.4, 0.9)),
  pattern('shade-corner', whole, corner(1.3, 1.85)),
  pattern('shade-stairs', whole, stairs),
  pattern('shade-balls', { ...whole, blotch: 0.1 }, balls),
  pattern('shade-pyramids', { periods: [3, 6], bend: 0.12 }, pyramids),
  pattern('shade-relief', { periods: [3, 5] }, relief({ octaves: 2, gain: 0.4, lacunarity: 2 }, 0.16)),
  pattern('shade-relief-rough', { periods: [3, 5] }, relief({ octaves: 4, gain: 0.7, lacunarity: 2 }, 0.1)),
  pattern('shade-wrinkles', { periods: [3, 6] }, wrinkles),
  pattern('shade-bumps', { periods: [4, 7] }, bumps),
  pattern('shade-strata', { periods: [4, 7], turn: 0.5 }, strata(0.15, 0)),
  pattern('shade-strata-folded', { periods: [4, 7] }, strata(1.8, 0)),
  pattern('shade-strata-faulted', { periods: [4, 7] }, strata(0.1, 2)),
  pattern('shade-ribs', { periods: [2.5, 4.5], turn: 0.6, centred: true }, ribs),
  pattern('shade-horizon', { ...whole, turn: 0.3 }, horizon),
  pattern('shade-floor', { ...whole, turn: 0.3 }, floor),
];
