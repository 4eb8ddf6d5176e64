/** @file A heatmap over its image as a PNG that can be printed, also in grey, and read by the colour-blind. */
import sharp from 'sharp';
import { type Heatmap, shown } from './maps.js';

/** Pixels in rows from the top, RGB, 8 bits each. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  readonly data: Uint8Array;
}

/** Longest side of what is drawn, and the shortest that it is enlarged to; pixels. */
const LARGEST = 1024;
const SMALLEST = 384;
const GAP = 8;
const BAR = 14;

/** Where the line runs that still shows on grey paper: half of the hottest. */
const CONTOUR = 0.5;
/** What is hot hides the image no more than this. */
const MOST_OPAQUE = 0.6;

/**
 * Viridis (Smith & van der Walt 2015) at nine even steps: lightness rises evenly, and no pair of hues is one that the
 * colour-blind confuse.
 */
const COLOURS = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
] as const;

export interface DrawOptions {
  /** As of `shown`: 0.01 for maps with few outliers far above the rest. Default 0. */
  readonly saturation?: number;
  /** Whether a line of black and white surrounds what is at least half as hot as the hottest; for coarse maps. */
  readonly contour?: boolean;
}

/**
 * Draws the image, beside it the same image under the heatmap, and beside that the colours from nothing (bottom) to
 * the hottest (top).
 * @param image of any size; the heatmap is stretched over it
 * @returns a PNG
 */
export async function drawHeatmap(
  image: Picture,
  heatmap: Heatmap,
  { saturation = 0, contour = false }: DrawOptions = {},
): Promise<Buffer> {
  const { height, width, data } = await sized(image);
  const heat = shown(heatmap, height, width, saturation);
  const total = width + GAP + width + GAP + BAR;
  const canvas = new Uint8Array(total * height * 3).fill(255);
  const put = (x: number, y: number, [r, g, b]: readonly [number, number, number]) =>
    canvas.set([r, g, b], (y * total + x) * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const pixel = [data[3 * i]!, data[3 * i + 1]!, data[3 * i + 2]!] as const;
      put(x, y, pixel);
      const edge = contour ? edgeAt(heat, height, width, y, x) : undefined;
      put(width + GAP + x, y, edge ?? mixed(pixel, heat[i]!));
    }
    const level = 1 - y / Math.max(1, height - 1);
    for (let x = 0; x < BAR; x++) put(total - BAR + x, y, colourOf(level));
  }
  return sharp(canvas, { raw: { width: total, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** 0 to 1 → RGB. */
function colourOf(heat: number): [number, number, number] {
  const at = Math.min(1, Math.max(0, heat)) * (COLOURS.length - 1);
  const step = Math.min(COLOURS.length - 2, Math.floor(at));
  const [from, to] = [COLOURS[step]!, COLOURS[step + 1]!];
  const mix = (k: 0 | 1 | 2) => Math.round(from[k] + (to[k] - from[k]) * (at - step));
  return [mix(0), mix(1), mix(2)];
}

/** The colour over the pixel, the more the hotter; what is cold stays as it is. */
function mixed(pixel: readonly [number, number, number], heat: number): [number, number, number] {
  const opacity = MOST_OPAQUE * Math.min(1, heat / CONTOUR);
  const colour = colourOf(heat);
  const mix = (k: 0 | 1 | 2) => Math.round(pixel[k] * (1 - opacity) + colour[k] * opacity);
  return [mix(0), mix(1), mix(2)];
}

/** White just inside of the contour, black just outside: seen on any ground. */
function edgeAt(
  heat: Float32Array,
  height: number,
  width: number,
  y: number,
  x: number,
): readonly [number, number, number] | undefined {
  const inside = heat[y * width + x]! >= CONTOUR;
  const differs = (row: number, column: number) =>
    row >= 0 &&
    row < height &&
    column >= 0 &&
    column < width &&
    heat[row * width + column]! >= CONTOUR !== inside;
  if (!(differs(y - 1, x) || differs(y + 1, x) || differs(y, x - 1) || differs(y, x + 1))) return undefined;
  return inside ? [255, 255, 255] : [0, 0, 0];
}

async function sized({ height, width, data }: Picture): Promise<Picture> {
  const longest = Math.max(height, width);
  const scale = longest > LARGEST ? LARGEST / longest : longest < SMALLEST ? SMALLEST / longest : 1;
  const { data: pixels, info } = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)), { fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { height: info.height, width: info.width, data: pixels };
}
