/** @file AUC and DeLong's covariance straight from their definitions, in O(n²): what the fast ones must equal. */

/** One if the positive scores higher, one half if they tie. */
function kernel(positive: number, negative: number): number {
  return positive > negative ? 1 : positive === negative ? 0.5 : 0;
}

const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Each positive's mean kernel over the negatives, and each negative's over the positives. */
function placements(targets: readonly number[], scores: readonly number[]) {
  const positives = scores.filter((_, i) => targets[i] === 1);
  const negatives = scores.filter((_, i) => targets[i] === 0);
  return {
    ofPositives: positives.map((x) => mean(negatives.map((y) => kernel(x, y)))),
    ofNegatives: negatives.map((y) => mean(positives.map((x) => kernel(x, y)))),
  };
}

function sampleCovariance(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  return a.reduce((sum, x, i) => sum + (x - meanA) * (b[i] - meanB), 0) / (a.length - 1);
}

export function bruteForceAuc(targets: readonly number[], scores: readonly number[]): number {
  return mean(placements(targets, scores).ofPositives);
}

export function bruteForceCovariance(
  targets: readonly number[],
  first: readonly number[],
  second: readonly number[],
): number {
  const a = placements(targets, first);
  const b = placements(targets, second);
  return (
    sampleCovariance(a.ofPositives, b.ofPositives) / a.ofPositives.length +
    sampleCovariance(a.ofNegatives, b.ofNegatives) / a.ofNegatives.length
  );
}
