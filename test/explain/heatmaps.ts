/** @file What the tests of heatmaps share: an explainer used once, and the rank correlation of two maps. */
import { createExplainer, type Explanation } from '../../src/explain/explainer.js';
import type { Classifier, Weights } from '../../src/models/classifier.js';

export async function explained(
  classifier: Classifier,
  images: Uint8Array,
  classes: readonly number[],
  { weights = new Map() as Weights, samples = 0 } = {},
): Promise<Explanation[]> {
  const explainer = await createExplainer({ classifier, weights, samples, threads: 1 });
  try {
    return await explainer.explain(images, classes);
  } finally {
    await explainer.close();
  }
}

/** Spearman's: the correlation of the ranks, ties sharing the mean of theirs. */
export function rankCorrelation(a: Float32Array, b: Float32Array): number {
  const [ranksA, ranksB] = [ranks(a), ranks(b)];
  const middle = (a.length - 1) / 2;
  let [cross, squareA, squareB] = [0, 0, 0];
  ranksA.forEach((rank, i) => {
    cross += (rank - middle) * (ranksB[i] - middle);
    squareA += (rank - middle) ** 2;
    squareB += (ranksB[i] - middle) ** 2;
  });
  return cross / Math.sqrt(squareA * squareB);
}

function ranks(values: Float32Array): Float64Array {
  const order = Uint32Array.from(values, (_, i) => i).sort((i, j) => values[i] - values[j]);
  const result = new Float64Array(values.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let i = start; i < end; i++) result[order[i]] = (start + end - 1) / 2;
  }
  return result;
}
