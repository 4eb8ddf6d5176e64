/** @file Which frames of the files in a request are predicted: one of each, or all. */
import { frameOf } from '../../data/dicom/options.js';
import { recogniseDicom } from '../../data/dicom/recognise.js';
import { TransfuseError } from '../../errors.js';
import type { Decoder } from '../decoder.js';
import { Problem } from '../http/index.js';
import type { Served } from '../registry.js';
import type { Upload } from './uploads.js';

/** What one prediction is made of. */
export interface Picture {
  /** Which image of the request, from 0. */
  readonly image: number;
  readonly bytes: Uint8Array;
  readonly served: Served;
  /** Of a file of several frames: which, from 0, and how many it has. */
  readonly frame?: { readonly index: number; readonly of: number };
}

/**
 * The pictures of a request, in its order, the frames of a file one after another.
 * @param adapters one per upload
 * @param asked `first`, `middle`, `all`, or a number from 1; absent, as each adapter was trained
 * @param most how many pictures a request may have
 * @throws Problem `too-many-images`
 */
export async function picturesOf(
  uploads: readonly Upload[],
  adapters: readonly Served[],
  asked: string | undefined,
  most: number,
  decoder: Pick<Decoder, 'frames'>,
  signal: AbortSignal,
): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for (const [image, { bytes }] of uploads.entries()) {
    const served = adapters[image]!;
    const picture = { image, bytes, served };
    const frames = asked ?? served.adapter.dicom?.frames;
    const of = await countOf(bytes, decoder, signal);
    if (of === 1) pictures.push(picture);
    else if (frames !== 'all') pictures.push({ ...picture, frame: { index: frameOf({ frames }, of), of } });
    else {
      refuseMore(pictures.length + of, most);
      for (let index = 0; index < of; index++) pictures.push({ ...picture, frame: { index, of } });
    }
  }
  refuseMore(pictures.length, most);
  return pictures;
}

/** What cannot be counted is one picture, of which decoding says what is wrong. */
async function countOf(
  bytes: Uint8Array,
  decoder: Pick<Decoder, 'frames'>,
  signal: AbortSignal,
): Promise<number> {
  if (recogniseDicom(bytes) === undefined) return 1;
  return decoder.frames(bytes, signal).catch((error) => {
    if (error instanceof TransfuseError) return 1;
    throw error;
  });
}

function refuseMore(pictures: number, most: number): void {
  if (pictures <= most) return;
  throw new Problem(
    413,
    'too-many-images',
    `the request has ${pictures} images, each frame of a file being one; at most ${most} are taken`,
  );
}
