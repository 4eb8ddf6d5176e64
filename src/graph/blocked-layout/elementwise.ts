/** @file Elementwise operators in the blocked layout, in the pass of the convolution before them where there is one. */
import type { Graph, Value } from '../graph.js';
import { type Activation, BlockedConv } from '../ops/blocked-conv.js';
import { scaled } from '../ops/elementwise.js';
import { neg } from '../ops/neg.js';
import { float32, sameShape, sizeOf } from '../tensor.js';
import { isPerChannel, withVector } from './channels.js';
import { convolutionOf, type Rule } from './site.js';

/** In the pass over the convolution before it, where nothing else needs what that gives. */
export const activation =
  (of: (attributes: never) => Activation): Rule =>
  (site) => {
    const before = site.isBlocked(0) ? convolutionOf(site.blocked(0)) : undefined;
    if (!before || before.attributes.activation || !site.isOnlyUse(0)) return elementwise(site);
    const attributes = { ...before.attributes, activation: of(site.node.attributes as never) };
    return site.result(site.graph.apply(BlockedConv, before.inputs, attributes));
  };

/** Finite wherever its inputs are: channels that fill a block meet zeros, but nothing makes a number of NaN. */
export const elementwise: Rule = (site) => {
  const { graph, node, inputs } = site;
  const { shape } = node.outputs[0]!;
  const full = inputs.flatMap(({ shape: own }, i) => (sameShape(own, shape) ? [i] : []));
  const others = inputs.filter((_, i) => !full.includes(i));
  if (!full.some((i) => site.isBlocked(i)) || !full.every((i) => site.isBlocked(i) || site.isBlockable(i))) {
    return undefined;
  }
  if (others.some((other) => sizeOf(other.shape) !== 1)) return undefined;
  return site.results(
    graph.applyAll(
      node.op,
      inputs.map((input, i) => (full.includes(i) ? site.blocked(i) : input)),
      node.attributes,
    ),
  );
};

/**
 * The mask of a ReLU after batch norm is made of what the batch norm had, which the gradients need anyway, in the same one
 * pass: then what ReLU gave need not be kept for it.
 */
export const mask: Rule = (site) => {
  const { low, high } = site.node.attributes;
  const before = site.isBlocked(0) ? convolutionOf(site.blocked(0)) : undefined;
  const isRectified = before?.attributes.activation?.name === 'Relu' && isPerChannel(before);
  const normalised = isRectified && givenBy(givenBy(site.node.inputs[0]!));
  if (!normalised || low !== 0 || high !== undefined || site.usesOf(normalised) < 2) return elementwise(site);
  const attributes = { ...before.attributes, activation: STEP };
  return site.result(site.graph.apply(BlockedConv, before.inputs, attributes));
};

/** The first input of the node that gives a value. */
function givenBy(value: Value | undefined): Value | undefined {
  return value?.source.kind === 'node' ? value.source.node.inputs[0] : undefined;
}

/** 1 above 0, and 0 elsewhere: see ops/between.ts. */
const STEP: Activation = { name: 'HardSigmoid', parameters: [2 ** 100, 0] };

/** The sum of two images goes with the convolution that gives one of them; of an image and a vector, with a new one. */
export const sum: Rule = (site) => {
  const { graph, inputs } = site;
  const isOfImages = sameShape(inputs[0]!.shape, inputs[1]!.shape) && inputs[0] !== inputs[1];
  for (const i of isOfImages ? [1, 0] : []) {
    const other = 1 - i;
    const found = site.isBlocked(i) && site.isOnlyUse(i) ? convolutionOf(site.blocked(i)) : undefined;
    if (!found || !(site.isBlocked(other) || site.isBlockable(other))) continue;
    const { added, activation } = found.attributes;
    if (activation || added.includes('sum')) continue;
    const attributes = { ...found.attributes, added: [...added, 'sum' as const] };
    return site.result(graph.apply(BlockedConv, [...found.inputs, site.blocked(other)], attributes));
  }
  return withVector(site, (vector) => ({ scale: ones(graph, vector), centre: vector })) ?? elementwise(site);
};

export const product: Rule = (site) => withVector(site, (vector) => ({ scale: vector })) ?? elementwise(site);

export const difference: Rule = (site) => {
  const { graph } = site;
  const form = (vector: Value, isFirst: boolean) =>
    isFirst
      ? { scale: scaled(graph, ones(graph, vector), -1), centre: vector }
      : { scale: ones(graph, vector), centre: neg(graph, vector) };
  return withVector(site, form) ?? elementwise(site);
};

function ones(graph: Graph, vector: Value): Value {
  return graph.constant(float32(new Float32Array(sizeOf(vector.shape)).fill(1)));
}
