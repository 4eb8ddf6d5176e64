/** @file How undecided predictions are, as a loss that needs no labels (Shannon 1948), finite for logits of any size. */
import type { Graph, Value } from '../graph.js';
import { type Loss, weighted } from './cross-entropy.js';
import { exp } from './exp.js';
import { logSoftmax } from './log-softmax.js';
import { mul } from './mul.js';
import { neg } from './neg.js';
import { reduceMean } from './reduce-mean.js';
import { reduceSum } from './reduce-sum.js';
import { sigmoid } from './sigmoid.js';
import { softplus } from './softplus.js';
import { sub } from './sub.js';

/**
 * Entropy of independent classes, averaged over them: meanₖ −(p·log p + (1 − p)·log(1 − p)) with p = σ(z), in nats.
 * @param logits z, [n, K]
 * @param weights [n], one per sample
 */
export function sigmoidEntropy(graph: Graph, logits: Value, weights: Value): Loss {
  // −log p = softplus(z) − z and −log(1 − p) = softplus(z): together softplus(z) − p·z.
  const terms = sub(graph, softplus(graph, logits), mul(graph, sigmoid(graph, logits), logits));
  return weighted(graph, reduceMean(graph, terms, [1]), weights);
}

/**
 * Entropy of exclusive classes: −Σₖ pₖ·log pₖ with p = softmax(z), in nats.
 * @param logits z, [n, K]
 * @param weights [n], one per sample
 */
export function softmaxEntropy(graph: Graph, logits: Value, weights: Value): Loss {
  const logs = logSoftmax(graph, logits, 1);
  const terms = mul(graph, exp(graph, logs), logs);
  return weighted(graph, neg(graph, reduceSum(graph, terms, [1])), weights);
}
