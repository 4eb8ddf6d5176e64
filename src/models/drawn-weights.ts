/** @file Networks whose weights are drawn anew: as before any training, or with no more than the scale of the trained ones. */
import type { Graph } from '../graph/graph.js';
import type { Network, ParameterInfo } from '../graph/network.js';
import type { Role } from '../graph/role.js';
import { float32, type Shape, sameShape, type Tensor } from '../graph/tensor.js';
import { Random } from '../random.js';
import { architectures, createRandom } from './architectures/index.js';
import { glorotUniform } from './initialisers.js';
import { BUILTIN_NAME, initialBuiltin } from './petri.js';
import { hashOfWeights } from './weights-hash.js';

/**
 * The network before any training. What is built here is drawn as its framework draws it; of any other, every kernel is
 * drawn by its shape as Keras does by default (glorot-uniform), what is added behind a kernel begins at 0, and batch
 * norm at scale 1, centre 0, mean 0, variance 1. Slopes and factors that belong to no kernel stay as they are.
 * @param seed equal ones give equal weights, and an equal SHA-256, which is that of the weights
 */
export function untrained(network: Network, seed: number): Network {
  const own = ownUntrained(network, seed);
  if (own) return own;
  const withKernel = new Set(
    network.parameters.filter(({ role }) => role === 'kernel').map(({ layer }) => layer),
  );
  return redrawn(network, seed, ({ role, layer, shape }, random) => {
    if (role === 'kernel') return glorotUniform(shape, random);
    return role === 'bias' && withKernel.has(layer) ? filled(shape, 0) : undefined;
  });
}

/**
 * The network with every kernel and bias drawn from a normal distribution of the mean and variance that its values had;
 * batch norm begins at the identity (Raghu et al. 2019, "Mean Var Init" and "BN Identity Init").
 * @param seed as of `untrained`
 */
export function resampled(network: Network, seed: number): Network {
  return redrawn(network, seed, ({ tensor, shape }, random) => {
    const { mean, deviation } = momentsOf(tensor.data as Float32Array);
    return filled(shape, 0).map(() => mean + deviation * random.normal());
  });
}

/** Of networks that are built here, the twin that its own initialisers make. */
function ownUntrained(network: Network, seed: number): Network | undefined {
  const twin =
    network.name === BUILTIN_NAME
      ? initialBuiltin(seed)
      : Object.hasOwn(architectures, network.name)
        ? createRandom(network.name, seed)
        : undefined;
  const isTwin =
    twin?.parameters.length === network.parameters.length &&
    twin.parameters.every(({ name, shape }, i) => {
      const other = network.parameters[i]!;
      return name === other.name && sameShape(shape, other.shape);
    });
  return isTwin ? { ...twin!, sha256: hashOfWeights(twin!.parameters) } : undefined;
}

const identity: Partial<Record<Role, number>> = {
  'bn-scale': 1,
  'bn-centre': 0,
  'bn-mean': 0,
  'bn-variance': 1,
};

/** @param draw new values for anything but batch norm, or undefined to keep the old ones */
function redrawn(
  network: Network,
  seed: number,
  draw: (parameter: ParameterInfo, random: Random) => Float32Array | undefined,
): Network {
  const random = new Random(seed, REDRAWING_STREAM);
  const tensors = new Map<string, Tensor>();
  for (const parameter of network.parameters) {
    const { name, role, shape } = parameter;
    const start = identity[role];
    const values = start === undefined ? draw(parameter, random) : filled(shape, start);
    if (values) tensors.set(name, float32(values, shape));
  }
  return withTensors(network, tensors);
}

/** The same network with other values for some of its parameters. */
function withTensors(network: Network, tensors: ReadonlyMap<string, Tensor>): Network {
  const parameters = network.parameters.map((info) => ({
    ...info,
    tensor: tensors.get(info.name) ?? info.tensor,
  }));
  return {
    ...network,
    parameters,
    sha256: hashOfWeights(parameters),
    build: (graph, images, options) => ({
      ...network.build(declaring(graph, tensors), images, options),
      graph,
    }),
  };
}

/** The graph, seen so that whoever declares a parameter declares it with the value given here. */
function declaring(graph: Graph, tensors: ReadonlyMap<string, Tensor>): Graph {
  const parameter: Graph['parameter'] = (name, role, tensor) =>
    graph.parameter(name, role, tensors.get(name) ?? tensor);
  return new Proxy(graph, {
    get: (target, key) => (key === 'parameter' ? parameter : Reflect.get(target, key)),
  });
}

function momentsOf(values: Float32Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

function filled(shape: Shape, value: number): Float32Array {
  return new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(value);
}

/** What tells this stream of a seed from others. */
const REDRAWING_STREAM = 0x72656472;
