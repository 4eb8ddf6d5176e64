/** @file DICOM among other images: found under any name, grouped by patient, frame by frame. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDataset } from '../../src/data/dataset.js';
import { decodeImage } from '../../src/data/decode.js';
import { listFrames } from '../../src/data/dicom/list-frames.js';
import { listImages } from '../../src/data/images.js';
import { createLoader } from '../../src/data/loader.js';
import type { Dataset, DatasetOptions, Sample } from '../../src/data/types.js';
import { noisePng, temporaryFolder, writeFiles } from './temporary.js';
import { dicomPicture, element } from './write-dicom.js';

/** A picture of one grey value per frame. */
function scan(greys: readonly number[], patient = '', study = ''): Buffer {
  return dicomPicture({
    frames: greys.length > 1 ? greys.length : undefined,
    before: [
      element('0010,0010', 'PN', `Doe^${patient}`),
      element('0010,0020', 'LO', patient),
      element('0020,000d', 'UI', study),
    ],
    pixels: Uint8Array.from({ length: greys.length * 64 }, (_, i) => greys[Math.floor(i / 64)]),
  });
}

const samplesOf = ({ splits }: Dataset): Sample[] => Object.values(splits).flat();
const ids = (dataset: Dataset) =>
  samplesOf(dataset)
    .map(({ id }) => id)
    .sort();

test('is found by its contents, beside other images; directories of media are not', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, {
    'a/1.2.840.5': scan([1]),
    'a/IM0001': scan([2]),
    'a/x.dcm': scan([3]),
    'a/DICOMDIR': scan([4]),
    'b/notes.txt': 'no scan',
    'b/photo.png': await noisePng(1),
  });
  const dataset = await readDataset(folder, { validation: 0, test: 0 });
  expect(ids(dataset)).toEqual(['a/1.2.840.5', 'a/IM0001', 'a/x.dcm', 'b/photo.png']);
  expect(dataset.warnings).toEqual([
    'ignored 2 files not named as images (1 .txt, 1 without extension): a/DICOMDIR, b/notes.txt',
  ]);
  expect((await listImages([folder])).map((file) => path.basename(file))).toContain('IM0001');
});

describe('groups', () => {
  const patients = ['Anna 1', 'Ben 2', 'Cleo 3', 'Dora 4', 'Emil 5', 'Fay 6'];
  const folder = () => {
    const made = temporaryFolder();
    const files: Record<string, Buffer> = {};
    patients.forEach((patient, p) => {
      for (let i = 0; i < 4; i++) {
        files[`${i % 2 ? 'ill' : 'well'}/${p}-${i}.dcm`] = scan([10 * p + i], patient, `1.2.${p}.${i % 2}`);
      }
    });
    writeFiles(made, files);
    return made;
  };
  const read = (root: string, options: DatasetOptions) =>
    readDataset(root, { validation: 0.3, test: 0.3, ...options });

  test('by patient: whole on one side, and known by numbers only', async () => {
    const dataset = await read(folder(), { groupBy: 'dicom:PatientID' });
    const sides = new Map<string, Set<string>>();
    for (const [split, samples] of Object.entries(dataset.splits)) {
      for (const { group, id } of samples) {
        const patient = path.basename(id).split('-')[0];
        sides.set(patient, (sides.get(patient) ?? new Set()).add(`${split} ${group}`));
      }
    }
    expect(sides.size).toBe(patients.length);
    for (const side of sides.values()) expect(side.size).toBe(1);
    const groups = new Set(samplesOf(dataset).map(({ group }) => group));
    expect([...groups].sort()).toEqual([1, 2, 3, 4, 5, 6].map((n) => `PatientID-${n}`));
    expect(JSON.stringify(dataset)).not.toMatch(/Anna|Ben|Cleo|Dora|Emil|Fay|Doe/);
  });

  test('by study', async () => {
    const dataset = await read(folder(), { groupBy: 'dicom:StudyInstanceUID' });
    expect(new Set(samplesOf(dataset).map(({ group }) => group)).size).toBe(12);
  });

  test('a scan without an identifier, or an image that is no scan, stands for itself', async () => {
    const root = folder();
    writeFiles(root, { 'ill/photo.png': await noisePng(1), 'well/nobody.dcm': scan([1]) });
    const dataset = await read(root, { groupBy: 'dicom:PatientID' });
    expect(dataset.warnings).toContain(
      '2 images without a group by dicom:PatientID, each taken for itself: ill/photo.png, well/nobody.dcm',
    );
  });

  test('by what is no identifier, or is nowhere', async () => {
    await expect(read(folder(), { groupBy: 'dicom:PatientName' })).rejects.toThrow(
      'group by dicom:PatientName is not one of dicom:PatientID, dicom:StudyInstanceUID, dicom:SeriesInstanceUID, dicom:AccessionNumber',
    );
    await expect(read(folder(), { groupBy: 'dicom:AccessionNumber' })).rejects.toThrow(
      'dicom:AccessionNumber finds no group in any file',
    );
  });
});

describe('frames', () => {
  const root = () => {
    const made = temporaryFolder();
    writeFiles(made, {
      'a/cine.dcm': scan([10, 20, 30, 40]),
      'a/still.dcm': scan([50]),
      'b/cine.dcm': scan([60, 70, 80]),
      'b/other.dcm': scan([90, 100]),
    });
    return made;
  };
  const all = { validation: 0, test: 0, dicom: { frames: 'all' } };

  test('all are images, those of a file a group', async () => {
    const dataset = await readDataset(root(), all);
    const groups = new Map(samplesOf(dataset).map(({ id, group }) => [id, group]));
    expect([...groups]).toEqual([
      ...[0, 1, 2, 3].map((n) => [`a/cine.dcm#00000${n}`, 'a/cine.dcm']),
      ['a/still.dcm', undefined],
      ...[0, 1, 2].map((n) => [`b/cine.dcm#00000${n}`, 'b/cine.dcm']),
      ...[0, 1].map((n) => [`b/other.dcm#00000${n}`, 'b/other.dcm']),
    ]);
  });

  test('the loader reads each', async () => {
    const dataset = await readDataset(root(), all);
    const loader = createLoader(dataset.splits.train, {
      height: 2,
      width: 2,
      batch: 20,
      seed: 0,
      shuffle: false,
      threads: 1,
      dicom: all.dicom,
    });
    try {
      for await (const { images } of loader.epoch(0)) {
        const greys = Array.from({ length: images.length / 12 }, (_, i) => images[i * 12]);
        expect(greys).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
      }
    } finally {
      await loader.close();
    }
  });

  test.each([
    ['first', 10],
    ['middle', 20],
    ['4', 40],
    ['all', 10],
  ])('%s', async (frames, grey) => {
    const { data } = await decodeImage(scan([10, 20, 30, 40]), undefined, { dicom: { frames } });
    expect(new Set(data)).toEqual(new Set([grey]));
  });

  test('one that is not there, and one that is no number', async () => {
    const decode = (frames: string) => decodeImage(scan([1, 2]), 'x', { dicom: { frames } });
    await expect(decode('3')).rejects.toThrow('cannot read x: it has 2 frames, and so no frame 3');
    await expect(decode('last')).rejects.toMatchObject({ code: 'bad-option' });
  });

  test('are not listed unless all are wanted, nor of other files', async () => {
    const files = [{ source: { kind: 'file', path: 'absent.png' } as const, id: 'x' }];
    expect(await listFrames(files)).toEqual(files);
    expect(await listFrames(files, { frames: 'all' })).toEqual(files);
  });
});

test('codecs work in the loader’s threads, and what one of them refuses does not harm the next', async () => {
  const golden = path.resolve('test/golden/dicom');
  const names = ['jpeg-2000', 'jpeg-ls', 'htj2k', 'jpeg-lossless-4', 'jpeg-12', 'rle', 'jpeg-420'];
  const folder = temporaryFolder();
  // Damaged within the compressed frame, then whole.
  const damaged = (name: string) => {
    const bytes = readFileSync(path.join(golden, `${name}.dcm`));
    return bytes.fill(0x55, bytes.length - 500, bytes.length - 40);
  };
  writeFiles(folder, Object.fromEntries(names.slice(0, 2).map((name) => [`${name}.dcm`, damaged(name)])));
  const paths = names.flatMap((name, i) => [
    ...(i < 2 ? [path.join(folder, `${name}.dcm`)] : []),
    path.join(golden, `${name}.dcm`),
  ]);
  const list = paths.map((file) => ({
    source: { kind: 'file', path: file } as const,
    id: file,
    target: Float32Array.of(0),
  }));
  const size = { height: 32, width: 36 };
  const loader = createLoader(list, {
    ...size,
    batch: 20,
    seed: 0,
    shuffle: false,
    threads: 2,
    maxUnreadable: 2,
  });
  try {
    for await (const { images, indices } of loader.epoch(0)) {
      for (const [i, index] of indices.entries()) {
        const { data } = await decodeImage(paths[index]);
        expect(images.subarray(i * data.length, (i + 1) * data.length)).toEqual(data);
      }
    }
    expect(loader.size).toBeGreaterThanOrEqual(names.length);
  } finally {
    await loader.close();
  }
});

test('a window that is none', async () => {
  await expect(decodeImage(scan([1]), 'x', { dicom: { window: '40' } })).rejects.toThrow(
    'window is 40; it must be file, file:N, percentile, range, or CENTRE/WIDTH such as 40/400',
  );
});
