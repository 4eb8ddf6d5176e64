/** @file Real DICOM files: every transfer syntax of one slice, and whatever lies in folders of test files. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../src/data/decode.js';
import { decodeStored } from '../../src/data/dicom/decode.js';
import { isDicomFile } from '../../src/data/dicom/dicom-file.js';
import { sharedData } from '../shared-data.js';

const folder = sharedData('data/dicom');
const title = '(skips where the shared data are absent)';

const slice = (syntax: string) =>
  readFileSync(path.join(folder!, `cornerstone/testImages/CTImage.dcm${syntax && `_${syntax}`}`));

describe.skipIf(!folder)(`one slice in many transfer syntaxes ${title}`, () => {
  const reference = () => {
    const { buffer } = new Uint8Array(
      readFileSync(path.join(folder!, 'cornerstone/CTImage.reference.int16le.512x512.raw')),
    );
    return new Int16Array(buffer);
  };
  const farthest = (a: ArrayLike<number>, b: ArrayLike<number>) => {
    expect(a.length).toBe(b.length);
    let most = 0;
    for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
    return most;
  };

  test.each([
    '',
    'LittleEndianImplicitTransferSyntax_1.2.840.10008.1.2.dcm',
    'LittleEndianExplicitTransferSyntax_1.2.840.10008.1.2.1.dcm',
    'DeflatedExplicitVRLittleEndianTransferSyntax_1.2.840.10008.1.2.1.99.dcm',
    'BigEndianExplicitTransferSyntax_1.2.840.10008.1.2.2.dcm',
    'RLELosslessTransferSyntax_1.2.840.10008.1.2.5.dcm',
    'JPEGProcess14TransferSyntax_1.2.840.10008.1.2.4.57.dcm',
    'JPEGProcess14SV1TransferSyntax_1.2.840.10008.1.2.4.70.dcm',
    'JPEGLSLosslessTransferSyntax_1.2.840.10008.1.2.4.80.dcm',
    'JPEG2000LosslessOnlyTransferSyntax_1.2.840.10008.1.2.4.90.dcm',
  ])('lossless, equal to the raw reference: %s', async (syntax) => {
    expect(farthest(await decodeStored(slice(syntax)), reference())).toBe(0);
  });

  test.each([
    // The encoder's error bound, and what its rate leaves.
    ['JPEGLSLossyTransferSyntax_1.2.840.10008.1.2.4.81.dcm', 2],
    ['JPEG2000TransferSyntax_1.2.840.10008.1.2.4.91.dcm', 5],
  ])('lossy, near the reference: %s', async (syntax, bound) => {
    expect(farthest(await decodeStored(slice(syntax)), reference())).toBeLessThanOrEqual(bound);
  });

  test.each([
    // Rescaled to the bits that the process has, by this slope: the modality's unit is what compares.
    ['JPEGProcess1TransferSyntax_1.2.840.10008.1.2.4.50.dcm', 32.1216, 32],
    ['JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51.dcm', 2.0002442, 4],
    ['JPEGProcess6_8TransferSyntax_1.2.840.10008.1.2.4.53.dcm', 2.0002442, 4],
    ['JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55.dcm', 2.0002442, 4],
  ])('lossy JPEG, near the reference on average: %s', async (syntax, slope, bound) => {
    const values = await decodeStored(slice(syntax));
    const wanted = reference();
    let sum = 0;
    for (let i = 0; i < wanted.length; i++) sum += Math.abs(values[i] * slope - 4047 - (wanted[i] - 1024));
    expect(sum / wanted.length).toBeLessThan(bound);
  });

  test('sequential and progressive 12-bit JPEG of equal coefficients give equal pixels', async () => {
    const sequential = await decodeStored(slice('JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51.dcm'));
    for (const process of [
      'JPEGProcess6_8TransferSyntax_1.2.840.10008.1.2.4.53.dcm',
      'JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55.dcm',
    ]) {
      expect(farthest(await decodeStored(slice(process)), sequential)).toBe(0);
    }
  });
});

describe.skipIf(!folder)(`whole folders ${title}`, () => {
  /** What cannot be read, and why; everything else must be. */
  const unreadable: Record<string, RegExp> = {
    'MR_truncated.dcm': /its pixels are cut short: 8130 of 8192 bytes$/,
    'JPEG2000-embedded-sequence-delimiter.dcm': /its frame is of another size than its header says$/,
    'meta_missing_tsyntax.dcm': /its header does not say its transfer syntax$/,
  };
  const withoutPixels =
    /no-pixel-data|rtplan|rtstruct|reportsi|test-SR|waveform|UN_sequence|priv_SQ|NoMeta|no_meta|charset|DICOMDIR|IM0000/;

  test('every image is read, or named with its reason', { timeout: 60_000 }, async () => {
    let read = 0;
    for (const name of readdirSync(folder!, { recursive: true, encoding: 'utf8' })) {
      const file = path.join(folder!, name);
      if (!statSync(file).isFile() || !isDicomFile(file)) continue;
      const { base } = path.parse(name);
      if (base in unreadable) await expect(decodeImage(file), base).rejects.toThrow(unreadable[base]);
      else if (withoutPixels.test(base)) {
        await expect(decodeImage(file), base).rejects.toThrow(/without pixels|before its pixels|no Rows/);
      } else {
        const { width, height, data } = await decodeImage(file);
        expect(data.length, base).toBe(width * height * 3);
        // Cut-outs of a few pixels may lie beyond their window.
        if (width > 16) expect(new Set(data).size, base).toBeGreaterThan(1);
        read++;
      }
    }
    expect(read).toBe(114);
  });

  test('the same radiograph tagged MONOCHROME1 is its negative', async () => {
    const chest = path.join(folder!, 'chest');
    const [plain, negative] = await Promise.all(
      readdirSync(chest)
        .sort()
        .map((name) => decodeImage(path.join(chest, name))),
    );
    expect(negative.data.every((value, i) => value === 255 - plain.data[i])).toBe(true);
  });
});
