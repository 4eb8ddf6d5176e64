/** @file Grey pixels as the colour pixels that networks take. */

/** Each grey value three times. */
export function greyToRgb(grey: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(grey.length * 3);
  for (let i = 0, o = 0; i < grey.length; i++) {
    rgb[o++] = grey[i];
    rgb[o++] = grey[i];
    rgb[o++] = grey[i];
  }
  return rgb;
}
