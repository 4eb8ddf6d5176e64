import { renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { divided, readDataset } from '../../../src/data/dataset.js';
import { sidesOf } from '../../../src/data/datasets/chexpert-sides.js';
import { datasetNamed, datasets, findDataset, recogniseDataset } from '../../../src/data/datasets/index.js';
import { readImage } from '../../../src/data/image-source.js';
import { readLabelled } from '../../../src/data/labelled.js';
import type { DatasetOptions, SplitName } from '../../../src/data/types.js';
import { noisePng, temporaryFolder, writeFiles } from '../temporary.js';
import { idsOf, labelOf, refusalOf, sizes } from './copies.js';

async function imageTree(names: readonly string[], image?: Buffer): Promise<string> {
  const folder = temporaryFolder();
  const content = image ?? (await noisePng(1));
  writeFiles(folder, Object.fromEntries(names.map((name) => [name, content])));
  return folder;
}

const numbered = (count: number, name: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => name(i));

describe('chest X-rays in folders', () => {
  const names = (root: string) => [
    ...numbered(12, (i) => `${root}train/NORMAL/IM-${100 + i}-0001.jpeg`),
    ...numbered(24, (i) => `${root}train/PNEUMONIA/person${i >> 1}_bacteria_${i}.jpeg`),
    ...numbered(2, (i) => `${root}val/NORMAL/NORMAL2-IM-${i}-0001.jpeg`),
    ...numbered(2, (i) => `${root}val/PNEUMONIA/person${i + 900}_virus_1.jpeg`),
    ...numbered(3, (i) => `${root}test/NORMAL/IM-${i}-0001.jpeg`),
    ...numbered(4, (i) => `${root}test/PNEUMONIA/person${i + 500}_virus_1.jpeg`),
  ];

  test('the official test, val part of train, a part of train held out; Kaggle’s nested twin is passed over', async () => {
    const folder = await imageTree([
      ...names('chest_xray/'),
      ...names('chest_xray/chest_xray/'),
      '__MACOSX/x.jpeg',
    ]);
    const dataset = await readDataset(folder, { dataset: 'chest_xray' });
    expect(dataset).toMatchObject({
      root: path.join(folder, 'chest_xray'),
      classes: ['NORMAL', 'PNEUMONIA'],
    });
    expect(sizes(dataset)).toEqual([34, 6, 7]);
    expect(idsOf(dataset, 'test').every((id) => id.startsWith('test/'))).toBe(true);
  });

  test('without the name it is a folder like any other', async () => {
    const dataset = await readDataset(path.join(await imageTree(names('x/')), 'x'));
    expect(dataset.name).toBeUndefined();
    expect(sizes(dataset)).toEqual([36, 4, 7]);
  });

  test('patients by their column', async () => {
    const folder = await imageTree(names(''));
    const { splits } = await readDataset(folder, { dataset: 'chest_xray', groupBy: 'column:patient' });
    const groups = (split: 'train' | 'validation') => new Set(splits[split].map(({ group }) => group));
    expect([...groups('validation')].filter((group) => groups('train').has(group))).toEqual([]);
    expect(groups('train').has('train person3') || groups('validation').has('train person3')).toBe(true);
  });

  test('a test side that is missing is named', async () => {
    const folder = await imageTree(names('').filter((name) => !name.startsWith('test/PNEU')));
    const { code, message } = await refusalOf(readDataset(folder, { dataset: 'chest_xray' }));
    expect(code).toBe('incomplete-dataset');
    expect(message).toMatch(
      /^chest_xray in .* is incomplete: it lacks test\/PNEUMONIA\/; get it from https:/,
    );
  });
});

describe('malaria in folders', () => {
  test('only .png files count, the published order of the classes stands', async () => {
    const folder = await imageTree([
      ...numbered(20, (i) => `cell_images/Parasitized/C${i}P${i}ThinF_IMG_cell_${i}.png`),
      ...numbered(20, (i) => `cell_images/Uninfected/C${i}P${i}ThinF_IMG_cell_${i}.png`),
      'cell_images/Uninfected/odd.jpg',
      'cell_images/Parasitized/Thumbs.db',
    ]);
    const dataset = await readDataset(folder, { dataset: 'malaria' });
    expect(dataset).toMatchObject({ task: 'binary', classes: ['Parasitized', 'Uninfected'], warnings: [] });
    expect(sizes(dataset)).toEqual([28, 6, 6]);
    for (const sample of dataset.splits.train)
      expect(labelOf(sample)).toBe(sample.id.startsWith('Para') ? 0 : 1);
  });
});

describe('colorectal histology as TIFF', () => {
  const tissues = ['TUMOR', 'STROMA', 'COMPLEX', 'LYMPHO', 'DEBRIS', 'MUCOSA', 'ADIPOSE', 'EMPTY'];
  const names = tissues.flatMap((name, i) =>
    numbered(20, (n) => `Kather_texture_2016_image_tiles_5000/0${i + 1}_${name}/1${n}_CRC-Prim-HE_${n}.tif`),
  );

  test('eight classes in the published order, uncompressed RGB', async () => {
    const pixels = Uint8Array.from({ length: 15 * 15 * 3 }, (_, i) => (i * 37) % 251);
    const tiff = await sharp(pixels, { raw: { width: 15, height: 15, channels: 3 } })
      .tiff({ compression: 'none' })
      .toBuffer();
    const dataset = await readDataset(await imageTree(names, tiff), { dataset: 'colorectal_histology' });
    expect(dataset.classes).toEqual(tissues.map((name) => name.toLowerCase()));
    expect(sizes(dataset)).toEqual([112, 24, 24]);
    const [sample] = dataset.splits.train.filter(({ id }) => id.startsWith('04_'));
    expect(labelOf(sample)).toBe(3);
    expect((await readImage(sample.source)).data).toEqual(pixels);
  });

  test('a class folder that is missing', async () => {
    const folder = await imageTree(names.filter((name) => !name.includes('05_DEBRIS')));
    const { message } = await refusalOf(readDataset(folder, { dataset: 'colorectal-histology' }));
    expect(message).toContain('lacks 05_DEBRIS/; get it from');
  });
});

describe('OCT', () => {
  const classes = ['CNV', 'DME', 'DRUSEN', 'NORMAL'];
  const names = (train: number) =>
    classes.flatMap((name) => [
      ...numbered(train, (i) => `OCT2017 /train/${name}/${name}-${1000 + (i >> 1)}-${i}.jpeg`),
      ...numbered(3, (i) => `OCT2017 /test/${name}/${name}-${9000 + i}-1.jpeg`),
      ...numbered(1, (i) => `OCT2017 /val/${name}/${name}-${9500 + i}-1.jpeg`),
    ]);

  test('Kaggle’s folder with the space; its val belongs to the official test', async () => {
    const dataset = await readDataset(await imageTree(names(20)), { dataset: 'oct2017' });
    expect(dataset).toMatchObject({ name: 'oct', task: 'multi-class', classes });
    expect(sizes(dataset)).toEqual([64, 16, 16]);
  });

  test('by patient', async () => {
    const { splits } = await readDataset(await imageTree(names(20)), {
      dataset: 'oct',
      groupBy: 'column:patient',
    });
    const validation = new Set(splits.validation.map(({ group }) => group));
    expect(splits.train.some(({ group }) => validation.has(group))).toBe(false);
    expect(validation.size).toBe(splits.validation.length / 2);
  });

  test('the small part: 3,200 and 480 images, every class alike, another draw for another seed', async () => {
    const { holdOut, keep } = datasetNamed('oct_small');
    const image = (side: 'train' | 'test', name: string, i: number) => ({
      source: { kind: 'file', path: `/${side}/${name}/${i}` } as const,
      real: `/${side}/${name}/${i}`,
      id: `${side}/${name}/${i}`,
      labels: [name],
      split: side,
    });
    const images = classes.flatMap((name) => [
      ...Array.from({ length: 1200 }, (_, i) => image('train', name, i)),
      image('test', name, 0),
    ]);
    const source = { root: '/', images, task: 'multi-class', classes, warnings: [], holdOut, keep } as const;
    const dataset = await divided(source, {});
    expect(sizes(dataset)).toEqual([3200, 480, 4]);
    for (let k = 0; k < 4; k++) {
      expect(dataset.splits.train.filter((sample) => labelOf(sample) === k).length).toBe(800);
    }
    expect(idsOf(await divided(source, {}), 'train')).toEqual(idsOf(dataset, 'train'));
    expect(idsOf(await divided(source, { seed: 1 }), 'train')).not.toEqual(idsOf(dataset, 'train'));
  });
});

describe('Camelyon17 of WILDS', () => {
  /** Two patients per hospital, `each` patches of each, tumour in every second. */
  async function wilds(each = 8): Promise<string> {
    const rows = [',patient,node,x_coord,y_coord,tumor,slide,center,split'];
    const files: string[] = [];
    for (let center = 0; center < 5; center++) {
      for (const patient of [`00${center * 2}`, `00${center * 2 + 1}`]) {
        for (let i = 0; i < each; i++) {
          const name = `patient_${patient}_node_${center}`;
          rows.push(`${rows.length - 1},${patient},${center},${i * 32},64,${i % 2},${center},${center},0`);
          files.push(`camelyon17_v1.0/patches/${name}/patch_${name}_x_${i * 32}_y_64.png`);
        }
      }
    }
    const folder = await imageTree(files);
    writeFiles(folder, { 'camelyon17_v1.0/metadata.csv': rows.join('\n') });
    return path.join(folder, 'camelyon17_v1.0');
  }
  const hospitalsOf = async (options: DatasetOptions = {}, root?: string) => {
    const { splits } = await readDataset(root ?? (await wilds()), options);
    return Object.values(splits).map((samples) => [...new Set(samples.map(({ domain }) => domain))].sort());
  };

  test('hospital 4 trains, half of hospital 1 validates, the others test apart', async () => {
    const root = await wilds();
    const dataset = await readDataset(root);
    expect(dataset).toMatchObject({ name: 'patch_camelyon17', task: 'binary', classes: ['normal', 'tumor'] });
    expect(sizes(dataset)).toEqual([16, 8, 48]);
    expect(await hospitalsOf({}, root)).toEqual([
      ['hospital 4'],
      ['hospital 1'],
      ['hospital 0', 'hospital 2', 'hospital 3'],
    ]);
    for (const { id, group, target } of dataset.splits.train) {
      expect(id).toMatch(new RegExp(`^patches/patient_${group}_node_4/patch_`));
      expect(target[0]).toBe((Number(/x_(\d+)/.exec(id)![1]) / 32) % 2);
    }
  });

  test('the sides of WILDS itself, and others', async () => {
    expect(await hospitalsOf({ hospitals: '0,3,4/1/2' })).toEqual([
      ['hospital 0', 'hospital 3', 'hospital 4'],
      ['hospital 1'],
      ['hospital 2'],
    ]);
    const twice = await refusalOf(hospitalsOf({ hospitals: '4/1/1,2' }));
    expect(twice.message).toBe(
      'hospitals is 4/1/1,2; it must be numbers of hospitals for training, validation and test, each on one side only, such as 0,3,4/1/2',
    );
    const absent = await refusalOf(hospitalsOf({ hospitals: '4/1/7' }));
    expect(absent.message).toMatch(
      /lists no images of hospital 7 for test; its hospitals are 0, 1, 2, 3, 4$/,
    );
  });

  test('patches that are missing', async () => {
    const root = await wilds(30);
    rmSync(path.join(root, 'patches/patient_008_node_4/patch_patient_008_node_4_x_64_y_64.png'));
    const { warnings, splits } = await readDataset(root);
    expect(splits.train.length).toBe(59);
    expect(warnings).toEqual([
      expect.stringMatching(/^1 patch of \d+ in .*metadata\.csv cannot be found: patches\/pat/),
    ]);
    rmSync(path.join(root, 'patches/patient_008_node_4'), { recursive: true });
    expect((await refusalOf(readDataset(root))).code).toBe('too-many-missing');
  });

  test('half of it, or another header', async () => {
    const root = await wilds();
    const table = path.join(root, 'metadata.csv');
    writeFileSync(table, 'patient,node,x_coord,y_coord,tumor,slide\n1,1,1,1,1,1\n');
    expect((await refusalOf(readDataset(root))).message).toMatch(
      /has no column "center"; its columns are: patient/,
    );
    rmSync(table);
    expect((await refusalOf(readDataset(root))).message).toMatch(
      /^patch_camelyon17 in .* lacks metadata\.csv; get it/,
    );
  });
});

describe('CheXpert', () => {
  const header =
    'Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Enlarged Cardiomediastinum,Cardiomegaly,Lung Opacity,Lung Lesion,Edema,Consolidation,Pneumonia,Atelectasis,Pneumothorax,Pleural Effusion,Pleural Other,Fracture,Support Devices';
  const columns = header.split(',');

  /** 60 patients with two frontal views and a lateral one each. */
  async function chexpert(name = 'CheXpert-v1.0-small'): Promise<string> {
    const files: string[] = [];
    const lines = [header];
    const row = (file: string, view: string, values: Record<string, string>) => {
      files.push(`${name}/${file}`);
      const said: Record<string, string> = {
        Path: `CheXpert-v1.0-small/${file}`,
        Sex: 'Female',
        Age: '60',
        'Frontal/Lateral': view,
        ...values,
      };
      lines.push(columns.map((column) => said[column] ?? '').join(','));
    };
    for (let p = 0; p < 60; p++) {
      const study = `train/patient${String(p).padStart(5, '0')}/study1`;
      row(`${study}/view1_frontal.jpg`, 'Frontal', {
        [columns.slice(13, 14)[0]]: p % 3 === 0 ? '1.0' : '0.0',
        Cardiomegaly: p % 4 === 0 ? '1.0' : '',
        Edema: p % 5 === 0 ? '-1.0' : '',
        'Pleural Effusion': p % 7 === 0 ? '1.0' : '0.0',
      });
      row(`${study}/view2_lateral.jpg`, 'Lateral', { Edema: '1.0' });
      row(`${study}/view3_frontal.jpg`, 'Frontal', {
        'No Finding': p % 2 === 0 ? '1.0' : '',
        Consolidation: p % 2 === 1 ? '1.0' : '',
      });
    }
    const folder = await imageTree(files);
    writeFiles(folder, { [`${name}/train.csv`]: lines.join('\n') });
    return path.join(folder, name);
  }
  const patientOf = (id: string) => id.split('/')[1];

  test('frontal views of patients on one side each, uncertain ones left out, five labels', async () => {
    const dataset = await readDataset(await chexpert());
    expect(dataset).toMatchObject({
      name: 'chexpert',
      task: 'multi-label',
      classes: ['Atelectasis', 'Cardiomegaly', 'Consolidation', 'Edema', 'Pleural Effusion'],
    });
    const all = Object.entries(dataset.splits).flatMap(([split, list]) =>
      list.map((sample) => ({ split, ...sample })),
    );
    const home = new Map<string, string>();
    for (const { id, split, group, target } of all) {
      expect(id).toMatch(/frontal/);
      expect(group).toBe(patientOf(id));
      expect(home.get(group!) ?? split).toBe(split);
      home.set(group!, split);
      const p = Number(group!.slice(7));
      const first = id.includes('view1');
      if (first) expect(p % 5).not.toBe(0);
      const expected = first
        ? [p % 3 === 0, p % 4 === 0, false, false, p % 7 === 0]
        : [false, false, p % 2 === 1, false, false];
      expect([...target]).toEqual(expected.map(Number));
    }
    const patients = (split: string) =>
      new Set(all.filter((s) => s.split === split).map(({ group }) => group)).size;
    expect([patients('train'), patients('validation'), patients('test')]).toEqual([29, 13, 18]);
  });

  test.each<[DatasetOptions['uncertain'], number]>([
    ['zeros', 0],
    ['ones', 1],
    ['ignore', -1],
  ])('uncertain labels as %s', async (uncertain, value) => {
    const { splits } = await readDataset(await chexpert(), { uncertain });
    const unsure = (split: 'train' | 'test') =>
      splits[split].filter(({ id }) => id.includes('view1') && Number(patientOf(id).slice(7)) % 5 === 0);
    expect(unsure('train').length).toBeGreaterThan(0);
    for (const { target } of unsure('train')) expect(target[3]).toBe(value);
    if (uncertain === 'ignore') expect(unsure('test')).toEqual([]);
    else expect(unsure('test').length).toBeGreaterThan(0);
  });

  test('so many per label; by mistake, as published, validation comes from training patients, yet no image twice', () => {
    const rows = Array.from({ length: 6000 }, (_, i) => ({
      row: { line: i + 2, cells: { Path: `image ${i}` } },
      patient: `patient${i % 100}`,
      labels: i % 3 === 0 ? ['Edema', 'No Finding'] : ['Edema'],
      unknown: [],
    }));
    for (const validationLeak of [false, true]) {
      const sides = sidesOf(rows, ['Edema', 'No Finding'], { validationLeak });
      const of = (split: SplitName) => sides.filter((side) => side.split === split);
      const patients = (split: SplitName) => new Set(of(split).map(({ patient }) => patient));
      const having = (split: SplitName, label: string) =>
        of(split).filter(({ labels }) => labels.includes(label)).length;
      expect(having('test', 'No Finding')).toBeGreaterThanOrEqual(200);
      expect(having('train', 'Edema')).toBeGreaterThanOrEqual(2000);
      expect(of('test').length).toBeLessThan(400);
      expect(of('validation').length).toBeGreaterThanOrEqual(150);
      const shared = [...patients('validation')].filter((patient) => patients('train').has(patient));
      expect(shared.length).toBe(validationLeak ? patients('validation').size : 0);
      expect([...patients('test')].filter((patient) => patients('train').has(patient))).toEqual([]);
      expect(new Set(sides.map(({ row }) => row)).size).toBe(sides.length);
    }
  });

  test('measuring takes the side that training left out', async () => {
    const root = await chexpert();
    const { splits, classes } = await readDataset(root, { seed: 4 });
    const { samples } = await readLabelled(root, { task: 'multi-label', classes, split: 'test', seed: 4 });
    expect(samples.map(({ id }) => id)).toEqual(splits.test.map(({ id }) => id));
  });

  test('Kaggle’s folder without the archive’s name', async () => {
    const root = await chexpert();
    const archive = path.join(path.dirname(root), 'archive');
    renameSync(root, archive);
    expect((await recogniseDataset(archive))?.name).toBe('chexpert');
    expect(sizes(await readDataset(archive)).every((n) => n > 0)).toBe(true);
  });

  test('a wrong header, a wrong value, a missing table, missing images', async () => {
    const root = await chexpert();
    const table = path.join(root, 'train.csv');
    rmSync(path.join(root, 'train/patient00001'), { recursive: true });
    rmSync(path.join(root, 'train/patient00002'), { recursive: true });
    const missing = await refusalOf(readDataset(root));
    expect(missing.code).toBe('too-many-missing');
    expect(missing.message).toMatch(
      /CheXpert-v1\.0-small\/train\/patient0000[12]\/study1\/view\d_frontal\.jpg \(line \d+\)/,
    );

    writeFileSync(
      table,
      `${header}\n${columns.map((name) => (name === 'Path' ? 'a/train/p1/x.jpg' : name === 'Frontal/Lateral' ? 'Frontal' : name === 'Edema' ? 'maybe' : '')).join(',')}\n`,
    );
    expect((await refusalOf(readDataset(root))).message).toMatch(
      /train\.csv, line 2: Edema is "maybe"; 1\.0, 0\.0, -1\.0 or nothing is needed$/,
    );
    writeFileSync(table, 'Path,Sex,Edema\na,b,1\n');
    expect((await refusalOf(readDataset(root))).message).toMatch(
      /train\.csv is not CheXpert’s: it has no column "Frontal\/Lateral", "Atelectasis", .*; its columns are: Path, Sex, Edema$/,
    );
    rmSync(table);
    expect((await refusalOf(readDataset(root))).message).toMatch(
      /^chexpert in .* lacks train\.csv; get it from/,
    );
  });
});

describe('the table', () => {
  test('the nine published ones have the settings of the study', () => {
    const published = datasets
      .filter((row) => row.published)
      .map(({ name, published }) => [name, published!.size, published!.batch, published!.dropout]);
    expect(published).toEqual([
      ['chexpert', '224', 32, 0],
      ['patch_camelyon16', '96', 64, 0.5],
      ['patch_camelyon16_small', '96', 64, 0.5],
      ['patch_camelyon17', '96', 64, 0.5],
      ['patch_camelyon17_small', '96', 64, 0.5],
      ['chest_xray', '180', 64, 0.5],
      ['malaria', '120', 32, 0.5],
      ['colorectal_histology', '150', 32, 0.5],
      ['oct_small', '165x341', 32, 0.5],
    ]);
  });

  test('names and aliases', async () => {
    expect(datasetNamed('PCam').name).toBe('patch_camelyon16');
    expect(datasetNamed('chest-xray').name).toBe('chest_xray');
    expect(() => datasetNamed('mnist')).toThrow(
      /^there is no data set mnist; those known by name are chexpert, /,
    );
  });

  test('nothing is found in an empty folder, and a plain folder is taken for none of them', async () => {
    const plain = await imageTree(['cat/1.png', 'dog/1.png', 'notes.csv', 'NORMAL/x.png']);
    for (const row of datasets) expect(await findDataset(row, plain)).toEqual([]);
    expect(await recogniseDataset(plain)).toBeUndefined();
  });

  test('a setting for other data is refused', async () => {
    const plain = await imageTree(['cat/1.png', 'dog/1.png']);
    expect((await refusalOf(readDataset(plain, { hospitals: '4/1/2' }))).message).toBe(
      'hospitals is for patch_camelyon17 and patch_camelyon17_small, not for other data',
    );
  });

  test('a data set that is named but not there', async () => {
    const { code, message } = await refusalOf(readDataset(temporaryFolder(), { dataset: 'pcam' }));
    expect(code).toBe('data-not-found');
    expect(message).toMatch(
      /^no patch_camelyon16 is found in .*; it would look like camelyonpatch_level_2_split_/,
    );
  });
});
