/** @file Decoded values of any depth and number of channels as 8-bit RGB. */

/**
 * RGB, or RGB and alpha, which is composited on black.
 * @param scale 1 for 8-bit values, 257 for 16-bit ones
 */
export function toRgb(values: Uint8Array | Uint16Array, channels: 3 | 4, scale: number): Uint8Array {
  const rgb = new Uint8Array((values.length / channels) * 3);
  const opaque = 255 * scale;
  for (let i = 0, o = 0; o < rgb.length; i += channels) {
    const alpha = channels === 4 ? values[i + 3] / opaque : 1;
    for (let c = 0; c < 3; c++) rgb[o++] = Math.round((values[i + c] * alpha) / scale);
  }
  return rgb;
}

/** Inks as light, without a press profile. */
export function cmykToRgb(values: Uint8Array | Uint16Array, channels: number, scale: number): Uint8Array {
  const rgb = new Uint8Array((values.length / channels) * 3);
  const full = 255 * scale;
  for (let i = 0, o = 0; o < rgb.length; i += channels) {
    const light = (full - values[i + 3]) / full;
    for (let c = 0; c < 3; c++) rgb[o++] = Math.round(((full - values[i + c]) * light) / scale);
  }
  return rgb;
}
