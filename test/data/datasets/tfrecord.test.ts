import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { crc32c } from '../../../src/data/crc32c.js';
import { parseExample } from '../../../src/data/tf-example.js';
import { readTfRecords } from '../../../src/data/tfrecord.js';
import { copyOf, goldenDataset, known, refusalOf } from './copies.js';

async function all(file: string): Promise<Uint8Array[]> {
  const records: Uint8Array[] = [];
  for await (const { data } of readTfRecords(file)) records.push(new Uint8Array(data));
  return records;
}

test('CRC-32C of the examples in RFC 3720', () => {
  const bytes = (next: (i: number) => number) => Uint8Array.from({ length: 32 }, (_, i) => next(i));
  expect(crc32c(bytes(() => 0))).toBe(0x8a9136aa);
  expect(crc32c(bytes(() => 0xff))).toBe(0x62a8ab43);
  expect(crc32c(bytes((i) => i))).toBe(0x46dd794e);
  expect(crc32c(bytes((i) => 31 - i))).toBe(0x113fdb5c);
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
});

test('records that TensorFlow wrote, and where they lie', async () => {
  const file = path.join(goldenDataset('chest-xray-tfrec'), 'train/images.tfrec');
  const expected = known<{ train: { bytes: number }[] }>('chest-xray-tfrec').train;
  const whole = readFileSync(file);
  let records = 0;
  for await (const { index, offset, data } of readTfRecords(file)) {
    expect(data.length).toBe(expected[index].bytes);
    expect([...data.subarray(0, 2)]).toEqual([0xff, 0xd8]);
    expect(whole.subarray(offset, offset + data.length).equals(data)).toBe(true);
    records++;
  }
  expect(records).toBe(expected.length);
});

test('examples: bytes and integers by name', async () => {
  const folder = path.join(goldenDataset('tfds/malaria'), '1.0.0');
  const [first] = await all(path.join(folder, 'malaria-train.tfrecord-00000-of-00001'));
  const features = parseExample(first)!;
  expect([...features.keys()].sort()).toEqual(['image', 'label']);
  expect(features.get('label')).toMatchObject({ kind: 'ints', values: [expect.any(Number)] });
  const image = features.get('image')!;
  expect(image.kind === 'bytes' && [...image.values[0].subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
  expect(parseExample(Uint8Array.of(0xff, 0xff))).toBeUndefined();
});

test.each<[string, (bytes: Buffer) => Uint8Array, RegExp]>([
  [
    'a flipped bit in the data',
    (b) => flip(b, 20),
    /images\.tfrec, record 0: its data have a wrong checksum/,
  ],
  ['a flipped bit in a length', (b) => flip(b, 1), /record 0: its length has a wrong checksum/],
  ['a file cut short', (b) => b.subarray(0, b.length - 9), /record 8: the file ends 9 bytes too early/],
  ['another kind of file', () => Buffer.from('just some text, long enough to be read'), /no TFRecord file/],
  [
    'a gzipped file',
    () => Buffer.from('1f8b0800000000000003030000000000', 'hex'),
    /gzip-compressed; unpack it/,
  ],
])('%s is named with file and record', async (_, damage, reason) => {
  const file = path.join(copyOf('chest-xray-tfrec'), 'train/images.tfrec');
  writeFileSync(file, damage(readFileSync(file)));
  const error = await refusalOf(all(file));
  expect(error.code).toBe('bad-tfrecord');
  expect(error.message).toMatch(reason);
});

test('a header cut short', async () => {
  const file = path.join(copyOf('chest-xray-tfrec'), 'train/images.tfrec');
  const [{ bytes }] = known<{ train: { bytes: number }[] }>('chest-xray-tfrec').train;
  writeFileSync(file, readFileSync(file).subarray(0, 16 + bytes + 5));
  expect((await refusalOf(all(file))).message).toMatch(/record 1: the file ends within its header/);
});

function flip(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] ^= 4;
  return copy;
}
