/** @file Which batch-norm nodes are one and the same layer, and which only happen to hold equal numbers. */
import type { OnnxNode } from '../model.js';

/**
 * Exporters and optimisers merge equal tensors: all the ones of scale-less layers, all four weights of layers that were
 * never trained. So two nodes are one layer, used twice, only if the kernel before them is the same, too.
 */
export class BatchNorms {
  private readonly layers = new Map<OnnxNode, string>();
  private readonly uses = new Map<string, Set<string>>();

  constructor(nodes: readonly OnnxNode[]) {
    const kernels = new Map<string, string>();
    for (const node of nodes) {
      if (['Conv', 'Gemm', 'MatMul'].includes(node.opType)) kernels.set(node.outputs[0]!, node.inputs[1]!);
      if (node.opType !== 'BatchNormalization') continue;
      const weights = node.inputs.slice(1, 5);
      const layer = [kernels.get(node.inputs[0]!) ?? node.outputs[0], ...weights].join();
      this.layers.set(node, layer);
      weights.forEach((name, i) => {
        const set = this.uses.get(name) ?? new Set();
        this.uses.set(name, set.add(`${i} of ${layer}`));
      });
    }
  }

  /** Equal for nodes that are one layer. */
  layer(node: OnnxNode): string {
    return this.layers.get(node)!;
  }

  /** Whether a stored tensor is one weight of one layer, so that its name says which. */
  isOwn(name: string): boolean {
    return this.uses.get(name)?.size === 1;
  }
}
