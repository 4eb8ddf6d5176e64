/** @file The largest element of a whole image. */
import type { Graph, Value } from '../graph.js';
import { maxPool } from './max-pool.js';

/** The maximum of each channel of `x` [N,C,H,W]: [N,C,1,1]. */
export function globalMaxPool(graph: Graph, x: Value): Value {
  return maxPool(graph, x, { kernel: [x.shape[2]!, x.shape[3]!] });
}
