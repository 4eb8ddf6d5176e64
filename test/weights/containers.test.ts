/** The two containers that several formats come in: HDF5 and zip. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Hdf5File, openHdf5 } from '../../src/files/hdf5.js';
import { openZip } from '../../src/files/zip.js';
import { golden } from './golden.js';

const folder = mkdtempSync(path.join(tmpdir(), 'transfuse-containers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('HDF5', () => {
  let file: Hdf5File;
  // The library takes a while to load where TypeScript is run directly.
  beforeAll(async () => void (file = await openHdf5(golden('types.hdf5'))), 60_000);
  afterAll(() => file.close());

  test.each([
    ['int8', Int8Array],
    ['uint8', Uint8Array],
    ['int16', Int16Array],
    ['uint16', Uint16Array],
    ['int32', Int32Array],
    ['uint32', Uint32Array],
    ['float32', Float32Array],
    ['float64', Float64Array],
  ] as const)('%s', (name, array) => {
    const dataset = file.dataset(`types/${name}`);
    expect(dataset).toMatchObject({ dtype: name, shape: [2, 3] });
    expect(dataset.read()).toEqual(array.of(0, 1, 2, 3, 4, 5));
    expect(dataset.read([1, 2], [0, 2])).toEqual(array.of(3, 4));
  });

  test('64-bit integers, bits of float16, booleans, texts, scalars, big-endian, nothing', () => {
    const read = (name: string) => file.dataset(name).read();
    expect(read('types/int64')).toEqual(BigInt64Array.of(0n, 1n, 2n, 3n, 4n, 5n));
    expect(read('types/uint64')).toEqual(BigUint64Array.of(0n, 1n, 2n, 3n, 4n, 5n));
    expect(read('types/float16')).toEqual(Uint16Array.of(0, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500));
    expect(file.dataset('bool').dtype).toBe('bool');
    expect(read('bool')).toEqual(Uint8Array.of(1, 0));
    expect(read('texts')).toEqual(['α', 'beta']);
    expect(read('fixed')).toEqual(['ab', 'c']);
    expect(file.dataset('scalar').shape).toEqual([]);
    expect(read('scalar')).toEqual(Float64Array.of(2.5));
    expect(read('big-endian')).toEqual(Float32Array.of(0, 1, 2));
    expect(read('none')).toEqual(new Float64Array(0));
  });

  test('slices of compressed chunks, also across and beyond their ends', () => {
    const images = file.dataset('gzip');
    const whole = images.read() as Uint8Array;
    expect(whole.every((value, i) => value === i % 251)).toBe(true);
    expect(images.read([5, 9])).toEqual(whole.slice(5 * 64, 9 * 64));
    expect(images.read([38, 99])).toEqual(whole.slice(38 * 64));
    expect(images.read([50, 60])).toHaveLength(0);
  });

  test('groups, links and attributes', () => {
    expect(file.keys('linked')).toEqual(file.keys('types'));
    expect([file.kind('types'), file.kind('gzip'), file.kind('dangling'), file.kind('x')]).toEqual([
      'group',
      'dataset',
      undefined,
      undefined,
    ]);
    expect(file.datasets('types')).toHaveLength(11);
    expect(file.attribute('', 'names')).toEqual({ shape: [2], values: ['a', 'bb'] });
    expect(file.text('', 'name')).toBe('héllo');
    expect(file.attribute('', 'number')!.values).toEqual(BigInt64Array.of(3n));
    expect(file.attribute('', 'empty')!.values).toHaveLength(0);
    expect(file.attribute('', 'x')).toBeUndefined();
    expect(file.attribute('x', 'x')).toBeUndefined();
  });

  test('what cannot be read is said, and nothing is printed', async () => {
    const printed = vi.spyOn(process.stderr, 'write');
    try {
      expect(() => file.dataset('types/float')).toThrow(
        /has no dataset types\/float; its group types holds float16, float32, .*/,
      );
      expect(() => file.dataset('pairs')).toThrow(
        /pairs in .* holds HDF5 type class 6 of 8 bytes; numbers, booleans/,
      );
      expect(() => file.dataset('claims').read()).toThrow(
        /claims claims 4000000000000 bytes, more than a file of/,
      );
      const circle = await openHdf5(golden('circle.hdf5'));
      expect(() => circle.datasets()).toThrow(/groups lie more than 32 deep/);
      circle.close();
      await expect(openHdf5('package.json')).rejects.toThrow(
        /is not a sound HDF5 file: .*file signature not found/,
      );
      await expect(openHdf5(path.join(folder, 'x.h5'))).rejects.toMatchObject({ code: 'file-not-found' });
      const half = readFileSync(golden('types.hdf5'));
      writeFileSync(path.join(folder, 'half.h5'), half.subarray(0, half.length / 2));
      await expect(openHdf5(path.join(folder, 'half.h5'))).rejects.toMatchObject({ code: 'bad-hdf5' });
    } finally {
      expect(printed).not.toHaveBeenCalled();
      printed.mockRestore();
    }
  });
});

describe('zip', () => {
  test('stored, deflated, empty and zip64 entries, and parts of stored ones', async () => {
    const archive = await openZip(golden('archive.zip'));
    expect(archive.names).toEqual(['stored', 'deflated', 'bzip2', 'empty', 'zip64']);
    expect(await archive.read('stored')).toEqual(Uint8Array.from({ length: 256 }, (_, i) => i));
    expect(Buffer.from(await archive.read('deflated')).equals(Buffer.alloc(5000, 'x'))).toBe(true);
    expect(await archive.read('empty')).toHaveLength(0);
    expect(Buffer.from(await archive.read('zip64')).toString()).toBe('zip64');
    expect(await archive.readPart('stored', 10, 13)).toEqual(Uint8Array.of(10, 11, 12));
    expect([archive.isStored('stored'), archive.isStored('deflated'), archive.size('deflated')]).toEqual([
      true,
      false,
      5000,
    ]);
    await archive.extract('deflated', path.join(folder, 'out'));
    expect(readFileSync(path.join(folder, 'out'))).toHaveLength(5000);
    archive.close();
  });

  test('what cannot be read is said', async () => {
    const archive = await openZip(golden('archive.zip'));
    const refused = async (work: Promise<unknown>, code: string, message: RegExp) =>
      expect(work).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await refused(archive.read('x'), 'missing-entry', /has no x; it holds stored, deflated/);
    await refused(
      archive.read('bzip2'),
      'bad-zip',
      /packed by method 12; those that are read are 0 \(stored\) and 8/,
    );
    await refused(
      archive.read('deflated', 100),
      'bad-zip',
      /deflated has 5000 bytes; at most 100 are expected/,
    );
    await refused(
      archive.readPart('deflated', 0, 1),
      'bad-zip',
      /is compressed, so no part of it can be read alone/,
    );
    await refused(
      archive.readPart('stored', 250, 300),
      'bad-zip',
      /has 256 bytes; those from 250 to 300 were asked for/,
    );
    await refused(
      archive.extract('stored', path.join(folder, 'no/where')),
      'cannot-write',
      /its folder does not exist/,
    );
    archive.close();
    await refused(openZip('package.json'), 'bad-zip', /not a sound zip archive/);
    await refused(openZip(path.join(folder, 'x.zip')), 'file-not-found', /does not exist/);
  });

  test.skipIf(!existsSync('/dev/full'))('a full disk', async () => {
    const archive = await openZip(golden('archive.zip'));
    await expect(archive.extract('stored', '/dev/full')).rejects.toMatchObject({ code: 'cannot-write' });
    archive.close();
  });

  test('entries that are not what they claim', async () => {
    const whole = readFileSync(golden('archive.zip'));
    const damaged = async (change: (bytes: Buffer) => void, name: string) => {
      const bytes = Buffer.from(whole);
      change(bytes);
      writeFileSync(path.join(folder, 'damaged.zip'), bytes);
      const archive = await openZip(path.join(folder, 'damaged.zip'));
      try {
        return await archive.read(name);
      } finally {
        archive.close();
      }
    };
    // In the directory: the entry's header is 46 bytes before its name, its unpacked size 24 after that.
    const inDirectory = (name: string) => whole.lastIndexOf(name) - 46;
    await expect(damaged((bytes) => (bytes[100]! ^= 1), 'stored')).rejects.toThrow(
      /the checksum of stored is wrong/,
    );
    await expect(
      damaged((bytes) => bytes.writeUInt32LE(3_000_000_000, inDirectory('deflated') + 24), 'deflated'),
    ).rejects.toThrow(/deflated claims to unpack from \d+ to 3000000000 bytes/);
    await expect(
      damaged((bytes) => bytes.writeUInt32LE(4000, inDirectory('deflated') + 24), 'deflated'),
    ).rejects.toThrow(/deflated does not unpack to 4000 bytes/);
  });
});
