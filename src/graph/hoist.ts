/**
 * @file What need not be computed with every run of a program, taken out of it: what depends on parameters alone changes
 * with every step, what depends on constants alone never.
 */
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

/**
 * What changes with parameters only.
 * @param fed names of the parameters that are not constants
 */
export function hoist(original: Graph, fed: ReadonlySet<string>): Hoisted {
  const ofParameters = dependents(original, fed);
  const ofInputs = dependents(original, new Set(), original.inputs.values());
  return takenOut(original, {
    isFixed: (value) => ofParameters.has(value) && !ofInputs.has(value),
    nameOf: (_, i) => `prepared-${i}`,
  });
}

/** Elements from which on it matters that the runtime, folding constants by itself, keeps each stage of them. */
const LARGE = 2 ** 14;

/** Large kernels that change never: turned around, blocked, transformed. Those of one name are the same for all programs. */
export function hoistConstants(original: Graph, fed: ReadonlySet<string>): Hoisted {
  const varying = dependents(original, fed, original.inputs.values());
  const kernels = new Set(
    liveNodes(original).flatMap(({ op, inputs }) => (op === BlockedConv ? [inputs[1]!] : [])),
  );
  const fingerprint = fingerprints();
  return takenOut(original, {
    isFixed: (value) => !varying.has(value),
    isWanted: (value) => kernels.has(value) && sizeOf(value.shape) >= LARGE,
    nameOf: (value) => `constant-${fingerprint(value)}`,
  });
}

interface Taken {
  /** Whether a value is to be computed beforehand. */
  readonly isFixed: (value: Value) => boolean;
  /** Whether such a value may be handed over; what is not is computed again. */
  readonly isWanted?: (value: Value) => boolean;
  readonly nameOf: (value: Value, index: number) => string;
}

function takenOut(original: Graph, { isFixed, isWanted = () => true, nameOf }: Taken): Hoisted {
  const nodes = liveNodes(original);
  const isFixedNode = ({ outputs }: Node) => outputs.every(isFixed);

  // Reshaping costs nothing, and what is only reshaped is fed as it is.
  const worked = new Set<Value>();
  for (const node of nodes) {
    const isWork = node.op !== Reshape || node.inputs.some((input) => worked.has(input));
    if (isWork && isFixedNode(node)) for (const output of node.outputs) worked.add(output);
  }
  const needed = [
    ...nodes.filter((node) => !isFixedNode(node)).flatMap(({ inputs }) => inputs),
    ...original.outputs.values(),
  ];
  const handedOver = [...new Set(needed)].filter((value) => worked.has(value) && isWanted(value));
  const names = new Map(handedOver.map((value, i) => [value, nameOf(value, i)]));
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
