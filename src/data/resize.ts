/**
 * @file Bilinear resizing with half-pixel centres and no antialiasing: TensorFlow's `image.resize`, PyTorch's
 * `interpolate(align_corners=False)`, ONNX's `Resize(linear, half_pixel)`.
 */
import { TransfuseError } from '../errors.js';
import type { RgbImage } from './types.js';

/**
 * Resizes to exactly height × width; the aspect is not kept.
 *
 * Output pixel i looks at source coordinate (i + 0.5) · in / out − 0.5, held within the image, and mixes its four
 * neighbours. Every operation rounds to 32-bit floats in the order in which ONNX Runtime performs it, and the
 * result is rounded half to even as ONNX `Round` does, so that a network which was trained on these pixels sees
 * the same bytes once `Resize` and `Round` are part of the exported model.
 *
 * @returns height · width · 3 bytes, RGB
 * @throws TransfuseError `bad-size` unless height and width are whole and positive
 */
export function resizeBilinear(image: RgbImage, height: number, width: number): Uint8Array {
  for (const [name, size] of Object.entries({ height, width })) {
    if (!Number.isInteger(size) || size < 1) {
      throw new TransfuseError(
        'bad-size',
        `cannot resize to ${name} ${size}: a whole number from 1 is needed`,
      );
    }
  }
  if (image.height === height && image.width === width) return new Uint8Array(image.data);
  const { data } = image;
  const rows = neighbours(image.height, height);
  const columns = neighbours(image.width, width);
  const output = new Uint8ClampedArray(height * width * 3); // on writing, it rounds half to even
  const { fround } = Math;
  let o = 0;
  for (let y = 0; y < height; y++) {
    const upper = rows.first[y] * image.width;
    const lower = rows.second[y] * image.width;
    const wUpper = rows.firstWeight[y];
    const wLower = rows.secondWeight[y];
    for (let x = 0; x < width; x++) {
      const left = columns.first[x];
      const right = columns.second[x];
      const wLeft = columns.firstWeight[x];
      const wRight = columns.secondWeight[x];
      const w11 = fround(wLeft * wUpper);
      const w21 = fround(wRight * wUpper);
      const w12 = fround(wLeft * wLower);
      const w22 = fround(wRight * wLower);
      const p11 = (upper + left) * 3;
      const p21 = (upper + right) * 3;
      const p12 = (lower + left) * 3;
      const p22 = (lower + right) * 3;
      for (let c = 0; c < 3; c++) {
        const top = fround(fround(w11 * data[p11 + c]) + fround(w21 * data[p21 + c]));
        output[o++] = fround(fround(top + fround(w12 * data[p12 + c])) + fround(w22 * data[p22 + c]));
      }
    }
  }
  return new Uint8Array(output.buffer);
}

/** For each of `output` positions along one axis: its two source positions and their weights. */
function neighbours(input: number, output: number) {
  const { fround } = Math;
  const first = new Int32Array(output);
  const second = new Int32Array(output);
  const firstWeight = new Float32Array(output);
  const secondWeight = new Float32Array(output);
  const scale = fround(output / input);
  for (let i = 0; i < output; i++) {
    const centre = fround(fround(fround(i + 0.5) / scale) - 0.5);
    const at = Math.min(Math.max(centre, 0), input - 1);
    first[i] = Math.floor(at);
    second[i] = Math.min(first[i] + 1, input - 1);
    const same = first[i] === second[i];
    firstWeight[i] = same ? 0.5 : second[i] - at;
    secondWeight[i] = same ? 0.5 : at - first[i];
  }
  return { first, second, firstWeight, secondWeight };
}
