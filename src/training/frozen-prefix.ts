/**
 * @file The layers at a network's beginning that a phase leaves as they are. What they make of an image is the same in
 * every epoch, so it can be computed once and kept.
 */
import { beforeCut, lastCut, valueAt } from '../graph/cut.js';
import { arithmeticOf } from '../graph/flops.js';
import type { Classifier } from '../models/classifier.js';
import {
  type EvaluationOptions,
  evaluationGraph,
  type ForwardProgram,
  forwardProgram,
  ports,
} from './program.js';

/** Of the forward pass's arithmetic, what the prefix must be for keeping its results to be worth their memory. */
const WORTHWHILE = 0.1;

/**
 * Where the evaluation's graph, and that of a step on frozen statistics, can begin instead of at the pixels.
 * @param fed names of the parameters that change
 * @returns the node behind which they begin; undefined where hardly anything comes before the first that changes, or
 *   where no single value per image is all that goes on from there
 */
export function frozenPrefix(classifier: Classifier, fed: readonly string[]): number | undefined {
  const graph = evaluationGraph(classifier, TWO);
  const changing = fed.flatMap((name) => graph.parameters.get(name) ?? []);
  const node = lastCut(graph, graph.inputs.get(ports.images)!, changing);
  if (node === undefined) return undefined;
  const { dtype, shape } = valueAt(graph, node);
  if (dtype !== 'float32' || shape[0] !== TWO) return undefined;
  const [whole, prefix] = [graph, beforeCut(graph, node, ports.features)].map(
    (g) => arithmeticOf(g).multiplyAdds,
  ) as [number, number];
  return prefix >= WORTHWHILE * whole ? node : undefined;
}

/** A batch in which a first axis that counts images is told from one of size 1. */
const TWO = 2;

/** The prefix up to such a node: images uint8 [n,H,W,3] → features [n,…]. */
export function prefixProgram(
  classifier: Classifier,
  node: number,
  options: EvaluationOptions,
): ForwardProgram {
  const build = (n: number) => beforeCut(evaluationGraph(classifier, n), node, ports.features);
  return forwardProgram(build, ports.features, [], options);
}
