/**
 * @file The published training augmentation: flips, then a shift, then a zoom about the centre, as Keras'
 * RandomFlip, RandomTranslation and RandomZoom define them (bilinear, filled by reflection), composed into one
 * map so that the image is interpolated once.
 */
import { TransfuseError } from '../errors.js';
import { Random } from '../random.js';
import type { AugmentOptions } from './types.js';

/** One draw: what is done to one image in one epoch. */
export interface Augmentation {
  readonly flipHorizontal: boolean;
  readonly flipVertical: boolean;
  /** Shift down, as a fraction of the height. */
  readonly shiftHeight: number;
  /** Shift to the right, as a fraction of the width. */
  readonly shiftWidth: number;
  /** How much of the source the image shows, per side: below 1 magnifies, above 1 shrinks. */
  readonly zoom: number;
}

/**
 * Draws the augmentation of one sample in one epoch from (seed, epoch, sample) alone. Always the same five numbers
 * are drawn, so that switching one part off leaves the others as they were.
 */
export function drawAugmentation(
  options: AugmentOptions,
  seed: number,
  epoch: number,
  sample: number,
): Augmentation {
  const { flip, translate, zoom } = checkAugmentOptions(options);
  const random = new Random(AUGMENTATION, seed, epoch, sample);
  const coinHorizontal = random.chance(0.5);
  const coinVertical = random.chance(0.5);
  const symmetric = (limit: number) => random.between(-limit, limit);
  return {
    flipHorizontal: coinHorizontal && (flip === 'both' || flip === 'horizontal'),
    flipVertical: coinVertical && (flip === 'both' || flip === 'vertical'),
    shiftHeight: symmetric(translate),
    shiftWidth: symmetric(translate),
    zoom: 1 + symmetric(zoom),
  };
}

/** Keeps these draws apart from others of the same seed. */
const AUGMENTATION = 1;

const flips = ['both', 'horizontal', 'vertical', 'none'];

/** @throws TransfuseError `bad-augmentation` naming the option and its legal values */
export function checkAugmentOptions(options: AugmentOptions): Required<AugmentOptions> {
  const { flip = 'both', translate = 0.1, zoom = 0.1 } = options;
  if (!flips.includes(flip)) {
    throw new TransfuseError('bad-augmentation', `flip ${flip} is not known; one of: ${flips.join(', ')}`);
  }
  for (const [name, value] of Object.entries({ translate, zoom })) {
    if (!(value >= 0 && value < 1)) {
      throw new TransfuseError('bad-augmentation', `${name} is ${value}; it must be at least 0 and below 1`);
    }
  }
  return { flip, translate, zoom };
}

/**
 * Applies one draw to a height × width RGB image.
 *
 * Output pixel (x, y) shows the source at flip(zoom · x + (1 − zoom) · (width − 1) / 2 − shift), and the same for
 * y. The map never mixes x and y, so positions and weights are tabled once per column and once per row. Weights
 * are multiples of 1/2048: the two interpolations then fit 31-bit integers exactly, and their result is within
 * 1/8 of a grey level of the true one before it is rounded to the nearest.
 *
 * @param output written to; must not overlap `source`; as long as it
 */
export function augment(
  source: Uint8Array,
  height: number,
  width: number,
  { flipHorizontal, flipVertical, shiftHeight, shiftWidth, zoom }: Augmentation,
  output: Uint8Array,
): void {
  const columns = positions(width, zoom, shiftWidth * width, flipHorizontal);
  const rows = positions(height, zoom, shiftHeight * height, flipVertical);
  const line = width * 3;
  // Two source rows, already interpolated along x; going down the image, one of them is usually at hand.
  let upper = new Int32Array(line);
  let lower = new Int32Array(line);
  let upperRow = -1;
  let lowerRow = -1;
  for (let y = 0; y < height; y++) {
    const first = rows.first[y];
    const second = rows.second[y];
    if (first === lowerRow || second === upperRow) {
      [upper, lower] = [lower, upper];
      [upperRow, lowerRow] = [lowerRow, upperRow];
    }
    if (first !== upperRow) interpolateRow(source, first * line, columns, upper);
    if (second !== lowerRow) interpolateRow(source, second * line, columns, lower);
    upperRow = first;
    lowerRow = second;
    blendRows(upper, lower, rows.weight[y], output, y * line);
  }
}

interface Positions {
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** Of `second`, in 1/2048. */
  readonly weight: Int32Array;
}

const ONE = 2048;
const ONE_BITS = 11;

/** Where each output position along one axis looks: between which two source positions, and how far along. */
function positions(size: number, zoom: number, shift: number, flip: boolean): Positions {
  const first = new Int32Array(size);
  const second = new Int32Array(size);
  const weight = new Int32Array(size);
  const offset = ((size - 1) / 2) * (1 - zoom) - shift;
  for (let i = 0; i < size; i++) {
    const unflipped = zoom * i + offset;
    const at = Math.round((flip ? size - 1 - unflipped : unflipped) * ONE);
    first[i] = reflect(at >> ONE_BITS, size);
    second[i] = reflect((at >> ONE_BITS) + 1, size);
    weight[i] = at & (ONE - 1);
  }
  return { first, second, weight };
}

/** `d c b a | a b c d | d c b a`: the edge pixel itself is repeated. */
function reflect(position: number, size: number): number {
  const period = 2 * size;
  const inPeriod = ((position % period) + period) % period;
  return inPeriod < size ? inPeriod : period - 1 - inPeriod;
}

function interpolateRow(
  source: Uint8Array,
  start: number,
  { first, second, weight }: Positions,
  row: Int32Array,
) {
  for (let x = 0, o = 0; x < first.length; x++, o += 3) {
    const a = start + first[x] * 3;
    const b = start + second[x] * 3;
    const w = weight[x];
    const v = ONE - w;
    row[o] = source[a] * v + source[b] * w;
    row[o + 1] = source[a + 1] * v + source[b + 1] * w;
    row[o + 2] = source[a + 2] * v + source[b + 2] * w;
  }
}

function blendRows(upper: Int32Array, lower: Int32Array, weight: number, output: Uint8Array, start: number) {
  const half = (ONE * ONE) >> 1;
  for (let i = 0; i < upper.length; i++) {
    output[start + i] = (upper[i] * (ONE - weight) + lower[i] * weight + half) >> (2 * ONE_BITS);
  }
}
