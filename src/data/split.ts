/**
 * @file Seeded, stratified splits that keep groups whole.
 * Greedy: the groups that are hardest to place go first, each to the split that it brings closest to its share.
 */
import { Random } from '../random.js';
import { shuffle } from './shuffle.js';
import type { SplitName } from './types.js';

export interface Splittable {
  /** Items with the same group land in the same split; one without is a group of its own. */
  readonly group?: string;
  /** Indices of the classes it belongs to: one, or for multi-label any number. */
  readonly labels: readonly number[];
}

const names: readonly SplitName[] = ['train', 'validation', 'test'];

/** Keeps these draws apart from others of the same seed. */
const SPLITTING = 2;

/**
 * Assigns each item to a split. Without groups, and with one label per item, the number of each class in each
 * split is within one of its share; with groups or several labels as close as whole groups allow.
 *
 * @param fractions shares of validation and test, each 0 to 1, together at most 1; train gets the rest
 * @param classes number of classes
 * @returns one split per item, in the order of the items
 */
export function assignSplits(
  items: readonly Splittable[],
  fractions: { readonly validation: number; readonly test: number },
  classes: number,
  seed: number,
): SplitName[] {
  const { validation, test } = fractions;
  const train = 1 - validation - test;
  const shares = [train > 1e-9 ? train : 0, validation, test];
  const open = [0, 1, 2].filter((split) => shares[split] > 0);
  if (open.length === 1) return items.map(() => names[open[0]]);
  const groups = gather(items, classes);
  const totals = new Float64Array(classes + 1);
  for (const { counts } of groups) add(totals, counts, 1);
  // How many of each class a split still lacks.
  const lacking = shares.map((share) => totals.map((n) => n * share));
  const result: SplitName[] = new Array(items.length);
  for (const { members, counts } of hardestFirst(groups, totals, seed)) {
    const costs = open.map((split) => ({ split, cost: cost(counts, lacking[split], totals, shares[split]) }));
    const { split } = costs.reduce((best, other) => (other.cost < best.cost ? other : best));
    add(lacking[split], counts, -1);
    for (const member of members) result[member] = names[split];
  }
  return result;
}

/**
 * How much worse the split gets by a group: the change of Σ lacking² / (share · total²) over the classes, which is
 * the squared relative error of each class. For single items of one class this is Webster's method of apportionment,
 * which for three parties stays within the quota.
 */
function cost(counts: Float64Array, lacking: Float64Array, totals: Float64Array, share: number): number {
  let change = 0;
  for (let label = 0; label < counts.length; label++) {
    const n = counts[label];
    if (n > 0) change += (n * (n - 2 * lacking[label])) / (share * totals[label] ** 2);
  }
  return change;
}

function add(to: Float64Array, counts: Float64Array, sign: 1 | -1) {
  for (let label = 0; label < to.length; label++) to[label] += sign * counts[label];
}

interface Group {
  readonly members: number[];
  /** Items per class; the last entry counts items of no class at all. */
  readonly counts: Float64Array;
}

function gather(items: readonly Splittable[], classes: number): Group[] {
  const groups: Group[] = [];
  const named = new Map<string, Group>();
  items.forEach(({ group: name, labels }, index) => {
    let group = name === undefined ? undefined : named.get(name);
    if (group === undefined) {
      group = { members: [], counts: new Float64Array(classes + 1) };
      groups.push(group);
      if (name !== undefined) named.set(name, group);
    }
    group.members.push(index);
    for (const label of labels.length > 0 ? labels : [classes]) group.counts[label]++;
  });
  return groups;
}

/** Groups that hold a large share of some class come first; among equals, chance decides. */
function hardestFirst(groups: readonly Group[], totals: Float64Array, seed: number): Group[] {
  const share = new Map<Group, number>();
  for (const group of groups) {
    share.set(group, Math.max(...group.counts.map((n, label) => (n > 0 ? n / totals[label] : 0))));
  }
  return shuffle([...groups], new Random(SPLITTING, seed)).sort((a, b) => share.get(b)! - share.get(a)!);
}
