/** @file From a description in layers to a network with weights. */
import { internal, TransfuseError } from '../errors.js';
import { Graph, parameterOf, type Value } from '../graph/graph.js';
import type { BuildOptions, BuiltNetwork, Network, ParameterInfo } from '../graph/network.js';
import { globalAveragePool } from '../graph/ops/global-average-pool.js';
import { reshape } from '../graph/ops/reshape.js';
import { float32, sameShape, showShape, type Tensor } from '../graph/tensor.js';
import type { Random } from '../random.js';
import { type Conventions, Layers, type Supply } from './layers.js';

/** A network without weights. */
export interface Blueprint {
  readonly name: string;
  /** The smallest height and width it takes, in pixels. */
  readonly minimumSize: number;
  readonly conventions: Conventions;
  /** Preprocessed images, float32 [N,3,H,W] → the map that is averaged over its pixels to features. */
  readonly forward: (layers: Layers, images: Value) => Value;
}

/** The network with weights, which are asked for once, in the order of the forward pass. */
export function networkOf(blueprint: Blueprint, supply: Supply, sha256: string): Network {
  const { name, minimumSize } = blueprint;
  const draft = new Graph();
  const images = draft.input('images', { dtype: 'float32', shape: [1, 3, minimumSize, minimumSize] });
  const { features, stochasticDepth } = build(blueprint, images, draft, { statistics: 'frozen' }, supply);
  const tensors = new Map<string, Tensor>();
  const parameters = [...draft.parameters].map(([name, value]): ParameterInfo => {
    const { role, tensor } = parameterOf(value)!;
    tensors.set(name, tensor);
    return { name, role, tensor, shape: tensor.shape, layer: name.slice(0, name.lastIndexOf('.')) };
  });
  return {
    name,
    sha256,
    features: features.shape[1]!,
    minimumSize,
    stochasticDepth,
    parameters,
    build(graph, images, options) {
      const { height, width } = options;
      if (Math.min(height, width) < minimumSize) {
        throw new TransfuseError(
          'image-too-small',
          `${name} needs images of at least ${minimumSize}×${minimumSize} pixels, not ${height}×${width}`,
        );
      }
      return build(blueprint, images, graph, options, (name) => tensors.get(name)!);
    },
  };
}

function build(
  { forward, conventions }: Blueprint,
  images: Value,
  graph: Graph,
  options: Pick<BuildOptions, 'statistics' | 'keep'>,
  supply: Supply,
): BuiltNetwork & { readonly stochasticDepth: readonly number[] } {
  const layers = new Layers(graph, options, checked(supply), conventions);
  const pooled = globalAveragePool(graph, forward(layers, images));
  const features = reshape(graph, pooled, pooled.shape.slice(0, 2));
  const { batchStatistics, dropRates } = layers;
  return { graph, images, features, batchStatistics, stochasticDepth: dropRates };
}

/** Whatever supplies them, weights have the shape that was asked for. */
function checked(supply: Supply): Supply {
  return (name, role, shape, initialiser) => {
    const tensor = supply(name, role, shape, initialiser);
    if (!sameShape(tensor.shape, shape)) {
      throw internal(
        `${name} was supplied with shape ${showShape(tensor.shape)} instead of ${showShape(shape)}`,
      );
    }
    return tensor;
  };
}

/** Untrained weights, drawn from one stream in the order of the forward pass. */
export function randomSupply(random: Random): Supply {
  return (_name, _role, shape, initialiser) => float32(initialiser(shape, random), shape);
}
