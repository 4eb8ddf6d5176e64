/** @file The rewrites of a finished program that suit it to what will run it, and change nothing else. */
import { blockedLayout } from './blocked-layout/blocked-layout.js';
import type { Graph } from './graph.js';
import { backwardSlices } from './rewrites/backward-slices.js';
import { batchMoments } from './rewrites/batch-moments.js';
import { dropBroadcasts } from './rewrites/drop-broadcasts.js';
import { kernelGradients } from './rewrites/kernel-gradients.js';
import { maxPoolGradients } from './rewrites/max-pool-gradients.js';
import { pointwiseProducts } from './rewrites/pointwise-products.js';
import { scaledKernels } from './rewrites/scaled-kernels.js';
import { transposedGroups } from './rewrites/transposed-groups.js';

/** Of what the program is made: what a CPU is fast with, or what all kinds of GPU have kernels for that are right. */
export type Forms = 'cpu' | 'gpu';

/**
 * What is still to be differentiated must not be lowered: some of the operators that come in have no gradient.
 * @param fed names of the parameters that are not constants
 * @param block channels in a block of the CPU's convolutions; 1 stands for none (see ops/to-blocked.ts)
 */
export function lower(graph: Graph, fed: ReadonlySet<string>, forms: Forms = 'cpu', block = 1): Graph {
  const lean = dropBroadcasts(graph);
  if (forms === 'cpu') {
    const suited = block > 1 ? blockedLayout(scaledKernels(lean, block), block, fed) : lean;
    return pointwiseProducts(kernelGradients(suited), fed);
  }
  return [kernelGradients, batchMoments, maxPoolGradients, transposedGroups, backwardSlices].reduce(
    (g, form) => form(g),
    lean,
  );
}
