/** @file What was joined before is not joined again piece by piece. */
import type { Graph, Value } from '../graph.js';
import { Concat, concat } from '../ops/concat.js';
import { rewrite } from '../rewrite.js';

/**
 * concat(a, b, c) = concat(concat(a, b), c) where concat(a, b) is there already, as in densely connected networks. Then
 * each join passes its gradient on as a whole, instead of adding it to that of every piece: of L layers' pieces, L sums
 * instead of L²/2.
 */
export function nestConcats(original: Graph): Graph {
  const known: { readonly axis: number; readonly parts: readonly Value[]; readonly joined: Value }[] = [];
  return rewrite(original, (graph, { op, inputs: parts, attributes }, copies) => {
    if (op !== Concat) return undefined;
    const { axis } = attributes as { readonly axis: number };
    const [longest] = known
      .filter((each) => each.axis === axis && each.parts.length < parts.length)
      .filter((each) => each.parts.every((part, i) => part === parts[i]))
      .sort((a, b) => b.parts.length - a.parts.length);
    const joined = longest
      ? concat(graph, [longest.joined, ...copies.slice(longest.parts.length)], axis)
      : concat(graph, copies, axis);
    known.push({ axis, parts, joined });
    return [joined];
  });
}
