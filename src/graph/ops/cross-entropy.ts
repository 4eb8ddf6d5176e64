/** @file The two classification losses, composed of operators that stay finite for logits of any size. */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { sameShape, showType } from '../tensor.js';
import { add } from './add.js';
import { clip } from './clip.js';
import { logSoftmax } from './log-softmax.js';
import { mul } from './mul.js';
import { neg } from './neg.js';
import { reduceMean } from './reduce-mean.js';
import { reduceSum } from './reduce-sum.js';
import { reshape } from './reshape.js';
import { softplus } from './softplus.js';
import { sub } from './sub.js';

export interface Loss {
  /** Σᵢ weightᵢ · perSampleᵢ, a scalar. Weights of 1/n make it the batch's mean. */
  readonly loss: Value;
  /** The unweighted loss of each sample, [n]. */
  readonly perSample: Value;
}

/**
 * Binary cross-entropy of independent classes (one for two-class tasks), averaged over the classes:
 * meanₖ −(t·log σ(z) + (1 − t)·log(1 − σ(z))).
 * @param logits z, [n, K]
 * @param targets t, [n, K], each between 0 and 1, or −1 where nobody knows it; such terms are 0 and have no gradient
 * @param weights [n], one per sample
 */
export function sigmoidCrossEntropy(graph: Graph, logits: Value, targets: Value, weights: Value): Loss {
  checkShapes(logits, targets, weights);
  // −log σ(z) = softplus(−z) = softplus(z) − z and −log(1 − σ(z)) = softplus(z): together softplus(z) − t·z.
  const terms = sub(graph, softplus(graph, logits), mul(graph, targets, logits));
  const unknown = mul(graph, terms, clip(graph, targets, { min: -1, max: 0 }));
  return weighted(graph, reduceMean(graph, add(graph, terms, unknown), [1]), weights);
}

/**
 * Cross-entropy of exclusive classes: −Σₖ tₖ · log softmax(z)ₖ.
 * @param logits z, [n, K]
 * @param targets t, [n, K], one-hot or soft with sum 1
 * @param weights [n], one per sample
 */
export function softmaxCrossEntropy(graph: Graph, logits: Value, targets: Value, weights: Value): Loss {
  checkShapes(logits, targets, weights);
  const terms = mul(graph, targets, logSoftmax(graph, logits, 1));
  return weighted(graph, neg(graph, reduceSum(graph, terms, [1])), weights);
}

/** @param column the loss per sample, [n, 1] */
export function weighted(graph: Graph, column: Value, weights: Value): Loss {
  const perSample = reshape(graph, column, weights.shape);
  const loss = reshape(graph, reduceSum(graph, mul(graph, perSample, weights), [0]), []);
  return { loss, perSample };
}

function checkShapes(logits: Value, targets: Value, weights: Value): void {
  const [n] = logits.shape;
  if (
    logits.shape.length !== 2 ||
    !sameShape(logits.shape, targets.shape) ||
    !sameShape(weights.shape, [n!])
  ) {
    throw internal(
      `a loss needs logits [n,K], targets [n,K] and weights [n], not ${[logits, targets, weights].map(showType).join(', ')}`,
    );
  }
}
