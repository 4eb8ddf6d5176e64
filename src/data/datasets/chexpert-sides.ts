/** @file CheXpert's images divided by patient and drawn label by label, as published or with the published leak. */
import { Random } from '../../random.js';
import { shuffle } from '../shuffle.js';
import type { Row } from '../table.js';
import type { DatasetOptions, SplitName } from '../types.js';

/** So many images per label on each side; what has several labels counts once. */
const perLabel: Readonly<Record<SplitName, number>> = { test: 200, train: 2000, validation: 150 };
const HELD_OUT = 0.3;
/** Keeps these draws apart from others of the same seed. */
const PATIENTS = 21;
const SAMPLING: Readonly<Record<SplitName, number>> = { train: 22, validation: 23, test: 24 };

export interface FrontalRow {
  readonly row: Row;
  readonly patient: string;
  /** Those of the five classes, and `No Finding`, that it has. */
  readonly labels: readonly string[];
  /** Classes of which it is not known whether it has them. */
  readonly unknown: readonly string[];
}

/**
 * 30 % of the patients test, 30 % of the rest validate; of each side so many images per label. The published notebook
 * drew its validation images from the training patients, which `validationLeak` repeats.
 * @param sampled the labels by which images are drawn
 */
export function sidesOf(
  rows: readonly FrontalRow[],
  sampled: readonly string[],
  { seed = 0, validationLeak = false }: DatasetOptions,
): (FrontalRow & { readonly split: SplitName })[] {
  const patients = shuffle(
    [...new Set(rows.map(({ patient }) => patient))].sort(),
    new Random(PATIENTS, seed),
  );
  const tested = Math.round(patients.length * HELD_OUT);
  const validating = Math.round((patients.length - tested) * HELD_OUT);
  const home = new Map(
    patients.map((patient, i): [string, SplitName] => [
      patient,
      i < tested ? 'test' : i < tested + validating ? 'validation' : 'train',
    ]),
  );
  const of = (split: SplitName) => rows.filter(({ patient }) => home.get(patient) === split);
  const draw = (pool: readonly FrontalRow[], split: SplitName) =>
    perLabelSample(pool, sampled, perLabel[split], new Random(SAMPLING[split], seed)).map((row) => ({
      ...row,
      split,
    }));
  const train = draw(of('train'), 'train');
  const taken = new Set(train.map(({ row }) => row));
  const pool = validationLeak ? of('train').filter(({ row }) => !taken.has(row)) : of('validation');
  // What is not known can be left out of the loss, but not of a measurement.
  const measured = [...draw(pool, 'validation'), ...draw(of('test'), 'test')];
  return [...train, ...measured.filter(({ unknown }) => unknown.length === 0)];
}

/** Up to `n` images that have each label, drawn; an image that is drawn for several counts once. */
function perLabelSample(
  rows: readonly FrontalRow[],
  sampled: readonly string[],
  n: number,
  random: Random,
): FrontalRow[] {
  const drawn = new Set<FrontalRow>();
  for (const label of sampled) {
    const having = rows.filter(({ labels }) => labels.includes(label));
    for (const row of shuffle(having, random).slice(0, n)) drawn.add(row);
  }
  return [...drawn];
}
