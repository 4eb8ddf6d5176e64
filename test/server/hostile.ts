/** @file Uploads that mean harm, or are merely broken, drawn from a seed. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import type { Random } from '../../src/random.js';
import { dicomFile, element } from '../data/write-dicom.js';

/** Good files of every kind that is read, up to 20 kB. */
export function goodFiles(): Buffer[] {
  const root = path.resolve('test/golden');
  const images = readdirSync(`${root}/data`).filter((name) => /\.(jpg|png|tif|webp|bmp)$/.test(name));
  const dicom = readdirSync(`${root}/dicom`).filter((name) => name.endsWith('.dcm'));
  const files = [
    ...images.map((name) => `${root}/data/${name}`),
    ...dicom.map((name) => `${root}/dicom/${name}`),
  ];
  return files.map((file) => readFileSync(file)).filter(({ length }) => length < 20_000);
}

const wildNumbers = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff];

/** One good file damaged in one to four ways. */
export function damaged(file: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(file);
  for (let i = random.integer(1, 4); i > 0; i--) {
    if (bytes.length < 8) return bytes;
    const at = random.integer(0, bytes.length - 5);
    switch (random.integer(0, 6)) {
      case 0:
        bytes = bytes.subarray(0, at);
        break;
      case 1:
        bytes[at]! ^= 1 << random.integer(0, 7);
        break;
      case 2:
        bytes.fill(0, at, Math.min(bytes.length, at + random.integer(1, 64)));
        break;
      case 3: {
        const number = wildNumbers[random.integer(0, wildNumbers.length - 1)]!;
        if (random.chance(0.5)) bytes.writeUInt32LE(number, at);
        else bytes.writeUInt32BE(number, at);
        break;
      }
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(random.integer(0, at))]);
        break;
      case 5:
        bytes.writeUInt16BE(
          wildNumbers[random.integer(0, 5)]!,
          random.integer(0, Math.min(64, bytes.length - 2)),
        );
        break;
      default:
        bytes = Buffer.concat([bytes, Buffer.alloc(random.integer(1, 5000), random.integer(0, 255))]);
    }
  }
  return bytes;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A PNG of one bit per pixel, which compresses a thousandfold. */
function pngBomb(width: number, height: number, rows = height): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const data = deflateSync(Buffer.alloc((1 + Math.ceil(width / 8)) * rows));
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', new Uint8Array()),
  ]);
}

/** A bitmap whose header claims what it does not hold. */
function hugeBitmap(): Buffer {
  const bytes = Buffer.alloc(60);
  bytes.write('BM');
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(0x7fffffff, 18);
  bytes.writeInt32LE(0x7fffffff, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  return bytes;
}

function animatedGif(): Buffer {
  const frame = '2c0000000001000100000202440100';
  return Buffer.from(`47494638396101000100800000ffffff000000${frame}${frame}3b`, 'hex');
}

function dicomClaiming(rows: number, columns: number): Buffer {
  return dicomFile([
    element('0010,0010', 'PN', 'DOE^JANE'),
    element('0028,0002', 'US', [1]),
    element('0028,0004', 'CS', 'MONOCHROME2'),
    element('0028,0010', 'US', [rows]),
    element('0028,0011', 'US', [columns]),
    element('0028,0100', 'US', [16]),
    element('0028,0101', 'US', [16]),
    element('0028,0102', 'US', [15]),
    element('0028,0103', 'US', [0]),
    element('7fe0,0010', 'OW', new Uint8Array(64), 0xfffffffe),
  ]);
}

/** Files that are hostile by design, and whether their pixels can be read all the same. */
export async function craftedFiles(): Promise<{ name: string; bytes: Buffer; readable: boolean }[]> {
  const noise = { create: { width: 60, height: 60, channels: 3 as const, background: '#a03060' } };
  const animated = await sharp(Buffer.alloc(40 * 80 * 3, 90), {
    raw: { width: 40, height: 80, channels: 3, pageHeight: 40 },
  })
    .webp()
    .toBuffer();
  const cmyk = await sharp(noise).toColourspace('cmyk').jpeg().toBuffer();
  return [
    { name: 'zero bytes', bytes: Buffer.alloc(0), readable: false },
    { name: 'one byte', bytes: Buffer.from([0xff]), readable: false },
    { name: 'zeros', bytes: Buffer.alloc(100_000), readable: false },
    { name: 'PNG of 20000 × 20000', bytes: pngBomb(20_000, 20_000), readable: false },
    { name: 'PNG that claims 2^31 × 2^31', bytes: pngBomb(0x7fffffff, 0x7fffffff, 0), readable: false },
    { name: 'PNG with less than it claims', bytes: pngBomb(1500, 1500, 3), readable: false },
    { name: 'bitmap that claims 2^31 × 2^31', bytes: hugeBitmap(), readable: false },
    { name: 'animated GIF', bytes: animatedGif(), readable: false },
    { name: 'animated WebP', bytes: animated, readable: true },
    { name: 'CMYK', bytes: cmyk, readable: true },
    {
      name: 'SVG with an entity bomb',
      bytes: Buffer.from(`<!DOCTYPE s [<!ENTITY a "aaaa">]><svg>${'&a;'.repeat(9999)}</svg>`),
      readable: false,
    },
    {
      name: 'SVG that names a file',
      bytes: Buffer.from('<svg><image href="file:///etc/passwd"/></svg>'),
      readable: false,
    },
    { name: 'DICOM that claims 65535 × 65535', bytes: dicomClaiming(65_535, 65_535), readable: false },
    { name: 'DICOM with a wrong length', bytes: dicomClaiming(512, 512), readable: false },
    { name: 'zip', bytes: Buffer.from('504b0304140000000800', 'hex'), readable: false },
  ];
}

/** Names that would lead out of a folder, or into trouble. */
export const hostileNames = [
  '../../../../etc/passwd',
  '..\\..\\windows\\win.ini',
  '/etc/shadow',
  'a\0b.png',
  `${'x'.repeat(3000)}.png`,
  '<script>alert(1)</script>.png',
  'CON',
  '',
  '%2e%2e%2fetc%2fpasswd',
  'DOE^JANE.dcm',
];
