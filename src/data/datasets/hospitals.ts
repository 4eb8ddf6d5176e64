/** @file Which hospitals train, validate and test: `4/1/0,2,3`. */
import type { SplitName } from '../types.js';

export type Hospitals = Readonly<Record<SplitName, readonly number[]>>;

export const publishedHospitals = '4/1/0,2,3';

export const hospitalsRule =
  'must be numbers of hospitals for training, validation and test, each on one side only, such as 0,3,4/1/2';

/** Undefined where the text is something else, or a hospital stands on two sides. */
export function parseHospitals(text: string): Hospitals | undefined {
  const sides = text.split('/');
  if (sides.length !== 3 || !sides.every((side) => /^\d+(,\d+)*$/.test(side))) return undefined;
  const [train, validation, test] = sides.map((side) => side.split(',').map(Number));
  const all = [...train, ...validation, ...test];
  return new Set(all).size === all.length ? { train, validation, test } : undefined;
}
