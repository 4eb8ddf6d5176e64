/**
 * @file Reverse-mode differentiation, by appending the backward pass to the graph. It touches only what lies between
 * the wanted values and the target (the idea of walking only that path: tinygrad's gradient.py).
 */
import { internal } from '../errors.js';
import type { Graph, Node, Value } from './graph.js';
import { add } from './ops/add.js';
import { float32, showType } from './tensor.js';

/**
 * Appends to `graph` the gradients of a scalar `target` with respect to each of `wanted`.
 * @returns one value per wanted value, of the same shape; undefined where the target does not depend on it
 */
export function differentiate(graph: Graph, target: Value, wanted: readonly Value[]): (Value | undefined)[] {
  if (target.shape.length !== 0)
    throw internal(`only a scalar can be differentiated, not ${showType(target)}`);
  const path = valuesBetween(graph.nodes, wanted, target);
  const gradients = new Map<Value, Value>([[target, graph.constant(float32([1], []))]]);

  for (const node of [...graph.nodes].reverse()) {
    const outputGradients = node.outputs.map((output) => gradients.get(output));
    if (outputGradients.every((gradient) => gradient === undefined)) continue;
    if (!node.inputs.some((input) => path.has(input))) continue;
    if (!node.op.gradient) throw internal(`${node.op.name} has no gradient, but lies on the way to the loss`);

    const thunks = node.op.gradient(graph, node, outputGradients);
    node.inputs.forEach((input, i) => {
      if (!path.has(input)) return;
      const gradient = thunks[i]?.();
      if (!gradient) return;
      const sum = gradients.get(input);
      gradients.set(input, sum ? add(graph, sum, gradient) : gradient);
    });
  }
  return wanted.map((value) => gradients.get(value));
}

/** The values that depend on one of `from` and that `to` depends on. */
function valuesBetween(nodes: readonly Node[], from: readonly Value[], to: Value): Set<Value> {
  const reached = new Set(from);
  for (const node of nodes) {
    if (node.inputs.some((input) => reached.has(input)))
      for (const output of node.outputs) reached.add(output);
  }
  const needed = new Set([to]);
  for (const node of [...nodes].reverse()) {
    if (node.outputs.some((output) => needed.has(output))) for (const input of node.inputs) needed.add(input);
  }
  return new Set([...reached].filter((value) => needed.has(value)));
}
