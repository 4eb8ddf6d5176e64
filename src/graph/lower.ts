/** @file The rewrites of a finished program that make it faster and change nothing else. */
import type { Graph } from './graph.js';
import { dropBroadcasts } from './rewrites/drop-broadcasts.js';
import { pointwiseProducts } from './rewrites/pointwise-products.js';

/**
 * What is still to be differentiated must not be lowered: some of the operators that come in have no gradient.
 * @param fed names of the parameters that are not constants
 */
export function lower(graph: Graph, fed: ReadonlySet<string>): Graph {
  return pointwiseProducts(dropBroadcasts(graph), fed);
}
