/** @file Finds the last feature map of a network: what its global pooling pools, whatever form that takes. */
import { TransfuseError } from '../errors.js';
import type { Graph, Node, Value } from '../graph/graph.js';
import { Transpose } from '../graph/ops/transpose.js';

/**
 * The last value [N,C,H,W] of more than one pixel that every way from the images to the features passes. Where the
 * image is so small that the last map is a single pixel, it is the one before.
 * @throws TransfuseError `no-feature-map` where the network has none
 */
export function lastFeatureMap(graph: Graph, images: Value, features: Value): Value {
  const found = bottlenecks(graph, images, features).find(isMap);
  if (!found) {
    throw new TransfuseError(
      'no-feature-map',
      'the network has no feature map of more than one pixel on its way, so there is nothing to show a heatmap of; larger images may help',
    );
  }
  return found;
}

/** Channels and pixels, channels first as convolutions give them: a transposed map has other axes. */
function isMap({ shape, source }: Value): boolean {
  const isTransposed = source.kind === 'node' && source.node.op === Transpose;
  return shape.length === 4 && shape[1]! > 1 && shape[2]! * shape[3]! > 1 && !isTransposed;
}

/** The values that every way from `from` to `to` passes, the last one first; neither end is among them. */
function bottlenecks(graph: Graph, from: Value, to: Value): Value[] {
  const position = new Map<Node, number>(graph.nodes.map((node, i) => [node, i]));
  const dependent = new Set([from]);
  for (const node of graph.nodes) {
    if (node.inputs.some((input) => dependent.has(input)))
      for (const output of node.outputs) dependent.add(output);
  }
  const found: Value[] = [];
  const placeOf = ({ source }: Value) => (source.kind === 'node' ? position.get(source.node)! : -1);
  let frontier = new Set([to]);
  while (!frontier.has(from) || frontier.size > 1) {
    const latest = [...frontier].reduce((a, b) => (placeOf(a) > placeOf(b) ? a : b));
    if (frontier.size === 1 && latest !== to) found.push(latest);
    if (latest.source.kind !== 'node') break;
    const { node } = latest.source;
    frontier = new Set([...frontier].filter((value) => !node.outputs.includes(value)));
    for (const input of node.inputs) if (dependent.has(input)) frontier.add(input);
  }
  return found;
}
