/** @file Every encoding of DICOM against what pydicom and its codecs read, as `oracles/dicom.py` wrote it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../src/data/decode.js';
import { decodeStored } from '../../src/data/dicom/decode.js';
import type { DicomOptions } from '../../src/data/dicom/options.js';

const folder = path.resolve('test/golden/dicom');

interface Expected extends DicomOptions {
  readonly rows: number;
  readonly columns: number;
  /** How far a byte of the picture may be off. */
  readonly tolerance: number;
  readonly stored?: string;
  readonly grey?: string;
  readonly rgb?: string;
  readonly frame?: number;
}

const expected: Record<string, Expected> = JSON.parse(
  readFileSync(path.join(folder, 'expected.json'), 'utf8'),
);
const cases = Object.entries(expected);
const fileOf = (name: string) => path.join(folder, `${name.split('#')[0]}.dcm`);

function sha256(values: ArrayLike<number>): string {
  const isFloating = values instanceof Float32Array || values instanceof Float64Array;
  const { buffer } = isFloating ? Float64Array.from(values) : Int32Array.from(values);
  return createHash('sha256').update(new Uint8Array(buffer)).digest('hex');
}

/** The largest difference between two lists of bytes of the same length. */
function farthest(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}

describe('pictures as pydicom makes them', () => {
  test.each(cases)('%s', async (name, { rows, columns, tolerance, grey, rgb, frame, window, frames }) => {
    const { height, width, data } = await decodeImage(fileOf(name), undefined, {
      dicom: { window, frames },
      frame,
    });
    expect([height, width]).toEqual([rows, columns]);
    const channels = Buffer.from((grey ?? rgb)!, 'base64');
    const wanted = grey
      ? Uint8Array.from({ length: channels.length * 3 }, (_, i) => channels[(i / 3) | 0])
      : channels;
    expect(farthest(data, wanted)).toBeLessThanOrEqual(tolerance);
  });
});

describe('stored values, bit for bit', () => {
  const exact = cases.filter(([, { stored }]) => stored !== undefined);
  test.each(exact)('%s', async (name, { stored, frame }) => {
    expect(sha256(await decodeStored(readFileSync(fileOf(name)), frame))).toBe(stored);
  });
});
