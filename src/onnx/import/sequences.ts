/** @file Sequences of tensors, which PyTorch's newer exporter makes of `chunk` and `split`, as plain splits. */
import type { OnnxGraph, OnnxNode } from '../model.js';
import { KnownNodes } from './known-nodes.js';

/**
 * The nodes of a graph with SplitToSequence as Split, whose outputs are those parts that are taken out again, and each
 * SequenceAt as the identity of its part. Other uses of sequences stay as they are.
 */
export function withoutSequences(graph: OnnxGraph): OnnxNode[] {
  const known = new KnownNodes(graph);
  const counts = new Map<string, number>();
  const taken = new Map<OnnxNode, string>();
  for (const node of graph.nodes) {
    const [sequence, position] = node.inputs as [string, string];
    const index = node.opType === 'SequenceAt' ? known.scalar(position) : undefined;
    if (index === undefined || index < 0 || known.producer(sequence)?.opType !== 'SplitToSequence') continue;
    taken.set(node, partName(sequence, index));
    counts.set(sequence, Math.max(counts.get(sequence) ?? 0, index + 1));
  }
  return graph.nodes.map((node): OnnxNode => {
    const part = taken.get(node);
    if (part !== undefined) return { ...node, opType: 'Identity', inputs: [part] };
    const count = counts.get(node.outputs[0]!);
    if (count === undefined || node.opType !== 'SplitToSequence' || node.inputs.length < 2) return node;
    const outputs = Array.from({ length: count }, (_, index) => partName(node.outputs[0]!, index));
    return { ...node, opType: 'Split', outputs };
  });
}

function partName(sequence: string, index: number): string {
  return `${sequence}[${index}]`;
}
