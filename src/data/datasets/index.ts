/** @file The data sets that are known by name: a table, and how one is named, recognised, found and read. */
import path from 'node:path';
import { TransfuseError } from '../../errors.js';
import type { Source } from '../source.js';
import type { DatasetOptions } from '../types.js';
import { chestXray } from './chest-xray.js';
import { chexpert } from './chexpert.js';
import { colorectalHistology } from './colorectal-histology.js';
import { Folders } from './folders.js';
import { malaria } from './malaria.js';
import { medmnist } from './medmnist.js';
import { oct, octSmall } from './oct.js';
import { patchCamelyon16, patchCamelyon16Small } from './patch-camelyon16.js';
import { patchCamelyon17, patchCamelyon17Small } from './patch-camelyon17.js';
import type { DatasetRow, DatasetSetting, Layout } from './row.js';
import { tfds } from './tfds.js';

/** Where one has several rows, the whole data set comes before its parts; what takes anything comes last. */
export const datasets: readonly DatasetRow[] = [
  chexpert,
  patchCamelyon16,
  patchCamelyon16Small,
  patchCamelyon17,
  patchCamelyon17Small,
  chestXray,
  malaria,
  colorectalHistology,
  oct,
  octSmall,
  medmnist,
  tfds,
];

/** How far below a folder data sets are looked for. */
const DEPTH = 3;

function rowNamed(name: string): DatasetRow | undefined {
  const plain = name.toLowerCase().replaceAll('-', '_');
  return datasets.find((one) => one.name === plain || one.aliases?.includes(plain));
}

export function isDatasetName(name: string): boolean {
  return rowNamed(name) !== undefined;
}

/** @throws TransfuseError `unknown-dataset`, listing those there are */
export function datasetNamed(name: string): DatasetRow {
  const row = rowNamed(name);
  if (row !== undefined) return row;
  throw new TransfuseError(
    'unknown-dataset',
    `there is no data set ${name}; those known by name are ${datasets.map((one) => one.name).join(', ')}`,
  );
}

/** The data set that lies right at a path, if its layout is unmistakable; other folders and tables are read as such. */
export async function recogniseDataset(place: string): Promise<DatasetRow | undefined> {
  const folders = new Folders();
  for await (const [listing] of folders.below(path.resolve(place), 0)) {
    for (const row of datasets) {
      for (const layout of row.layouts) {
        if (layout.unmistakable && (await layout.find(listing, folders)).length > 0) return row;
      }
    }
  }
  return undefined;
}

export interface FoundDataset {
  readonly layout: Layout;
  /** Absolute path of the folder or file at which it begins. */
  readonly root: string;
}

/** The places at or below a path at which a data set begins; only the nearest, which may be several side by side. */
export async function findDataset(
  row: DatasetRow,
  place: string,
  folders = new Folders(),
): Promise<FoundDataset[]> {
  for await (const listings of folders.below(path.resolve(place), DEPTH)) {
    const found: FoundDataset[] = [];
    for (const listing of listings) {
      for (const layout of row.layouts) {
        for (const root of await layout.find(listing, folders)) found.push({ layout, root });
      }
    }
    if (found.length > 0) return found;
  }
  return [];
}

/** Where data sets are looked for when nobody says where: TRANSFUSE_DATASETS, or the current folder. */
export function datasetsFolder(): string {
  return path.resolve(process.env.TRANSFUSE_DATASETS || '.');
}

/**
 * Reads a data set that lies at or below a path.
 * @throws TransfuseError `bad-option` for a setting that is not for it, and what `oneDataset` and its layout throw
 */
export async function readNamedDataset(
  row: DatasetRow,
  place: string,
  options: DatasetOptions,
): Promise<Source> {
  refuseSettings(row, options);
  const { layout, root } = await oneDataset(row, place);
  const { holdOut, keep, name } = row;
  return { ...(await layout.read(root, options)), holdOut, keep, dataset: name };
}

/**
 * The one place at or below a path at which a data set begins.
 * @throws TransfuseError `data-not-found` saying what was looked for and where to get it, `ambiguous-data` where it lies
 *   there more than once
 */
export async function oneDataset(row: DatasetRow, place: string): Promise<FoundDataset> {
  const { name, layouts, get } = row;
  const [found, ...others] = await findDataset(row, place);
  if (found === undefined) {
    const wanted = layouts.map(({ description }) => description).join('; or ');
    throw new TransfuseError(
      'data-not-found',
      `no ${name} is found in ${place}; it would look like ${wanted}; get it from ${get}`,
    );
  }
  if (others.length === 0) return found;
  const roots = [found, ...others].map(({ root }) => path.relative(place, root) || '.');
  throw new TransfuseError(
    'ambiguous-data',
    `${place} holds ${name} more than once: ${roots.join(', ')}; say which one`,
  );
}

/** What the settings are called as options. */
const settings: Readonly<Record<DatasetSetting, string>> = {
  uncertain: 'uncertain',
  hospitals: 'hospitals',
  validationLeak: 'validation-leak',
};

/** The options of `train` that only such data take, as they are typed. */
export function datasetOptions({ settings: taken = [] }: DatasetRow): string[] {
  return taken.map((setting) => `--${settings[setting]}`);
}

/** @throws TransfuseError `bad-option` for a setting that the data do not take */
export function refuseSettings(row: DatasetRow | undefined, options: DatasetOptions): void {
  for (const [setting, option] of Object.entries(settings) as [DatasetSetting, string][]) {
    if (!options[setting] || row?.settings?.includes(setting)) continue;
    const takers = datasets.filter((one) => one.settings?.includes(setting)).map(({ name }) => name);
    throw new TransfuseError(
      'bad-option',
      `${option} is for ${takers.join(' and ')}, not for ${row?.name ?? 'other data'}`,
    );
  }
}
