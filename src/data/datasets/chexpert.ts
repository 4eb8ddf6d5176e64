/** @file CheXpert: chest radiographs with labels mined from reports, some of them uncertain (Irvin et al. 2019). */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { TransfuseError } from '../../errors.js';
import type { LabelledImage, Source } from '../source.js';
import { type Row, readTable, type Table } from '../table.js';
import type { DatasetOptions, SplitName } from '../types.js';
import { allowedUnreadable, count, some } from '../unreadable.js';
import { type FrontalRow, sidesOf } from './chexpert-sides.js';
import { type DatasetRow, type Layout, refuseIncomplete } from './row.js';

const classes = ['Atelectasis', 'Cardiomegaly', 'Consolidation', 'Edema', 'Pleural Effusion'];
const sampled = [...classes, 'No Finding'];
const PATH = 'Path';
const VIEW = 'Frontal/Lateral';

const csv: Layout = {
  description:
    'CheXpert-v1.0-small/train.csv and train/patientP/studyS/viewV_frontal.jpg; the full-size CheXpert-v1.0 too',
  unmistakable: true,
  async find({ path: folder, folders: inside, files }, folders) {
    const hasTable = files.includes('train.csv');
    if (/^chexpert/i.test(path.basename(folder))) return hasTable || inside.includes('train') ? [folder] : [];
    if (!hasTable || !inside.includes('train')) return [];
    const { folders: patients } = await folders.list(path.join(folder, 'train'));
    return /^patient\d+$/.test(patients[0] ?? '') ? [folder] : [];
  },
  async read(root, options): Promise<Source> {
    const file = path.join(root, 'train.csv');
    const there = await realpath(file).catch(() => undefined);
    refuseIncomplete(chexpert, root, there === undefined ? ['train.csv'] : []);
    const table = await readTable(file);
    checkHeader(table);
    const rows = frontalRows(table, options.uncertain ?? 'published');
    const { images, warnings } = await existing(root, table, sidesOf(rows, sampled, options), options);
    return {
      root,
      images,
      classes,
      task: 'multi-label',
      warnings,
      groupBy: options.validationLeak ? undefined : 'column:patient',
    };
  },
};

function checkHeader({ file, columns }: Table): void {
  const lacking = [PATH, VIEW, ...sampled].filter((name) => !columns.includes(name));
  if (lacking.length === 0) return;
  throw new TransfuseError(
    'no-such-column',
    `${file} is not CheXpert’s: it has no column ${lacking.map((name) => JSON.stringify(name)).join(', ')}; its columns are: ${columns.join(', ') || 'none'}`,
  );
}

/** Frontal views, their uncertain labels (−1) treated as the policy says; what is not mentioned (empty) is absent. */
function frontalRows(table: Table, policy: NonNullable<DatasetOptions['uncertain']>): FrontalRow[] {
  const rows: FrontalRow[] = [];
  for (const row of table.rows) {
    const { cells } = row;
    if (cells[VIEW] !== 'Frontal') continue;
    const patient = cells[PATH].split('/')[2];
    if (patient === undefined) throw badRow(table, row, PATH, 'CheXpert-v1.0-small/train/patient/study/view');
    const values = sampled.map((name) => labelValue(table, row, name));
    const unknown = classes.filter((_, k) => values[k] === -1);
    if (policy === 'published' && unknown.length > 0) continue;
    const has = (value: number) => value === 1 || (value === -1 && policy === 'ones');
    rows.push({
      row,
      patient,
      labels: sampled.filter((_, k) => has(values[k])),
      unknown: policy === 'ignore' ? unknown : [],
    });
  }
  return rows;
}

function labelValue(table: Table, row: Row, column: string): number {
  const text = row.cells[column];
  const value = text === '' ? 0 : Number(text);
  if (value === 0 || value === 1 || value === -1) return value;
  throw badRow(table, row, column, '1.0, 0.0, -1.0 or nothing');
}

function badRow({ file }: Table, { line, cells }: Row, column: string, wanted: string): TransfuseError {
  return new TransfuseError(
    'bad-label',
    `${file}, line ${line}: ${column} is ${JSON.stringify(cells[column])}; ${wanted} is needed`,
  );
}

/** Images whose files are there. Paths begin with the name of the archive, whatever the folder is called here. */
async function existing(
  root: string,
  table: Table,
  rows: readonly (FrontalRow & { readonly split: SplitName })[],
  { maxUnreadable }: DatasetOptions,
): Promise<{ images: LabelledImage[]; warnings: string[] }> {
  const images: LabelledImage[] = [];
  const missing: string[] = [];
  const AT_ONCE = 64;
  for (let start = 0; start < rows.length; start += AT_ONCE) {
    const chunk = rows.slice(start, start + AT_ONCE).map(async ({ row, patient, labels, unknown, split }) => {
      const id = row.cells[PATH].split('/').slice(1).join('/');
      const full = path.join(root, id);
      const real = await realpath(full).catch(() => undefined);
      if (real === undefined) {
        missing.push(`${row.cells[PATH]} (line ${row.line})`);
        return [];
      }
      const known = labels.filter((name) => name !== 'No Finding');
      const columns = { ...row.cells, patient };
      return [
        { source: { kind: 'file', path: full } as const, real, id, labels: known, unknown, split, columns },
      ];
    });
    images.push(...(await Promise.all(chunk)).flat());
  }
  if (missing.length === 0) return { images, warnings: [] };
  const message = `${count(missing.length, 'file')} of ${rows.length} in ${table.file} cannot be found: ${some(missing)}`;
  const allowed = allowedUnreadable(rows.length, maxUnreadable);
  if (missing.length > allowed || images.length === 0) {
    throw new TransfuseError(
      'too-many-missing',
      `${message}; at most ${allowed} may be missing below ${root}`,
    );
  }
  return { images, warnings: [message] };
}

export const chexpert: DatasetRow = {
  name: 'chexpert',
  title: 'CheXpert: chest radiographs, five findings (Irvin et al. 2019, 224,316 images)',
  task: `multi-label: ${classes.join(', ')}`,
  get: 'https://aimi.stanford.edu/datasets/chexpert-chest-x-rays (after registration; CheXpert-v1.0-small, 11 GB)',
  licence: 'Stanford University Dataset Research Use Agreement: research only, no redistribution',
  layouts: [csv],
  split:
    'frontal views; of the patients 30 % test, 30 % of the rest validate; per label and No Finding at most 2,000 images for training, 150 for validation, 200 for the test',
  published: { size: '224', batch: 32, dropout: 0, loss: 'binary cross-entropy' },
  settings: ['uncertain', 'validationLeak'],
};
