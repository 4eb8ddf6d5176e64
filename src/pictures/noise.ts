/**
 * @file Noise on the plane. Point functions (gradient noise after Perlin 2002, fractal sums of it, cellular noise
 * after Worley 1996) for patterns that are rotated, stretched and bent, and whole fields of fractal value noise,
 * ten times cheaper, for backgrounds and blotches.
 */
import { latticeHash, latticeUnit, type Random } from '../random.js';

const DIRECTIONS = 32;
const directionX = Float64Array.from({ length: DIRECTIONS }, (_, i) =>
  Math.cos((2 * Math.PI * i) / DIRECTIONS),
);
const directionY = Float64Array.from({ length: DIRECTIONS }, (_, i) =>
  Math.sin((2 * Math.PI * i) / DIRECTIONS),
);

/** The part of gradient noise that the lattice point (x, y) adds at the offset (dx, dy) from it. */
function pull(x: number, y: number, dx: number, dy: number, seed: number): number {
  const direction = latticeHash(x, y, seed) >>> 27;
  return directionX[direction] * dx + directionY[direction] * dy;
}

/** Gradient noise with lattice distance 1: smooth, mean 0, within about ±1 and mostly within ±0.7. */
export function gradientNoise(x: number, y: number, seed: number): number {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const dx = x - x0;
  const dy = y - y0;
  const fadeX = dx * dx * dx * (dx * (dx * 6 - 15) + 10);
  const fadeY = dy * dy * dy * (dy * (dy * 6 - 15) + 10);
  const topLeft = pull(x0, y0, dx, dy, seed);
  const topRight = pull(x0 + 1, y0, dx - 1, dy, seed);
  const bottomLeft = pull(x0, y0 + 1, dx, dy - 1, seed);
  const bottomRight = pull(x0 + 1, y0 + 1, dx - 1, dy - 1, seed);
  const top = topLeft + fadeX * (topRight - topLeft);
  const bottom = bottomLeft + fadeX * (bottomRight - bottomLeft);
  return 1.5 * (top + fadeY * (bottom - top));
}

/** How a fractal sum falls off: each octave has `lacunarity` times the frequency and `gain` times the amplitude. */
export interface Spectrum {
  readonly octaves: number;
  readonly gain: number;
  readonly lacunarity: number;
}

/** A fractal sum of gradient noise, first lattice distance 1, scaled to about ±1 whatever the spectrum. */
export function fractalNoise(x: number, y: number, seed: number, spectrum: Spectrum): number {
  let sum = 0;
  let power = 0;
  let amplitude = 1;
  let frequency = 1;
  for (let octave = 0; octave < spectrum.octaves; octave++) {
    sum +=
      amplitude * gradientNoise(x * frequency + 17.3 * octave, y * frequency - 9.1 * octave, seed + octave);
    power += amplitude * amplitude;
    amplitude *= spectrum.gain;
    frequency *= spectrum.lacunarity;
  }
  return sum / Math.sqrt(power);
}

/** As fractalNoise, but each octave folded at zero: billows, and ridges when turned over. In about [0, 1]. */
export function foldedNoise(x: number, y: number, seed: number, spectrum: Spectrum): number {
  let sum = 0;
  let total = 0;
  let amplitude = 1;
  let frequency = 1;
  for (let octave = 0; octave < spectrum.octaves; octave++) {
    sum += amplitude * Math.abs(gradientNoise(x * frequency + 5.7 * octave, y * frequency, seed + octave));
    total += amplitude;
    amplitude *= spectrum.gain;
    frequency *= spectrum.lacunarity;
  }
  return (1.6 * sum) / total;
}

/** What cellular noise finds at a point: distances to the nearest and second nearest feature point, and whose it is. */
export interface CellHit {
  nearest: number;
  second: number;
  /** Offset from the nearest feature point. */
  dx: number;
  dy: number;
  /** Hash of the nearest cell, 32 bits: its identity. */
  cell: number;
}

/**
 * Cellular noise with one feature point per unit square, kept `jitter` (0 a square lattice, 1 anywhere) free.
 * Writes into `hit`, so that a picture's worth of calls allocates nothing.
 */
export function cellularNoise(x: number, y: number, seed: number, jitter: number, hit: CellHit): CellHit {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  hit.nearest = hit.second = Number.POSITIVE_INFINITY;
  for (let j = y0 - 1; j <= y0 + 1; j++) {
    for (let i = x0 - 1; i <= x0 + 1; i++) {
      const cell = latticeHash(i, j, seed);
      const dx = x - i - 0.5 - jitter * ((cell & 0xffff) / 0x10000 - 0.5);
      const dy = y - j - 0.5 - jitter * ((cell >>> 16) / 0x10000 - 0.5);
      const distance = dx * dx + dy * dy;
      if (distance < hit.nearest) {
        hit.second = hit.nearest;
        hit.nearest = distance;
        hit.dx = dx;
        hit.dy = dy;
        hit.cell = cell;
      } else if (distance < hit.second) hit.second = distance;
    }
  }
  hit.nearest = Math.sqrt(hit.nearest);
  hit.second = Math.sqrt(hit.second);
  return hit;
}

/** A blank hit for cellularNoise to write into. */
export function newCellHit(): CellHit {
  return { nearest: 0, second: 0, dx: 0, dy: 0, cell: 0 };
}

/**
 * A whole size × size field of fractal value noise (quadratic B-splines on a random lattice), mean 0, standard
 * deviation 1. `frequency` is the number of lattice cells across the picture in the first octave; octaves double it
 * until they are finer than two pixels.
 */
export function cloudField(size: number, random: Random, frequency: number, gain: number): Float32Array {
  const field = new Float32Array(size * size);
  let amplitude = 1;
  for (let cells = frequency; cells <= size / 2 && amplitude > 0.02; cells *= 2, amplitude *= gain) {
    addSplineNoise(field, size, random, cells, amplitude);
  }
  return standardise(field);
}

/** Adds one octave: a random lattice of `cells` cells across, interpolated by quadratic B-splines. */
function addSplineNoise(field: Float32Array, size: number, random: Random, cells: number, amplitude: number) {
  const seed = random.word();
  const columns = splineWeights(size, cells, random.unit());
  const rows = splineWeights(size, cells, random.unit());
  const lattice = new Float64Array(Math.ceil(cells) + 3);
  for (let j = 0; j < size; j++) {
    const y = rows.first[j];
    const up = amplitude * rows.before[j];
    const down = amplitude * rows.after[j];
    const level = amplitude - up - down;
    for (let i = 0; i < lattice.length; i++) {
      lattice[i] =
        up * latticeUnit(i, y, seed) +
        level * latticeUnit(i, y + 1, seed) +
        down * latticeUnit(i, y + 2, seed);
    }
    for (let i = 0, p = j * size; i < size; i++, p++) {
      const x = columns.first[i];
      const left = columns.before[i];
      const right = columns.after[i];
      field[p] += left * lattice[x] + (1 - left - right) * lattice[x + 1] + right * lattice[x + 2];
    }
  }
}

/** Where each pixel of a line lies on a lattice: its first of three lattice points, and the outer two's weights. */
function splineWeights(size: number, cells: number, offset: number) {
  const first = new Int32Array(size);
  const before = new Float64Array(size);
  const after = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const at = ((i + 0.5) / size) * cells + offset;
    first[i] = Math.floor(at);
    const t = at - first[i];
    before[i] = 0.5 * (1 - t) * (1 - t);
    after[i] = 0.5 * t * t;
  }
  return { first, before, after };
}

/** Shifts and scales a field, in place, to mean 0 and standard deviation 1 (a constant field becomes 0). */
function standardise(field: Float32Array): Float32Array {
  let sum = 0;
  let squares = 0;
  for (const value of field) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / field.length;
  const variance = squares / field.length - mean * mean;
  const scale = variance > 1e-12 ? 1 / Math.sqrt(variance) : 0;
  for (let i = 0; i < field.length; i++) field[i] = (field[i] - mean) * scale;
  return field;
}
