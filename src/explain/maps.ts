/** @file The arithmetic of the two kinds of heatmap: Grad-CAM and SmoothGrad. */
import { resizePlane } from './resize-plane.js';

/** A heatmap of one image: `values` in rows from the top, none negative. */
export interface Heatmap {
  readonly height: number;
  readonly width: number;
  readonly values: Float32Array;
}

/**
 * Grad-CAM (Selvaraju et al., ICCV 2017): every channel of the last feature map is weighted by the mean gradient of
 * the class's logit over its pixels, the sum is cut below zero.
 * @param map [channels, height, width], A
 * @param gradient of the same shape, ∂y/∂A
 */
export function gradCam(
  map: Float32Array,
  gradient: Float32Array,
  [channels, height, width]: readonly [channels: number, height: number, width: number],
): Heatmap {
  const size = height * width;
  const values = new Float32Array(size);
  for (let c = 0; c < channels; c++) {
    let weight = 0;
    for (let i = 0; i < size; i++) weight += gradient[c * size + i]!;
    weight /= size;
    for (let i = 0; i < size; i++) values[i]! += weight * map[c * size + i]!;
  }
  return { height, width, values: values.map((x) => Math.max(0, x)) };
}

/**
 * From the mean gradient with respect to the pixels to one value per pixel: the sum of the absolute values of its
 * three channels.
 * @param gradient [height, width, 3]
 */
export function pixelHeat(gradient: Float32Array, height: number, width: number): Heatmap {
  const values = Float32Array.from(
    { length: height * width },
    (_, i) => Math.abs(gradient[3 * i]!) + Math.abs(gradient[3 * i + 1]!) + Math.abs(gradient[3 * i + 2]!),
  );
  return { height, width, values };
}

/**
 * A heatmap for the eye: 0 to 1, of the given size, bilinear.
 * @param saturation the fraction of pixels that are at least as hot as what is shown as 1; 0 takes the hottest
 */
export function shown(heatmap: Heatmap, height: number, width: number, saturation = 0): Float32Array {
  const sorted = heatmap.values.toSorted();
  const hottest = sorted[Math.floor((1 - saturation) * (sorted.length - 1))]!;
  const scale = hottest > 0 ? 1 / hottest : 0;
  const scaled = heatmap.values.map((x) => Math.min(1, x * scale));
  return resizePlane({ ...heatmap, values: scaled }, height, width);
}
