/** @file What a data set says of its pixels (PS3.3, C.7.6.3), checked. */
import { MAX_PIXELS } from '../limits.js';
import { Refusal } from '../refusal.js';
import type { Attributes, Tag } from './attributes.js';
import type { DicomFile } from './file.js';

const photometrics = [
  'MONOCHROME1',
  'MONOCHROME2',
  'PALETTE COLOR',
  'RGB',
  'YBR_FULL',
  'YBR_FULL_422',
  'YBR_PARTIAL_422',
  'YBR_ICT',
  'YBR_RCT',
] as const;

export type Photometric = (typeof photometrics)[number];

export interface PixelDescription {
  readonly rows: number;
  readonly columns: number;
  /** 1 grey or palette, 3 colour. */
  readonly samples: 1 | 3;
  readonly photometric: Photometric;
  /** Bits that each sample takes in native pixels. */
  readonly allocated: 1 | 8 | 16 | 32 | 64;
  /** Bits of it that are the value; others may hold an overlay. */
  readonly stored: number;
  /** Position of the value's highest bit. */
  readonly highBit: number;
  readonly signed: boolean;
  readonly floating: boolean;
  /** Whether native colour is plane after plane. */
  readonly planar: boolean;
  /** As the file claims; there may be fewer. */
  readonly frames: number;
  readonly pixels: Tag;
}

const pixelTags: readonly Tag[] = ['x7fe00010', 'x7fe00008', 'x7fe00009'];

/** @throws Refusal */
export function describePixels({ attributes, whole }: DicomFile, mostPixels = MAX_PIXELS): PixelDescription {
  const pixels = pixelTags.find((tag) => attributes.element(tag) !== undefined);
  const rows = attributes.word('x00280010');
  const columns = attributes.word('x00280011');
  if (pixels === undefined) {
    throw new Refusal(whole ? 'it is a DICOM file without pixels' : 'damaged or cut short before its pixels');
  }
  if (!rows || !columns) throw new Refusal('its DICOM header gives no Rows and Columns');
  if (rows * columns > mostPixels) {
    throw new Refusal(`it has ${columns} × ${rows} pixels; at most ${mostPixels / 1e6} million are read`);
  }
  const samples = attributes.word('x00280002') ?? 1;
  if (samples !== 1 && samples !== 3) {
    throw new Refusal(`it has ${samples} samples per pixel; 1 or 3 are read`);
  }
  const floating = pixels !== 'x7fe00010';
  return {
    rows,
    columns,
    samples,
    photometric: photometricOf(attributes, samples),
    ...depth(attributes, pixels),
    signed: attributes.word('x00280103') === 1,
    floating,
    planar: attributes.word('x00280006') === 1,
    frames: Math.max(1, Number.parseInt(attributes.text('x00280008') ?? '1', 10) || 1),
    pixels,
  };
}

function photometricOf(attributes: Attributes, samples: 1 | 3): Photometric {
  const given = attributes.text('x00280004') ?? (samples === 1 ? 'MONOCHROME2' : 'RGB');
  const known = photometrics.find((name) => name === given);
  if (known === undefined) {
    throw new Refusal(`its photometric interpretation is none of ${photometrics.join(', ')}`);
  }
  const isGrey = known.startsWith('MONOCHROME') || known === 'PALETTE COLOR';
  if (isGrey !== (samples === 1)) {
    throw new Refusal(
      `its photometric interpretation ${known} does not go with ${samples} samples per pixel`,
    );
  }
  return known;
}

function depth(attributes: Attributes, pixels: Tag) {
  if (pixels !== 'x7fe00010') {
    const allocated = pixels === 'x7fe00008' ? (32 as const) : (64 as const);
    return { allocated, stored: allocated, highBit: allocated - 1 };
  }
  const allocated = attributes.word('x00280100');
  if (allocated !== 1 && allocated !== 8 && allocated !== 16 && allocated !== 32) {
    throw new Refusal(`it allocates ${allocated ?? 'no'} bits to a sample; 1, 8, 16 or 32 are read`);
  }
  const stored = attributes.word('x00280101') ?? allocated;
  if (stored < 1 || stored > allocated) {
    throw new Refusal(`it stores ${stored} bits of a sample in ${allocated}`);
  }
  const highBit = attributes.word('x00280102') ?? stored - 1;
  if (highBit < stored - 1 || highBit >= allocated) {
    throw new Refusal(`its highest bit is ${highBit}, with ${stored} bits stored in ${allocated}`);
  }
  return { allocated, stored, highBit } as const;
}
