/** @file ROC and precision–recall curves, and the average precision. */
import { rankByScore } from './ranking.js';
import type { Numbers } from './types.js';

export interface RocPoint {
  /** Positive means score ≥ threshold; Infinity at the curve's start. */
  threshold: number;
  falsePositiveRate: number;
  truePositiveRate: number;
}

export interface PrecisionRecallPoint {
  /** Positive means score ≥ threshold; Infinity at the curve's start. */
  threshold: number;
  recall: number;
  precision: number;
}

/**
 * The ROC curve from (0, 0) to (1, 1), one point per distinct score except those in the middle of a straight line.
 * Joined by straight lines, the area below is the exact AUC.
 * @returns empty where one class has no sample
 */
export function rocCurve(targets: Numbers, scores: Numbers): RocPoint[] {
  const { groups, positives, negatives } = rankByScore(targets, scores);
  if (positives === 0 || negatives === 0) return [];
  const points: RocPoint[] = [{ threshold: Infinity, falsePositiveRate: 0, truePositiveRate: 0 }];
  let truePositives = 0;
  let falsePositives = 0;
  groups.forEach((group, i) => {
    truePositives += group.positives;
    falsePositives += group.negatives;
    const next = groups[i + 1];
    const straight = next && group.positives * next.negatives === next.positives * group.negatives;
    if (!straight)
      points.push({
        threshold: group.score,
        falsePositiveRate: falsePositives / negatives,
        truePositiveRate: truePositives / positives,
      });
  });
  return points;
}

/**
 * The precision–recall curve from recall 0 (precision 1 by convention) to recall 1, one point per distinct score except
 * those in the middle of a vertical or horizontal line. Recall never decreases. To be drawn in steps: straight lines
 * between its points are not attainable.
 * @returns empty where there is no positive
 */
export function precisionRecallCurve(targets: Numbers, scores: Numbers): PrecisionRecallPoint[] {
  const { groups, positives } = rankByScore(targets, scores);
  if (positives === 0) return [];
  const points: PrecisionRecallPoint[] = [{ threshold: Infinity, recall: 0, precision: 1 }];
  let truePositives = 0;
  let called = 0;
  for (const group of groups) {
    truePositives += group.positives;
    called += group.positives + group.negatives;
    const point = {
      threshold: group.score,
      recall: truePositives / positives,
      precision: truePositives / called,
    };
    const [before, last] = points.slice(-2);
    const level = last?.precision === point.precision && before.precision === point.precision;
    const upright = last?.recall === point.recall && before.recall === point.recall;
    if (level || upright) points.pop();
    points.push(point);
  }
  return points;
}

/**
 * Average precision: Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores, without interpolation (scikit-learn's definition).
 * @returns in [0, 1]; NaN where there is no positive
 */
export function averagePrecision(targets: Numbers, scores: Numbers): number {
  const { groups, positives } = rankByScore(targets, scores);
  let truePositives = 0;
  let called = 0;
  let sum = 0;
  for (const group of groups) {
    truePositives += group.positives;
    called += group.positives + group.negatives;
    sum += group.positives * (truePositives / called);
  }
  return sum / positives;
}
