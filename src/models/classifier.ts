/** @file A network with a new head for a person's own classes: what is trained, saved, and run. */
import type { Graph, Value } from '../graph/graph.js';
import type { BuiltNetwork, Network, ParameterInfo } from '../graph/network.js';
import { add } from '../graph/ops/add.js';
import { matmul } from '../graph/ops/matmul.js';
import { mul } from '../graph/ops/mul.js';
import { sigmoid } from '../graph/ops/sigmoid.js';
import { softmax } from '../graph/ops/softmax.js';
import type { Tensor } from '../graph/tensor.js';
import type { Task } from '../task.js';
import { HEAD_BIAS, HEAD_KERNEL, type Head } from './head.js';
import { type Preprocessing, preprocess } from './preprocessing.js';

export interface Classifier {
  readonly network: Network;
  readonly head: Head;
  readonly preprocessing: Preprocessing;
  /** Input size in pixels. */
  readonly height: number;
  readonly width: number;
  readonly task: Task;
  /** Names of the classes; binary: two, the second being the positive one. */
  readonly classes: readonly string[];
}

/** Values that replace a parameter's original ones, by its name. */
export type Weights = ReadonlyMap<string, Tensor>;

/** The network's parameters and the head's. */
export function parametersOf({ network, head }: Classifier): readonly ParameterInfo[] {
  const describe = (name: string, role: ParameterInfo['role'], tensor: Head['kernel']): ParameterInfo => ({
    name,
    role,
    tensor,
    shape: tensor.shape,
    layer: 'head',
  });
  return [
    ...network.parameters,
    describe(HEAD_KERNEL, 'head-kernel', head.kernel),
    describe(HEAD_BIAS, 'head-bias', head.bias),
  ];
}

export interface AppendOptions {
  readonly statistics: 'frozen' | 'batch';
  /** [N, features] to multiply the features with: dropout. */
  readonly mask?: Value;
  /** [N, branches] to multiply the network's residual branches with: stochastic depth. */
  readonly keep?: Value;
}

/**
 * Appends the whole classifier to a graph.
 * @param pixels [N,H,W,3], uint8 or float32, 0 to 255
 * @returns logits [N,K], and what the network reports of its batch statistics
 */
export function appendClassifier(
  graph: Graph,
  pixels: Value,
  classifier: Classifier,
  { statistics, mask, keep }: AppendOptions,
): BuiltNetwork & { logits: Value } {
  const { network, head, preprocessing, height, width } = classifier;
  const images = preprocess(graph, pixels, preprocessing);
  const built = network.build(graph, images, { batch: pixels.shape[0]!, height, width, statistics, keep });
  const features = mask ? mul(graph, built.features, mask) : built.features;
  const kernel = graph.parameter(HEAD_KERNEL, 'head-kernel', head.kernel);
  const bias = graph.parameter(HEAD_BIAS, 'head-bias', head.bias);
  return { ...built, logits: add(graph, matmul(graph, features, kernel), bias) };
}

/** Logits [N,K] → probabilities [N,K]: a sigmoid each, or a softmax over the classes. */
export function probabilitiesOf(graph: Graph, logits: Value, task: Task): Value {
  return task === 'multi-class' ? softmax(graph, logits, 1) : sigmoid(graph, logits);
}
