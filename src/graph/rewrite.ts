/** @file Copies of a graph in which some nodes are replaced by others that compute the same. */
import { Graph, type Node, parameterOf, type Value } from './graph.js';
import { liveNodes } from './live.js';

/**
 * Says what takes the place of `node`: appends to `graph` and returns a value per output, or undefined to keep the
 * node. `inputs` are what the node's inputs have become; their sources can be looked at, too.
 */
export type Rule = (graph: Graph, node: Node, inputs: readonly Value[]) => readonly Value[] | undefined;

/**
 * A copy of what the outputs of `original` need, with `rule` applied to every node. Names stay.
 * @param outputs other outputs than the graph's own, by name
 */
export function rewrite(
  original: Graph,
  rule: Rule,
  outputs: ReadonlyMap<string, Value> = original.outputs,
): Graph {
  const graph = new Graph();
  const copies = new Map<Value, Value>();
  for (const [name, value] of original.inputs) copies.set(value, graph.input(name, value));
  for (const [name, value] of original.parameters) {
    const { role, tensor } = parameterOf(value)!;
    copies.set(value, graph.parameter(name, role, tensor));
  }
  const copy = (value: Value): Value => {
    const known = copies.get(value);
    if (known || value.source.kind !== 'constant') return known!;
    const constant = graph.constant(value.source.tensor);
    copies.set(value, constant);
    return constant;
  };
  for (const node of liveNodes(original, outputs.values())) {
    const inputs = node.inputs.map(copy);
    const results = rule(graph, node, inputs) ?? graph.applyAll(node.op, inputs, node.attributes);
    node.outputs.forEach((output, i) => {
      copies.set(output, results[i]!);
    });
  }
  for (const [name, value] of outputs) graph.output(name, copy(value));
  return graph;
}
