/** @file Malformed and hostile DICOM files: each a picture or a refusal in one line, soon, and in bounded memory. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../src/data/decode.js';
import { countFrames, readIdentifier } from '../../src/data/dicom/headers.js';
import { TransfuseError } from '../../src/errors.js';
import { Random } from '../../src/random.js';
import { temporaryFolder, writeFiles } from './temporary.js';
import {
  delimiter,
  dicomFile,
  dicomPicture,
  element,
  encapsulated,
  type PictureOptions,
  syntaxes,
  UNDEFINED_LENGTH,
} from './write-dicom.js';

const golden = path.resolve('test/golden/dicom');
const files = readdirSync(golden).filter((name) => name.endsWith('.dcm'));

/** What becomes of bytes: `read`, or the reason why not. Anything but a refusal of ours is a failure. */
async function outcome(bytes: Uint8Array): Promise<string> {
  try {
    const { width, height, data } = await decodeImage(bytes, 'FILE');
    expect(data.length).toBe(width * height * 3);
    return 'read';
  } catch (error) {
    if (!(error instanceof TransfuseError)) throw error;
    expect(error.code).toBe('unreadable-image');
    expect(error.message).toMatch(/^cannot read FILE: [^\n]{1,200}$/);
    return error.message;
  }
}

/** One of the ways in which files go wrong. */
function damage(bytes: Buffer, random: Random): Buffer {
  const place = () => random.integer(0, bytes.length - 1);
  const cut = (from: number, to: number) => Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  switch (random.integer(0, 6)) {
    case 0:
      return bytes.subarray(0, place());
    case 1: // bytes by chance
      for (let n = random.integer(1, 8); n > 0; n--) bytes[place()] = random.integer(0, 255);
      return bytes;
    case 2: // values that lengths and counts like least
      for (let n = random.integer(1, 4); n > 0; n--)
        bytes[place()] = [0, 1, 127, 128, 255][random.integer(0, 4)];
      return bytes;
    case 3: {
      const at = place();
      return bytes.fill(255 * random.integer(0, 1), at, Math.min(bytes.length, at + random.integer(1, 64)));
    }
    case 4: {
      const from = place();
      bytes.copy(bytes, place(), from, Math.min(bytes.length, from + random.integer(1, 100)));
      return bytes;
    }
    case 5: {
      const at = place();
      return cut(at, at + random.integer(1, 50));
    }
    default: {
      const [at, from] = [place(), place()];
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from), bytes.subarray(at)]);
    }
  }
}

test('a thousand damaged files, of every encoding', { timeout: 60_000 }, async () => {
  const before = process.memoryUsage().rss;
  const reasons = new Map<string, number>();
  let slowest = 0;
  for (let i = 0; i < 1000; i++) {
    const random = new Random(2021, i);
    const bytes = damage(readFileSync(path.join(golden, files[i % files.length])), random);
    const began = performance.now();
    const reason = (await outcome(bytes)).replace(/\d+/g, 'N');
    slowest = Math.max(slowest, performance.now() - began);
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  expect(reasons.get('read')).toBeGreaterThan(200);
  expect(reasons.size).toBeGreaterThan(15);
  expect(slowest).toBeLessThan(20_000); // a busy machine takes its time
  expect(process.memoryUsage().rss - before).toBeLessThan(600 * 2 ** 20);
});

test('cut short anywhere, a compressed frame is never taken for whole', { timeout: 60_000 }, async () => {
  const lossless = files.filter((name) =>
    /^(rle|jpeg-lossless|jpeg-ls|jpeg-12|jpeg-baseline|deflated)/.test(name),
  );
  expect(lossless.length).toBeGreaterThan(10);
  for (const name of lossless) {
    const bytes = readFileSync(path.join(golden, name));
    for (const part of [0.3, 0.6, 0.9, 0.97]) {
      expect(await outcome(bytes.subarray(0, bytes.length * part)), name).not.toBe('read');
    }
  }
});

describe('refused, with the reason', () => {
  const pixels = new Uint8Array(64);
  const fragment = (name: string) => {
    const bytes = readFileSync(path.join(golden, `${name}.dcm`));
    const start = bytes.lastIndexOf(Buffer.from('e07f1000', 'hex')) + 12;
    const length = bytes.readUInt32LE(start + 4) + 8;
    const size = bytes.readUInt32LE(start + length + 4);
    return bytes.subarray(start + length + 8, start + length + 8 + size);
  };
  const picture = (frame: Uint8Array, syntax: string, options: Partial<PictureOptions> = {}) =>
    dicomPicture({ rows: 32, columns: 36, pixels: { element: encapsulated([frame]) }, syntax, ...options });
  const lying = (name: string, syntax: string, options: Partial<PictureOptions>) =>
    picture(fragment(name), syntax, options);

  /** Sequences within sequences, none with a length. */
  const nested = (depth: number) => {
    const opening = Buffer.concat([
      element('0040,a730', 'SQ', '', UNDEFINED_LENGTH),
      delimiter('fffe,e000', undefined, UNDEFINED_LENGTH),
    ]);
    return dicomFile([element('0008,0060', 'CS', 'OT'), ...new Array<Buffer>(depth).fill(opening)]);
  };

  test.each<[string, () => Buffer, RegExp]>([
    ['nothing at all', () => Buffer.alloc(0), /it is empty/],
    ['a header of nothing', () => dicomFile([]), /cut short before its pixels/],
    ['no frame', () => dicomPicture({ pixels: new Uint8Array() }), /cut short: 0 of 64 bytes/],
    ['half a frame', () => dicomPicture({ pixels: pixels.subarray(32) }), /cut short: 32 of 64 bytes/],
    ['no rows', () => dicomPicture({ rows: 0, pixels }), /no Rows and Columns/],
    [
      'huge',
      () => dicomPicture({ rows: 65535, columns: 65535, pixels }),
      /65535 × 65535 pixels; at most 100/,
    ],
    ['large and absent', () => dicomPicture({ rows: 9999, columns: 9999, pixels }), /cut short: 64 of/],
    ['a billion frames', () => dicomPicture({ frames: 999_999_999, pixels }), /cut short: 64 of/],
    [
      'more frames than fragments',
      () => dicomPicture({ frames: 3, pixels: { element: encapsulated([pixels]) }, syntax: syntaxes.rle }),
      /claims 3 frames/,
    ],
    ['seven bits', () => dicomPicture({ allocated: 7, pixels }), /allocates 7 bits/],
    [
      'a colour nobody knows',
      () => dicomPicture({ photometric: 'CMYK', pixels }),
      /photometric interpretation is none of/,
    ],
    [
      'colour in one sample',
      () => dicomPicture({ photometric: 'RGB', pixels }),
      /does not go with 1 samples/,
    ],
    ['no palette', () => dicomPicture({ photometric: 'PALETTE COLOR', pixels }), /palette is missing/],
    [
      'a palette that repeats itself for ever',
      () =>
        dicomPicture({
          photometric: 'PALETTE COLOR',
          after: [
            ...['1101', '1102', '1103'].map((tag) => element(`0028,${tag}`, 'US', [0, 0, 16])),
            ...['1221', '1222', '1223'].map((tag) => element(`0028,${tag}`, 'OW', [2, 65535, 0, 0])),
          ],
          pixels,
        }),
      /palette is damaged/,
    ],
    [
      'pixels without an end',
      () => dicomPicture({ pixels: { element: element('7fe0,0010', 'OB', '', UNDEFINED_LENGTH) } }),
      /encapsulated, but its transfer syntax is not/,
    ],
    [
      'a fragment beyond the end',
      () => {
        const item = delimiter('fffe,e000', pixels, 2 ** 31);
        const whole = Buffer.concat([encapsulated([]).subarray(0, 20), item]);
        return dicomPicture({ pixels: { element: whole }, syntax: syntaxes.jpeg });
      },
      /encapsulated pixels are cut short/,
    ],
    ['JPEG of another size', () => lying('jpeg-baseline', syntaxes.jpeg, { rows: 33 }), /another size/],
    [
      'JPEG 2000 of another size',
      () => lying('jpeg-2000', syntaxes.jpeg2000, { columns: 35 }),
      /another size/,
    ],
    ['JPEG-LS of another size', () => lying('jpeg-ls', syntaxes.jpegLs, { columns: 35 }), /another size/],
    [
      'RLE of another depth',
      () => lying('rle', syntaxes.rle, { allocated: 32 }),
      /2 segments where 4 are needed/,
    ],
    [
      'JPEG in JPEG 2000’s place',
      () => lying('jpeg-baseline', syntaxes.jpeg2000, {}),
      /no JPEG 2000 codestream/,
    ],
    [
      'a JPEG 2000 frame cut into billions of tiles',
      () => {
        const frame = Buffer.from(fragment('jpeg-2000'));
        frame.writeUInt32BE(0, 24);
        frame.writeUInt32BE(0, 28);
        return picture(frame, syntaxes.jpeg2000);
      },
      /too many tiles/,
    ],
    ['sequences 100,000 deep', () => nested(100_000), /damaged or cut short before its pixels/],
    [
      'millions of elements',
      () =>
        dicomFile([
          element('0008,0060', 'CS', 'OT'),
          Buffer.alloc(24_000_000, element('0009,0001', 'CS', '')),
        ]),
      /more elements than any image needs/,
    ],
    [
      'a deflate bomb',
      () => dicomFile([element('0008,0060', 'CS', 'OT'), Buffer.alloc(300 * 2 ** 20)], syntaxes.deflated),
      /deflated data set is longer than 256 MiB/,
    ],
    [
      'a transfer syntax of letters',
      () => dicomFile([], 'DOE^JOHN'),
      /FILE: transfer syntax is not one of those/,
    ],
    [
      'an MPEG video',
      () => dicomFile([], '1.2.840.10008.1.2.4.102'),
      /1\.2\.840\.10008\.1\.2\.4\.102 is not one/,
    ],
  ])('%s', { timeout: 60_000 }, async (_, make, reason) => {
    expect(await outcome(make())).toMatch(reason);
  });

  test('a JPEG of a thousand scans of nothing', async () => {
    const frame = fragment('jpeg-12');
    const scan = frame.indexOf(Buffer.from('ffda', 'hex'));
    const bomb = Buffer.concat([
      frame.subarray(0, -2),
      ...new Array<Buffer>(1000).fill(frame.subarray(scan, -2)),
    ]);
    const bytes = picture(bomb, '1.2.840.10008.1.2.4.51', { allocated: 16 });
    expect(await outcome(bytes)).toMatch(/damaged/);
  });
});

test('what is asked of headers is undefined or one, whatever the file', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, {
    empty: '',
    text: 'no image',
    'frames.dcm': dicomPicture({ frames: 999_999_999, pixels: new Uint8Array(64) }),
    'cut.dcm': readFileSync(path.join(golden, 'explicit.dcm')).subarray(0, 300),
    'letters.dcm': dicomPicture({ frames: 'many', pixels: new Uint8Array(64) }),
  });
  for (const name of ['empty', 'text', 'frames.dcm', 'cut.dcm', 'letters.dcm', 'absent', '.']) {
    expect(await readIdentifier(path.join(folder, name), 'PatientID'), name).toBeUndefined();
    expect(await countFrames(path.join(folder, name)), name).toBe(1);
  }
});
