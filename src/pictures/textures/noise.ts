/** @file Noise classes: they differ in spectrum, fold, direction, warp and threshold, hardly ever in colour. */

import type { Random } from '../../random.js';
import { coverage, smoothstep } from '../canvas.js';
import { norm } from '../distance.js';
import { foldedNoise, fractalNoise, gradientNoise, type Spectrum } from '../noise.js';
import { type Pattern, pattern } from './pattern.js';
import type { PictureClass } from './picture-class.js';

type Make = (random: Random) => Pattern;

const spectrum = (octaves: number, gain: number, lacunarity = 2): Spectrum => ({ octaves, gain, lacunarity });

/** Fractal noise, `across` times finer along v than along u. */
const clouds =
  (falloff: Spectrum, across = 1): Make =>
  (random) => {
    const seed = random.word();
    return (u, v) => 0.5 + 0.45 * fractalNoise(u, v * across, seed, falloff);
  };

const folded =
  (falloff: Spectrum): Make =>
  (random) => {
    const seed = random.word();
    return (u, v) => foldedNoise(u, v, seed, falloff);
  };

/** Noise in a single band of frequencies. */
const band =
  (across = 1): Make =>
  (random) => {
    const seed = random.word();
    return (u, v) => 0.5 + 0.6 * gradientNoise(u, v * across, seed);
  };

/** Fractal noise bent by fractal noise (domain warping), by `depth` periods. */
const warped =
  (depth: number): Make =>
  (random) => {
    const seed = random.word();
    const bend = spectrum(2, 0.5);
    const body = spectrum(3, 0.5);
    return (u, v) => {
      const du = depth * fractalNoise(u, v, seed + 101, bend);
      const dv = depth * fractalNoise(u, v, seed + 202, bend);
      return 0.5 + 0.5 * fractalNoise(u + du, v + dv, seed, body);
    };
  };

/** Islands where fractal noise rises above `level`, or the lakes between them where it is negative. */
const islands =
  (level: number, falloff: Spectrum): Make =>
  (random) => {
    const seed = random.word();
    return (u, v, pixel) => coverage(level - fractalNoise(u, v, seed, falloff), 2 * pixel + 0.02);
  };

/** Flat steps of height, as in a map coloured by height. */
const terraces: Make = (random) => {
  const seed = random.word();
  const steps = random.between(3.5, 6);
  return (u, v, pixel) => {
    const height = steps * (0.5 + 0.5 * fractalNoise(u, v, seed, spectrum(3, 0.45)));
    const step = Math.floor(height);
    const riser = 0.05 + 3 * pixel;
    return (step + smoothstep((height - step - 1 + riser) / riser)) / steps;
  };
};

/** Lines of equal height. */
const contours: Make = (random) => {
  const seed = random.word();
  const lines = random.between(3, 5);
  return (u, v, pixel) => {
    const height = lines * fractalNoise(u, v, seed, spectrum(2, 0.4));
    return coverage(Math.abs(height - Math.round(height)) - 0.13, 2 * lines * pixel);
  };
};

/** Fully developed speckle, as coherent ultrasound and light show it: the length of a complex normal number. */
const speckle =
  (across: number): Make =>
  (random) => {
    const seed = random.word();
    const shade = random.word();
    return (u, v) => {
      const length = norm(gradientNoise(u, v * across, seed), gradientNoise(u, v * across, seed + 1));
      return length * (0.7 + 0.6 * gradientNoise(u / 5, v / 5, shade));
    };
  };

/** Veins of marble: a sine whose phase is fractal noise. */
const marble: Make = (random) => {
  const seed = random.word();
  const turbulence = random.between(3, 6);
  return (u, v) => {
    const phase = 2 * Math.PI * u + turbulence * fractalNoise(u, v, seed, spectrum(4, 0.55));
    return 1 - Math.abs(Math.sin(0.5 * phase)) ** 0.6;
  };
};

/** The rings and fibres of cut wood. */
const wood: Make = (random) => {
  const seed = random.word();
  return (u, v) => {
    const rings = 3 * norm(u - 32, 0.25 * (v - 32)) + 0.8 * gradientNoise(u, 0.3 * v, seed);
    return 0.7 * (rings - Math.floor(rings)) + 0.25 * gradientNoise(18 * u, v, seed + 7) + 0.15;
  };
};

/** Rare bright flecks on a calm ground. */
const flecks: Make = (random) => {
  const seed = random.word();
  return (u, v) => {
    const value = gradientNoise(u, v, seed);
    return 0.25 + 0.1 * gradientNoise(u / 4, v / 4, seed + 3) + (value > 0.45 ? 2.2 * (value - 0.45) : 0);
  };
};

export const noiseClasses: readonly PictureClass[] = [
  pattern('noise-smooth', { periods: [1.5, 4] }, clouds(spectrum(3, 0.3))),
  pattern('noise-brown', { periods: [2, 5] }, clouds(spectrum(5, 0.5))),
  pattern('noise-pink', { periods: [2, 5] }, clouds(spectrum(5, 0.72))),
  pattern('noise-rough', { periods: [2, 5] }, clouds(spectrum(5, 1))),
  pattern('noise-grain', { periods: [18, 28] }, clouds(spectrum(1, 1))),
  pattern('noise-band-coarse', { periods: [4, 6] }, band()),
  pattern('noise-band-fine', { periods: [9, 13] }, band()),
  pattern('noise-brushed', { periods: [2, 4] }, clouds(spectrum(4, 0.6), 4)),
  pattern('noise-fibrous', { periods: [1.5, 3] }, clouds(spectrum(4, 0.75), 10)),
  pattern('noise-streaks', { periods: [2, 3] }, band(7)),
  pattern('noise-billows', { periods: [3, 6] }, folded(spectrum(3, 0.5))),
  pattern('noise-ridges', { periods: [4, 7] }, folded(spectrum(1, 0.5))),
  pattern('noise-warped', { periods: [2, 3.5] }, warped(0.7)),
  pattern('noise-ink', { periods: [1.5, 3] }, warped(1.8)),
  pattern('noise-islands', { periods: [3, 6] }, islands(0.35, spectrum(2, 0.4))),
  pattern('noise-islands-ragged', { periods: [2, 5] }, islands(0.3, spectrum(5, 0.7))),
  pattern('noise-camouflage', { periods: [3, 6] }, islands(0, spectrum(2, 0.4))),
  pattern('noise-terraces', { periods: [2, 4] }, terraces),
  pattern('noise-contours', { periods: [1.5, 3] }, contours),
  pattern('noise-speckle', { periods: [9, 15] }, speckle(1)),
  pattern('noise-speckle-flat', { periods: [4, 7], turn: 0.5 }, speckle(3)),
  pattern('noise-marble', { periods: [1.5, 3.5] }, marble),
  pattern('noise-wood', { periods: [1.5, 3] }, wood),
  pattern('noise-flecks', { periods: [9, 14] }, flecks),
];
