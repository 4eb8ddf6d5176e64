/** @file Which parts of a graph its outputs need, and how often. */
import type { Graph, Node, Value } from './graph.js';

/** The nodes that some output depends on, the graph's own unless told which, in topological order. */
export function liveNodes(graph: Graph, outputs: Iterable<Value> = graph.outputs.values()): Node[] {
  const needed = new Set(outputs);
  const live = [...graph.nodes].reverse().filter((node) => {
    if (!node.outputs.some((output) => needed.has(output))) return false;
    for (const input of node.inputs) needed.add(input);
    return true;
  });
  return live.reverse();
}

/** How many live nodes and outputs use each value. */
export function countUses(graph: Graph): Map<Value, number> {
  const uses = new Map<Value, number>();
  const used = [...liveNodes(graph).flatMap(({ inputs }) => inputs), ...graph.outputs.values()];
  for (const value of used) uses.set(value, (uses.get(value) ?? 0) + 1);
  return uses;
}

/** The parameters of the given names, and the live values that depend on them, or on the other values given. */
export function dependents(
  graph: Graph,
  parameters: ReadonlySet<string>,
  others: Iterable<Value> = [],
): Set<Value> {
  const named = [...graph.parameters].filter(([name]) => parameters.has(name)).map(([, value]) => value);
  const found = new Set([...named, ...others]);
  for (const { inputs, outputs } of liveNodes(graph)) {
    if (inputs.some((input) => found.has(input))) for (const output of outputs) found.add(output);
  }
  return found;
}
