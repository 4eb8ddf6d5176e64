/** @file Camelyon17-WILDS: lymph node patches of five hospitals (Koh et al. 2021), and its published small part. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { TransfuseError } from '../../errors.js';
import type { LabelledImage, Source } from '../source.js';
import { assignSplits } from '../split.js';
import { type Row, readTable, requireColumn } from '../table.js';
import type { DatasetOptions, SplitName } from '../types.js';
import { allowedUnreadable, count, some } from '../unreadable.js';
import { Folders } from './folders.js';
import { type Hospitals, parseHospitals, publishedHospitals } from './hospitals.js';
import { type DatasetRow, type Layout, refuseIncomplete } from './row.js';

const classes = ['normal', 'tumor'];
const columns = ['patient', 'node', 'x_coord', 'y_coord', 'tumor', 'center'] as const;
const BATCH = 64;

const wilds: Layout = {
  description: 'camelyon17_v1.0/metadata.csv and patches/patient_P_node_N/patch_patient_P_node_N_x_X_y_Y.png',
  unmistakable: true,
  async find({ path: folder, folders, files }) {
    const named = /^camelyon17_v\d/.test(path.basename(folder));
    const [table, patches] = [files.includes('metadata.csv'), folders.includes('patches')];
    return (table && patches) || (named && (table || patches)) ? [folder] : [];
  },
  async read(root, options): Promise<Source> {
    const { files, folders } = await new Folders().list(root);
    const missing = [
      ...(files.includes('metadata.csv') ? [] : ['metadata.csv']),
      ...(folders.includes('patches') ? [] : ['patches/']),
    ];
    refuseIncomplete(patchCamelyon17, root, missing);
    const table = await readTable(path.join(root, 'metadata.csv'));
    for (const column of columns) requireColumn(table, column);
    const hospitals = parseHospitals(options.hospitals ?? publishedHospitals)!;
    const rows = rowsOfSides(table.rows, hospitals, options.seed ?? 0);
    for (const [side, wanted] of Object.entries(hospitals) as [SplitName, number[]][]) {
      const lacking = wanted.filter(
        (n) => !rows.some(({ row, split }) => split === side && centreOf(row) === n),
      );
      if (lacking.length === 0) continue;
      throw new TransfuseError(
        'incomplete-dataset',
        `${table.file} lists no images of hospital ${lacking.join(', ')} for ${side}; its hospitals are ${[...new Set(table.rows.map(centreOf))].sort().join(', ')}`,
      );
    }
    const { images, warnings } = await patchesOf(root, table.file, rows, options);
    return { root, images, classes, task: 'binary', warnings, groupBy: 'column:patient' };
  },
};

const centreOf = ({ cells }: Row) => Number(cells.center);

interface SidedRow {
  readonly row: Row;
  readonly split: SplitName;
}

/** Half of the validation hospital's images validate; the other half stays out, as published. */
function rowsOfSides(rows: readonly Row[], hospitals: Hospitals, seed: number): SidedRow[] {
  const of = (split: SplitName) => rows.filter((row) => hospitals[split].includes(centreOf(row)));
  const sided = (split: SplitName) => of(split).map((row) => ({ row, split }));
  const pool = of('validation');
  const items = pool.map(({ cells }) => ({ labels: [Number(cells.tumor)] }));
  const drawn = assignSplits(items, { validation: 0.5, test: 0 }, classes.length, seed);
  const validation = sided('validation').filter((_, i) => drawn[i] === 'validation');
  return [...sided('train'), ...validation, ...sided('test')];
}

/** Each folder of patches is listed once: asking for half a million files one by one would take minutes. */
async function patchesOf(
  root: string,
  table: string,
  rows: readonly SidedRow[],
  { maxUnreadable }: DatasetOptions,
): Promise<{ images: LabelledImage[]; warnings: string[] }> {
  const folders = new Folders();
  const places = new Map<string, { readonly real: string; readonly files: ReadonlySet<string> }>();
  const images: LabelledImage[] = [];
  const missing: string[] = [];
  for (const { row, split } of rows) {
    const { patient, node, x_coord: x, y_coord: y, tumor, center } = row.cells;
    const label = classes[Number(tumor)];
    if (label === undefined) {
      throw new TransfuseError(
        'bad-label',
        `${table}, line ${row.line}: tumor is ${tumor}; 0 or 1 is needed`,
      );
    }
    const name = `patient_${patient}_node_${node}`;
    const folder = path.join(root, 'patches', name);
    let place = places.get(folder);
    if (place === undefined) {
      const { files } = await folders.list(folder);
      place = { real: await realpath(folder).catch(() => folder), files: new Set(files) };
      places.set(folder, place);
    }
    const file = `patch_${name}_x_${x}_y_${y}.png`;
    if (!place.files.has(file)) {
      missing.push(`patches/${name}/${file} (line ${row.line})`);
      continue;
    }
    images.push({
      source: { kind: 'file', path: path.join(folder, file) },
      real: path.join(place.real, file),
      id: `patches/${name}/${file}`,
      labels: [label],
      split,
      columns: { patient, node, center },
      domain: `hospital ${center}`,
    });
  }
  if (missing.length === 0) return { images, warnings: [] };
  const message = `${count(missing.length, 'patch', 'patches')} of ${rows.length} in ${table} cannot be found: ${some(missing)}`;
  const allowed = allowedUnreadable(rows.length, maxUnreadable);
  if (missing.length > allowed) {
    throw new TransfuseError('too-many-missing', `${message}; at most ${allowed} may be missing`);
  }
  return { images, warnings: [message] };
}

export const patchCamelyon17: DatasetRow = {
  name: 'patch_camelyon17',
  aliases: ['camelyon17', 'camelyon17_wilds'],
  title: 'Camelyon17-WILDS: lymph node patches of five hospitals, tumour or none (455,954 images)',
  task: 'binary: normal, tumor',
  get: 'https://wilds.stanford.edu/datasets (camelyon17_v1.0.tar.gz, 10 GB)',
  licence: 'CC0 1.0',
  layouts: [wilds],
  split: 'hospital 4 trains, half of hospital 1 validates, hospitals 0, 2 and 3 test; or as --hospitals says',
  published: { size: '96', batch: BATCH, dropout: 0.5, loss: 'binary cross-entropy' },
  settings: ['hospitals'],
};

export const patchCamelyon17Small: DatasetRow = {
  ...patchCamelyon17,
  name: 'patch_camelyon17_small',
  aliases: ['camelyon17_small'],
  title: 'Camelyon17-WILDS, the published small part',
  split: 'as patch_camelyon17, of train 100 batches of 64 and of validation 15 batches, drawn',
  keep: { train: 100 * BATCH, validation: 15 * BATCH },
};
