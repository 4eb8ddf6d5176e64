/** @file Cutting a graph in two where all that comes from one input passes through one value. */
import type { Graph, Value } from './graph.js';
import { countUses, liveNodes } from './live.js';
import { rewrite } from './rewrite.js';

/**
 * The last value through which everything goes that the outputs have of `source`, and which depends on nothing of
 * `varying`. Equal graphs for other batches have it at the same index of their nodes.
 * @param varying parameters and inputs that do not stay as they are
 * @returns the index, in the graph's nodes, of the one whose first output it is; undefined where there is none
 */
export function lastCut(graph: Graph, source: Value, varying: Iterable<Value>): number | undefined {
  const uses = countUses(graph);
  const changing = new Set(varying);
  const carriers = new Set([source]);
  /** The carriers that are still needed, and how often. A node after which only its own output is, is a cut. */
  const open = new Map([[source, uses.get(source) ?? 0]]);
  let cut: number | undefined;
  for (const node of liveNodes(graph)) {
    const { inputs, outputs } = node;
    if (inputs.some((input) => changing.has(input))) for (const output of outputs) changing.add(output);
    if (!inputs.some((input) => carriers.has(input))) continue;
    for (const input of inputs) {
      const left = (open.get(input) ?? 0) - 1;
      if (left > 0) open.set(input, left);
      else open.delete(input);
    }
    for (const output of outputs) {
      carriers.add(output);
      const needed = uses.get(output);
      if (needed) open.set(output, needed);
    }
    const [first] = outputs as [Value];
    if (open.size === 1 && open.has(first) && !changing.has(first)) cut = graph.nodes.indexOf(node);
  }
  return cut;
}

/** The first output of a node. */
export function valueAt(graph: Graph, node: number): Value {
  return graph.nodes[node]!.outputs[0]!;
}

/** What leads to a cut, as a graph whose only output, `name`, is the value there. */
export function beforeCut(graph: Graph, node: number, name: string): Graph {
  return rewrite(graph, keep, new Map([[name, valueAt(graph, node)]]));
}

/** What follows a cut, as a graph that takes the value there as an input, `name`, and has the outputs of the whole. */
export function afterCut(graph: Graph, node: number, name: string): Graph {
  const at = graph.nodes[node]!;
  const fed = rewrite(graph, (copy, { op, attributes, outputs }, inputs) =>
    outputs === at.outputs
      ? [copy.input(name, outputs[0]!), ...copy.applyAll(op, inputs, attributes).slice(1)]
      : undefined,
  );
  // Once more, without what nothing needs any longer.
  return rewrite(fed, keep);
}

const keep = () => undefined;
