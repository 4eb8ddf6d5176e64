import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage } from '../../src/data/decode.js';
import { MAX_PIXELS } from '../../src/data/limits.js';
import { thumbnail } from '../../src/data/thumbnails.js';
import { fromBase64, golden, goldenJson } from './golden.js';
import { noisePng, temporaryFolder, withoutPrivileges } from './temporary.js';

interface GoldenFile {
  readonly height: number;
  readonly width: number;
  readonly rgb: string;
}

const files = goldenJson<Record<string, GoldenFile>>('files.json');
const isLossy = (name: string) => /\.jpg$|lossy\.webp$/.test(name);

describe("every kind of file has Pillow's pixels", () => {
  test.each(Object.keys(files))('%s', async (name) => {
    const { height, width, rgb } = files[name];
    const image = await decodeImage(golden(name));
    expect([image.height, image.width]).toEqual([height, width]);
    const expected = fromBase64(rgb);
    if (!isLossy(name)) return expect(image.data).toEqual(expected);
    // Two JPEG decoders may round their cosine and colour transforms differently.
    const largest = Math.max(...expected.map((value, i) => Math.abs(value - image.data[i])));
    expect(largest).toBeLessThanOrEqual(3);
  });
});

test('16-bit RGBA is composited on black and scaled by 257', async () => {
  const values = Uint16Array.from([65535, 257, 514, 65535, 40000, 20000, 100, 32768]);
  const png = await sharp(values, { raw: { width: 2, height: 1, channels: 4 } })
    .toColourspace('rgb16')
    .png()
    .toBuffer();
  const { data } = await decodeImage(png);
  const half = 32768 / 65535;
  const second = [40000, 20000, 100].map((v) => Math.round((v * half) / 257));
  expect([...data]).toEqual([255, 1, 2, ...second]);
});

test('CMYK TIFF becomes RGB without a press profile', async () => {
  const tiff = await sharp(Uint8Array.from([0, 255, 128, 0, 10, 20, 30, 255]), {
    raw: { width: 2, height: 1, channels: 4 },
  })
    .tiff({ compression: 'none' })
    .toBuffer();
  // sharp writes four plain channels as RGBA; only the photometric tag (262) says CMYK (5).
  const tag = tiff.indexOf(Buffer.from([0x06, 0x01, 0x03, 0x00, 0x01, 0, 0, 0, 0x02, 0]));
  expect(tag).toBeGreaterThan(0);
  tiff[tag + 8] = 5;
  const { data } = await decodeImage(tiff);
  expect([...data]).toEqual([255, 0, 127, 0, 0, 0]);
});

test('the name says nothing: a PNG named .jpg and a JPEG named .png are read', async () => {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, 'a.jpg'), readFileSync(golden('rgb.png')));
  writeFileSync(path.join(folder, 'b.png'), readFileSync(golden('rgb.jpg')));
  expect((await decodeImage(path.join(folder, 'a.jpg'))).data).toEqual(fromBase64(files['rgb.png'].rgb));
  expect(await decodeImage(path.join(folder, 'b.png'))).toEqual(await decodeImage(golden('rgb.jpg')));
});

test('stray bytes before and after the end of a JPEG do no harm', async () => {
  const jpeg = readFileSync(golden('rgb.jpg'));
  const stray = Buffer.alloc(20, 0x17);
  const end = jpeg.length - 2;
  const padded = Buffer.concat([jpeg.subarray(0, end), stray, jpeg.subarray(end), stray]);
  expect(await decodeImage(padded)).toEqual(await decodeImage(jpeg));
});

test('a one-pixel image is an image', async () => {
  expect(await decodeImage(await noisePng(1, 1, 1))).toMatchObject({ width: 1, height: 1 });
});

describe('what cannot be read is refused in one line that names the file', () => {
  const jpeg = readFileSync(golden('rgb.jpg'));
  const png = readFileSync(golden('rgb.png'));
  const pngOfSize = (width: number, height: number) => {
    const huge = Buffer.from(png);
    huge.writeUInt32BE(width, 16);
    huge.writeUInt32BE(height, 20);
    huge.writeUInt32BE(crc32(huge.subarray(12, 29)), 29);
    return huge;
  };
  const bad: Record<string, [string | Uint8Array, RegExp]> = {
    'a text file named .jpg': ['not an image at all\n', /it is text, not a JPEG, PNG/],
    'an HTML error page': ['<!DOCTYPE html><html>404</html>', /it is HTML, XML or SVG/],
    'an SVG': ['<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', /it is HTML, XML or SVG/],
    'an empty file': ['', /it is empty/],
    'a file of zeros': [new Uint8Array(4096), /filled with zeros/],
    'a GIF': [Buffer.from('GIF89a\x01\0\x01\0\0\0\0;', 'latin1'), /it is a GIF/],
    'a zip archive': [Buffer.from('PK\x03\x04\x14\0\0\0', 'latin1'), /it is a zip archive/],
    'a DICOM file': [
      Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')]),
      /its header does not say its transfer syntax/,
    ],
    'random bytes': [Uint8Array.from({ length: 99 }, (_, i) => (i * 151) ^ 0xa5), /of an unknown kind/],
    'a truncated JPEG': [jpeg.subarray(0, jpeg.length * 0.6), /damaged or cut short \(JPEG/],
    'a JPEG of two bytes': [jpeg.subarray(0, 2), /a JPEG without contents/],
    'a JPEG header alone': [jpeg.subarray(0, 20), /damaged or cut short \(JPEG/],
    'a truncated PNG': [png.subarray(0, 100), /damaged or cut short \(PNG/],
    'a PNG with a damaged header': [Buffer.concat([png.subarray(0, 20), png.subarray(24)]), /PNG/],
    'a truncated TIFF': [readFileSync(golden('lzw.tif')).subarray(0, 100), /\(TIFF/],
    'a truncated WebP': [readFileSync(golden('lossless.webp')).subarray(0, 90), /\(WEBP/],
    'a truncated bitmap': [readFileSync(golden('rgb24.bmp')).subarray(0, 120), /\(BMP: it is cut short/],
    'a bitmap header alone': [
      readFileSync(golden('rgb24.bmp')).subarray(0, 30),
      /\(BMP: its header is cut short/,
    ],
    'floating-point pixels': [
      readFileSync(golden('float32.tif')),
      /pixels are of type float; save it with 8 or 16/,
    ],
    'more pixels than fit': [pngOfSize(20000, 5001), /20000 × 5001 pixels; at most 100 million/],
    'an absurd size': [pngOfSize(0x7fffffff, 0x7fffffff), /cannot read/],
  };
  test.each(Object.keys(bad))('%s', async (name) => {
    const [content, reason] = bad[name];
    const file = path.join(temporaryFolder(), 'scan.jpg');
    writeFileSync(file, content);
    const error = await decodeImage(file).catch((reason: Error) => reason);
    expect(error).toMatchObject({ name: 'TransfuseError', code: 'unreadable-image' });
    const { message } = error as Error;
    expect(message).toContain(`cannot read ${file}: `);
    expect(message).toMatch(reason);
    expect(message).not.toContain('\n');
  });

  test('a missing file, a folder, a link in a circle', async () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, 'folder.png'));
    symlinkSync('circle.png', path.join(folder, 'circle.png'));
    await expect(decodeImage(path.join(folder, 'no.png'))).rejects.toThrow(/no\.png: there is no such file/);
    await expect(decodeImage(path.join(folder, 'folder.png'))).rejects.toThrow(/it is a folder/);
    await expect(decodeImage(path.join(folder, 'circle.png'))).rejects.toThrow(/leads in a circle/);
  });

  test('no permission', async () => {
    const file = path.join(temporaryFolder(), 'secret.png');
    writeFileSync(file, readFileSync(golden('rgb.png')), { mode: 0o000 });
    const reading = withoutPrivileges(() => decodeImage(file));
    await expect(reading).rejects.toThrow(`cannot read ${file}: no permission to read it`);
  });

  test('bytes without a name are called what the caller says', async () => {
    await expect(decodeImage(Buffer.from('x'), 'page 3')).rejects.toThrow(/^cannot read page 3: /);
  });

  test('the limit is on pixels', () => expect(MAX_PIXELS).toBe(100_000_000));
});

describe('thumbnails', () => {
  test('fit a square, keep the aspect, turn by EXIF', async () => {
    const { format, width, height } = await sharp(
      await thumbnail({ kind: 'file', path: golden('exif6.jpg') }, 16),
    ).metadata();
    expect({ format, width, height }).toEqual({ format: 'jpeg', width: 12, height: 16 });
  });

  test('are never enlarged', async () => {
    expect(
      await sharp(await thumbnail({ kind: 'file', path: golden('rgb24.bmp') }, 96)).metadata(),
    ).toMatchObject({
      width: 7,
      height: 5,
    });
  });
});

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
