/**
 * @file What depends on parameters alone, taken out of a program: it changes with every step, the program's other inputs
 * with every micro-batch.
 */
import type { Graph, Value } from './graph.js';
import { dependents, liveNodes } from './live.js';
import { Reshape } from './ops/reshape.js';
import { rewrite } from './rewrite.js';

export interface Hoisted {
  /** Fed with the results of `preparation`, by their names. */
  readonly graph: Graph;
  /** Absent where there is nothing to compute beforehand. */
  readonly preparation?: Graph;
}

/** @param fed names of the parameters that are not constants */
export function hoist(original: Graph, fed: ReadonlySet<string>): Hoisted {
  const ofParameters = dependents(original, fed);
  const ofInputs = dependents(original, new Set(), original.inputs.values());
  const isFixed = (value: Value) => ofParameters.has(value) && !ofInputs.has(value);
  const nodes = liveNodes(original);

  // Reshaping costs nothing, and a parameter that is only reshaped is fed as it is.
  const worked = new Set<Value>();
  for (const { op, inputs, outputs } of nodes) {
    const isWork = op !== Reshape || inputs.some((input) => worked.has(input));
    if (isWork && outputs.every(isFixed)) for (const output of outputs) worked.add(output);
  }
  const needed = [
    ...nodes.filter(({ outputs }) => !outputs.every(isFixed)).flatMap(({ inputs }) => inputs),
    ...original.outputs.values(),
  ];
  const prepared = new Map(
    [...new Set(needed)].filter((value) => worked.has(value)).map((value, i) => [value, `prepared:${i}`]),
  );
  if (prepared.size === 0) return { graph: original };

  const graph = rewrite(original, (copy, { outputs }) =>
    outputs.some((output) => prepared.has(output))
      ? outputs.map((output) => copy.input(prepared.get(output) ?? `unused:${output.id}`, output))
      : undefined,
  );
  const results = new Map([...prepared].map(([value, name]) => [name, value]));
  return { graph, preparation: rewrite(original, () => undefined, results) };
}
