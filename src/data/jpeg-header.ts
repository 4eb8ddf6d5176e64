/** @file Size and number of colour components of a JPEG, from its frame header (ITU-T T.81, B.2.2). */

export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 colour, 4 CMYK. */
  readonly components: number;
}

/** Undefined where the bytes end, or leave the format, before a frame header. */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  let at = 2;
  while (at + 9 < bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++; // padding
      continue;
    }
    // C0 to CF begin a frame, but C4, C8 and CC define tables or are reserved.
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      const height = (bytes[at + 5] << 8) | bytes[at + 6];
      const width = (bytes[at + 7] << 8) | bytes[at + 8];
      return { height, width, components: bytes[at + 9] };
    }
    at += 2 + ((bytes[at + 2] << 8) | bytes[at + 3]);
  }
  return undefined;
}
