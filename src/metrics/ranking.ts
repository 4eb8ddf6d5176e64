/** @file Samples in order of score, with ties kept together: what ROC, precision–recall and AUC all start from. */
import { internal } from '../errors.js';
import type { Numbers } from './types.js';

/** Samples that share one score: `order[start … end - 1]`. */
export interface TieGroup {
  score: number;
  start: number;
  end: number;
  positives: number;
  negatives: number;
}

export interface Ranking {
  /** Indices of the samples whose target is known, highest score first. */
  order: Uint32Array;
  /** Highest score first. */
  groups: TieGroup[];
  positives: number;
  negatives: number;
}

/** Ranks samples by score in O(n log n). A target above 0.5 is positive, one below 0 unknown: such samples are left out. */
export function rankByScore(targets: Numbers, scores: Numbers): Ranking {
  if (targets.length !== scores.length)
    throw internal(`${targets.length} targets but ${scores.length} scores`);
  const order = Uint32Array.from(scores, (_, sample) => sample)
    .filter((sample) => targets[sample] >= 0)
    .sort((a, b) => scores[b] - scores[a]);
  const groups: TieGroup[] = [];
  let positives = 0;
  for (let start = 0, end = 0; start < order.length; start = end) {
    const score = scores[order[start]];
    if (Number.isNaN(score)) throw internal(`the score of sample ${order[start]} is NaN`);
    let groupPositives = 0;
    for (end = start; end < order.length && scores[order[end]] === score; end++)
      if (targets[order[end]] > 0.5) groupPositives++;
    groups.push({ score, start, end, positives: groupPositives, negatives: end - start - groupPositives });
    positives += groupPositives;
  }
  return { order, groups, positives, negatives: order.length - positives };
}
