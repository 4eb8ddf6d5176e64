/** @file What depends on constants alone and changes never, taken out of a program for it to be computed once. */
import { fingerprints } from './fingerprints.js';
import type { Graph, Node, Value } from './graph.js';
import { dependents, liveNodes } from './live.js';
import { BlockedConv } from './ops/blocked-conv.js';
import { Reshape } from './ops/reshape.js';
import { rewrite } from './rewrite.js';
import { sizeOf } from './tensor.js';

export interface Hoisted {
  /** Fed with the results of `before`, by their names. */
  readonly graph: Graph;
  /** Absent where there is nothing to compute beforehand. */
  readonly before?: Graph;
}

/** Elements from which on it matters that the runtime, folding constants by itself, keeps each stage of them. */
const LARGE = 2 ** 14;

/**
 * Large kernels: turned around, blocked, transformed. Those of one name are the same for all programs.
 * @param fed names of the parameters that are not constants
 */
export function hoistConstants(original: Graph, fed: ReadonlySet<string>): Hoisted {
  const nodes = liveNodes(original);
  const varying = dependents(original, fed, original.inputs.values());
  const isConstant = ({ outputs }: Node) => !outputs.some((output) => varying.has(output));

  // Reshaping costs nothing, and what is only reshaped stays as it is.
  const worked = new Set<Value>();
  for (const node of nodes) {
    const isWork = node.op !== Reshape || node.inputs.some((input) => worked.has(input));
    if (isWork && isConstant(node)) for (const output of node.outputs) worked.add(output);
  }
  const kernels = nodes.flatMap(({ op, inputs }) => (op === BlockedConv ? [inputs[1]!] : []));
  const fingerprint = fingerprints();
  const names = new Map(
    [...new Set(kernels)]
      .filter((kernel) => worked.has(kernel) && sizeOf(kernel.shape) >= LARGE)
      .map((kernel) => [kernel, `constant-${fingerprint(kernel)}`]),
  );
  if (names.size === 0) return { graph: original };

  const graph = rewrite(original, (copy, { outputs }) =>
    outputs.some((output) => names.has(output))
      ? outputs.map((output) => copy.input(names.get(output) ?? `unused:${output.id}`, output))
      : undefined,
  );
  const results = new Map([...names].map(([value, name]) => [name, value]));
  return { graph, before: rewrite(original, () => undefined, results) };
}

/** What a graph computes, as several that each give a part of its outputs: about so many elements. */
export function inParts(graph: Graph, elements: number): Graph[] {
  const parts: Map<string, Value>[] = [];
  let room = 0;
  for (const [name, value] of graph.outputs) {
    if (room <= 0) {
      parts.push(new Map());
      room = elements;
    }
    parts.at(-1)!.set(name, value);
    room -= sizeOf(value.shape);
  }
  return parts.map((outputs) => rewrite(graph, () => undefined, outputs));
}
