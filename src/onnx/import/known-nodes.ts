/** @file Looking up what computes a name of an ONNX graph, before anything is imported. */
import type { Tensor } from '../../graph/tensor.js';
import type { OnnxGraph, OnnxNode } from '../model.js';

export class KnownNodes {
  private readonly producers = new Map<string, OnnxNode>();

  constructor(private readonly graph: OnnxGraph) {
    for (const node of graph.nodes) for (const output of node.outputs) this.producers.set(output, node);
  }

  /** The node that computes a name. */
  producer(name: string): OnnxNode | undefined {
    return this.producers.get(name);
  }

  /** The number a name stands for, if it is a constant of one element. */
  scalar(name: string): number | undefined {
    const tensor = this.graph.initializers.get(name) ?? constantOf(this.producers.get(name));
    return tensor?.data.length === 1 ? Number(tensor.data[0]) : undefined;
  }
}

function constantOf(node: OnnxNode | undefined): Tensor | undefined {
  const value = node?.opType === 'Constant' ? node.attributes.value : undefined;
  return value?.type === 'tensor' ? value.value : undefined;
}
