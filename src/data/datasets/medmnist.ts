/** @file MedMNIST: small medical images of twelve kinds, each an .npz file (Yang et al. 2023), and files like them. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { TransfuseError } from '../../errors.js';
import { openZip, type ZipArchive } from '../../files/zip.js';
import { taskOf } from '../labels.js';
import { parseIntegers, readNpyHeader } from '../npy.js';
import type { LabelledImage, Source } from '../source.js';
import type { DatasetOptions, SplitName, Task } from '../types.js';
import { unpacked } from '../unpacked.js';
import { medmnistClasses } from './medmnist-names.js';
import { type DatasetRow, type Layout, refuseIncomplete } from './row.js';

const sides: Readonly<Record<string, SplitName>> = { train: 'train', val: 'validation', test: 'test' };
const LABEL_BYTES = 64 * 2 ** 20;

const npz: Layout = {
  description: 'NAME.npz, or NAME_64.npz and so on, of {train,val,test}_{images,labels}',
  unmistakable: true,
  async find({ path: folder, folders, files }) {
    const alone = files.length === 1 && folders.length === 0;
    const ours = files.filter((file) => /\.npz$/i.test(file) && (alone || isTask(baseOf(file))));
    return ours.map((file) => path.join(folder, file));
  },
  async read(file, options): Promise<Source> {
    refuseVolumes(file);
    const zip = await openZip(file);
    try {
      const members = Object.keys(sides).flatMap((side) => [`${side}_images`, `${side}_labels`]);
      refuseIncomplete(
        medmnist,
        file,
        members.filter((member) => !zip.has(`${member}.npy`)),
      );
      const all: Side[] = [];
      for (const [name, split] of Object.entries(sides))
        all.push(await readSide(zip, file, name, split, options));
      return { root: path.dirname(file), warnings: [], ...assemble(file, all, options) };
    } finally {
      zip.close();
    }
  },
};

/** `pathmnist` of `PathMNIST_64.npz`. */
function baseOf(file: string): string {
  return path
    .basename(file)
    .toLowerCase()
    .replace(/(_\d+)?\.npz$/, '');
}

function isTask(base: string): boolean {
  return base in medmnistClasses || /^[a-z]+mnist3d$/.test(base);
}

interface Side {
  readonly split: SplitName;
  readonly images: readonly Omit<LabelledImage, 'labels'>[];
  /** Numbers per image: one class, or for multi-label a 0 or 1 per class. */
  readonly labels: readonly (readonly number[])[];
}

async function readSide(
  zip: ZipArchive,
  file: string,
  side: string,
  split: SplitName,
  { onUnpack }: DatasetOptions,
): Promise<Side> {
  const called = (part: string) => `${side}_${part} in ${file}`;
  const labels = parseIntegers(await zip.read(`${side}_labels.npy`, LABEL_BYTES), called('labels'));
  const member = `${side}_images.npy`;
  const pixels = await unpacked(file, member, (to) => zip.extract(member, to), onUnpack);
  const { dtype, shape, offset } = await readNpyHeader(pixels, called('images'));
  const [n, height, width, channels = 1] = shape;
  const bad = (what: string) =>
    new TransfuseError('bad-npy', `${called('images')} is ${dtype} [${shape.join(', ')}]; ${what}`);
  if (shape.length === 5 || (shape.length === 4 && channels > 4)) throw volume(file, shape);
  if (!/^.u1$/.test(dtype) || shape.length < 3 || (channels !== 1 && channels !== 3)) {
    throw bad('uint8 [n, height, width] or [n, height, width, 3] is needed');
  }
  const [rows, perImage = 1] = labels.shape;
  if (labels.shape.length > 2 || rows !== n) {
    throw new TransfuseError(
      'bad-npy',
      `${called('labels')} is [${labels.shape.join(', ')}], but there are ${n} images; one row of labels each is needed`,
    );
  }
  const real = await realpath(file);
  const digits = String(Math.max(n - 1, 0)).length;
  return {
    split,
    images: Array.from({ length: n }, (_, index) => ({
      source: { kind: 'array', path: pixels, index, offset, height, width, channels },
      real: `${real}#${side}#${index}`,
      id: `${path.basename(file)}/${side}#${String(index).padStart(digits, '0')}`,
      split,
    })),
    labels: Array.from({ length: n }, (_, i) => labels.values.slice(i * perImage, (i + 1) * perImage)),
  };
}

/** Numbers become names. */
function assemble(file: string, all: readonly Side[], { task: asked }: DatasetOptions) {
  const rows = all.flatMap(({ labels }) => labels);
  const width = rows[0]?.length ?? 1;
  const highest = rows.reduce((most, row) => Math.max(most, ...row), 0);
  const size = width > 1 ? width : highest + 1;
  const base = baseOf(file);
  const classes = medmnistClasses[base] ?? Array.from({ length: Math.max(size, 2) }, (_, k) => String(k));
  const bad = rows.find((row) => (width > 1 ? row.some((x) => x !== 0 && x !== 1) : !(row[0] >= 0)));
  if (bad !== undefined || size > classes.length) {
    const value = bad?.join(' ') ?? String(size - 1);
    throw new TransfuseError(
      'bad-label',
      `${file} has the label ${value}; its ${classes.length} classes are: ${classes.join(', ')}`,
    );
  }
  const namesOf = (row: readonly number[]) =>
    width > 1 ? classes.filter((_, k) => row[k] === 1) : [classes[row[0]]];
  const task: Task = width > 1 ? 'multi-label' : taskOf(classes, asked, file);
  const images: LabelledImage[] = all.flatMap(({ images: list, labels }) =>
    list.map((image, i) => ({ ...image, labels: namesOf(labels[i]) })),
  );
  return { images, classes, task };
}

/** The volumes of MedMNIST3D, by their names, before anything of them is read. */
function refuseVolumes(file: string): void {
  if (baseOf(file).endsWith('mnist3d')) throw volume(file);
}

function volume(file: string, shape?: readonly number[]): TransfuseError {
  const size = shape === undefined ? '' : ` [${shape.join(', ')}]`;
  return new TransfuseError(
    'three-dimensional',
    `${path.basename(file)} holds volumes${size}; images of two dimensions are needed, such as ${Object.keys(medmnistClasses).join(', ')}`,
  );
}

export const medmnist: DatasetRow = {
  name: 'medmnist',
  title: 'MedMNIST: twelve kinds of small medical images (Yang et al. 2023), or any .npz of the same keys',
  task: 'binary, multi-class or multi-label, as the file says; ordered grades train as classes',
  get: 'https://zenodo.org/records/10519652 (one .npz per task, 4 MB to 13 GB)',
  licence: 'CC BY 4.0; DermaMNIST CC BY-NC 4.0',
  layouts: [npz],
  split: 'official train, val and test',
};
