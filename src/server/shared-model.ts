/**
 * @file One base as a model that serves many adapters: batch norm's scale and centre are inputs, a row per image, so
 * that the images of one run may belong to different adapters. Heads are applied outside, as they differ in size.
 */
import { anyBatch } from '../adapter/any-batch.js';
import { Graph, type Node, parameterOf, type Value } from '../graph/graph.js';
import { countUses, liveNodes } from '../graph/live.js';
import type { Network } from '../graph/network.js';
import { BatchNormalization, batchNormalization } from '../graph/ops/batch-normalization.js';
import { broadcastTo } from '../graph/ops/broadcast-to.js';
import { scalar } from '../graph/ops/elementwise.js';
import { reshape } from '../graph/ops/reshape.js';
import { split } from '../graph/ops/split.js';
import { rewrite } from '../graph/rewrite.js';
import type { Tensor } from '../graph/tensor.js';
import type { Weights } from '../models/classifier.js';
import { type Preprocessing, preprocess } from '../models/preprocessing.js';
import { encodeOnnx } from '../onnx/encode.js';
import { onnxFromGraph } from '../onnx/from-graph.js';

/** Names of the model's inputs and output. */
export const ports = { image: 'image', affine: 'affine', features: 'features' };

/** One batch norm whose four parameters are an adapter's to change. */
export interface AffineLayer {
  /** Names of scale, centre, mean and variance, each [channels]. */
  readonly names: readonly [string, string, string, string];
  readonly channels: number;
  readonly epsilon: number;
}

export interface ImageForm {
  readonly preprocessing: Preprocessing;
  readonly height: number;
  readonly width: number;
}

/** The batch norms of a network that can be inputs, in the order of the forward pass. */
export function affineLayers(network: Network, form: ImageForm): AffineLayer[] {
  return affineNodes(featuresGraph(network, form, 1)).map(({ inputs, attributes }) => ({
    names: inputs.slice(1).map((input) => parameterOf(input)!.name) as unknown as AffineLayer['names'],
    channels: inputs[1]!.shape[0]!,
    epsilon: attributes.epsilon,
  }));
}

/** How many numbers an adapter is: a scale and a centre per channel. */
export function affineSize(layers: readonly AffineLayer[]): number {
  return layers.reduce((sum, { channels }) => sum + 2 * channels, 0);
}

/**
 * The row that makes the base an adapter's: per layer its scales, then its centres, with the statistics folded in:
 * (x − mean) / sqrt(variance + epsilon) · scale + centre = x · a + b.
 * @param parameter the adapter's parameters by name
 */
export function affineRow(
  layers: readonly AffineLayer[],
  parameter: (name: string) => Tensor,
): Float32Array<ArrayBuffer> {
  const row = new Float32Array(affineSize(layers));
  let offset = 0;
  for (const { names, channels, epsilon } of layers) {
    const [scale, centre, mean, variance] = names.map((name) => parameter(name).data as Float32Array);
    for (let c = 0; c < channels; c++) {
      const a = scale![c]! / Math.sqrt(variance![c]! + epsilon);
      row[offset + c] = a;
      row[offset + channels + c] = centre![c]! - mean![c]! * a;
    }
    offset += 2 * channels;
  }
  return row;
}

/**
 * The bytes of the model: `image` uint8 [N,H,W,3] and `affine` float32 [N, affineSize] → `features` [N,F], for any N.
 * @param weights values that replace the network's own where they are constants, by parameter name
 */
export function sharedModel(network: Network, form: ImageForm, weights: Weights): Uint8Array {
  const model = anyBatch((batch) => {
    const graph = withAffineInputs(featuresGraph(network, form, batch), batch);
    return onnxFromGraph(graph, { weights });
  }, 'batch');
  return encodeOnnx(model);
}

function featuresGraph(network: Network, { preprocessing, height, width }: ImageForm, batch: number): Graph {
  const graph = new Graph();
  const pixels = graph.input(ports.image, { dtype: 'uint8', shape: [batch, height, width, 3] });
  const images = preprocess(graph, pixels, preprocessing);
  const { features } = network.build(graph, images, { batch, height, width, statistics: 'frozen' });
  graph.output(ports.features, features);
  return graph;
}

/** The batch norms whose parameters are stored, and used by nothing else. */
function affineNodes(graph: Graph): Node<{ readonly epsilon: number }>[] {
  const uses = countUses(graph);
  return liveNodes(graph).filter(
    ({ op, inputs }) =>
      op === BatchNormalization &&
      inputs.slice(1).every((input) => parameterOf(input) !== undefined && uses.get(input) === 1),
  );
}

/**
 * [N,C,H,W] is seen as one image of N·C channels: batch norm then takes a scale and a centre per image and channel in
 * one pass, at the price of one per channel.
 */
function withAffineInputs(original: Graph, batch: number): Graph {
  const nodes = affineNodes(original);
  const sizes = nodes.flatMap(({ inputs: [, { shape }] }) => [shape[0]!, shape[0]!]);
  const places = new Map(nodes.map((node, at) => [node as Node, 2 * at]));
  const type = { dtype: 'float32', shape: [batch, sizes.reduce((sum, size) => sum + size, 0)] } as const;
  const filled = new Map<string, Value>();
  let parts: readonly Value[] | undefined;
  return rewrite(original, (graph, node, [x]) => {
    const at = places.get(node);
    if (at === undefined) return undefined;
    parts ??= split(graph, graph.input(ports.affine, type), 1, sizes);
    const [, channels, ...rest] = x!.shape;
    const all = [batch * channels!];
    const [scale, centre] = [at, at + 1].map((part) => reshape(graph, parts![part]!, all));
    const normalised = batchNormalization(
      graph,
      reshape(graph, x!, [1, ...all, ...rest]),
      scale!,
      centre!,
      fill(graph, 0, all),
      fill(graph, 1, all),
      { epsilon: 0 },
    );
    return [reshape(graph, normalised, x!.shape)];
  });

  /** No constant, which could not grow with the batch. */
  function fill(graph: Graph, number: number, shape: readonly number[]): Value {
    const key = `${number} ${shape}`;
    const value = filled.get(key) ?? broadcastTo(graph, scalar(graph, number), shape);
    filled.set(key, value);
    return value;
  }
}
