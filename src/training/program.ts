/** @file The two ONNX programs of a training phase: the step (loss and gradients) and the evaluation (logits). */
import { afterCut } from '../graph/cut.js';
import { differentiate } from '../graph/differentiate.js';
import { Graph, parameterOf } from '../graph/graph.js';
import { hoistConstants, inParts } from '../graph/hoist.js';
import { lower } from '../graph/lower.js';
import type { Statistics } from '../graph/network.js';
import { sigmoidCrossEntropy, softmaxCrossEntropy } from '../graph/ops/cross-entropy.js';
import { sigmoidEntropy, softmaxEntropy } from '../graph/ops/entropy.js';
import { foldStatistics } from '../graph/rewrites/fold-statistics.js';
import { nestConcats } from '../graph/rewrites/nest-concats.js';
import { type Shape, sizeOf } from '../graph/tensor.js';
import { appendClassifier, type Classifier, type Weights } from '../models/classifier.js';
import { encodeOnnx } from '../onnx/encode.js';
import { onnxFromGraph } from '../onnx/from-graph.js';
import type { Device } from '../runtime/device.js';
import { outputsOf } from '../task.js';
import type { Objective } from './methods.js';

export interface Program {
  /** An ONNX model. */
  readonly model: Uint8Array;
  /** Images per run; a batch runs as several, the last one filled up. */
  readonly microBatch: number;
  /** About how many bytes a run takes, beside the model's own. */
  readonly memory: number;
  /** What stands for the images: their pixels, or what the frozen layers before it make of them. */
  readonly input: { readonly name: string; readonly dtype: 'uint8' | 'float32'; readonly shape: Shape };
  /** Names of the parameters it is fed with. */
  readonly fed: readonly string[];
  /**
   * Some that make tensors out of nothing, which the others look for in files of the results' names beside them. Each is
   * to be run once, and not to be optimised before. Programs of the same weights share them.
   */
  readonly constants: readonly Uint8Array[];
}

/** Images to something else, without a loss. */
export interface ForwardProgram extends Program {
  /** `shape` is that of one image's. */
  readonly output: { readonly name: string; readonly shape: Shape };
}

export interface StepProgram extends Program {
  /** Micro-batches of a whole batch: more lanes than these find nothing to do. */
  readonly parts: number;
  /** Names of the parameters whose gradients it returns. */
  readonly trained: readonly string[];
  /** Batch mode: for each layer the moving statistics to update. */
  readonly moving: readonly MovingStatistics[];
  /** Whether the loss depends on the targets. */
  readonly takesTargets: boolean;
  /** How often each of the residual branches that it takes factors for is dropped. */
  readonly dropRates: readonly number[];
}

export interface MovingStatistics {
  /** Names of the parameters. */
  readonly mean: string;
  readonly variance: string;
  /** How much of the old averages stays at each step, as the network says. */
  readonly momentum: number;
  /** What the batch's variance is multiplied with before, to be unbiased. */
  readonly correction: number;
}

/** Names of the programs' inputs and outputs. */
export const ports = {
  images: 'images',
  features: 'features',
  targets: 'targets',
  weights: 'weights',
  mask: 'mask',
  keep: 'keep',
  loss: 'loss',
  logits: 'logits',
  gradient: (name: string) => `gradient:${name}`,
  batchStatistic: (name: string) => `batch:${name}`,
};

export interface StepOptions {
  readonly trained: readonly string[];
  readonly statistics: Statistics;
  readonly objective?: Objective;
  readonly dropout: number;
  readonly batch: number;
  readonly weights: Weights;
  /** What it is written for; `cpu` by default. */
  readonly device?: Device;
  /** Channels in a block of the runtime's convolutions (see runtime/block-size.ts); 1, the default, stands for none. */
  readonly block?: number;
  /** The node to begin behind, with what it gives for the images (see frozen-prefix.ts); the pixels by default. */
  readonly from?: number;
}

/**
 * The training step: images uint8 [n,H,W,3], targets [n,K], weights [n] → Σ weightᵢ lossᵢ and its gradients.
 * With frozen statistics the samples are independent, so n is a micro-batch; otherwise it is the whole batch.
 */
export function stepProgram(classifier: Classifier, options: StepOptions): StepProgram {
  const { trained, statistics, batch, weights, device, block } = options;
  const one = forwardStep(classifier, options, 1).graph;
  const trainedBytes = [...one.parameters.values()].reduce((sum, value) => {
    const { name, role } = parameterOf(value)!;
    return role === 'kernel' && trained.includes(name) ? sum + 4 * sizeOf(value.shape) : sum;
  }, 0);
  const limits = limitsOf(device, trainedBytes);
  const microBatch = statistics === 'batch' ? batch : chooseMicroBatch(one, batch, STEP, limits);
  const { graph, ...step } = stepGraph(classifier, options, microBatch);
  return {
    ...written(graph, step.trained, { weights, device, block }),
    microBatch,
    memory: AT_ONCE * STEP * microBatch * sum(tensorBytes(one)) + PER_TRAINED * trainedBytes,
    parts: Math.ceil(batch / microBatch),
    input: inputOf(graph),
    ...step,
  };
}

/**
 * The step's graph for n images, forward and backward.
 * @returns with it the names of the parameters that have a gradient: one that does not reach the loss (of a branch cut
 * off with the old head) has none, and stays
 */
export function stepGraph(
  classifier: Classifier,
  options: ForwardOptions,
  n: number,
): Omit<StepProgram, keyof Program | 'parts'> & { readonly graph: Graph } {
  const { trained } = options;
  const { graph: forward, ...step } = forwardStep(classifier, options, n);
  const graph = nestConcats(foldStatistics(forward, new Set(trained)));
  const gradients = differentiate(
    graph,
    graph.outputs.get(ports.loss)!,
    trained.map((name) => graph.parameters.get(name)!),
  );
  const reached = trained.filter((name, i) => {
    const gradient = gradients[i];
    if (gradient) graph.output(ports.gradient(name), gradient);
    return gradient !== undefined;
  });
  return { ...step, graph, trained: reached };
}

type ForwardOptions = Pick<StepOptions, 'trained' | 'statistics' | 'objective' | 'dropout' | 'from'>;

function forwardStep(
  classifier: Classifier,
  { trained, statistics, objective, dropout, from }: ForwardOptions,
  n: number,
): Omit<StepProgram, keyof Program | 'parts' | 'trained'> & { readonly graph: Graph } {
  const graph = new Graph();
  const { images, outputs } = inputs(graph, classifier, n);
  const targets = graph.input(ports.targets, { dtype: 'float32', shape: [n, outputs] });
  const sampleWeights = graph.input(ports.weights, { dtype: 'float32', shape: [n] });
  const { features, stochasticDepth = [] } = classifier.network;
  const mask = dropout > 0 ? graph.input(ports.mask, { dtype: 'float32', shape: [n, features] }) : undefined;
  // As in Keras, whose one flag for training switches both: with frozen statistics no branch is dropped.
  const learnsFromLabels = trained.length > 0 && objective !== 'entropy';
  const dropRates = statistics === 'batch' && learnsFromLabels ? stochasticDepth : [];
  const keep =
    dropRates.length > 0
      ? graph.input(ports.keep, { dtype: 'float32', shape: [n, dropRates.length] })
      : undefined;
  const { logits, batchStatistics } = appendClassifier(graph, images, classifier, { statistics, mask, keep });
  const [crossEntropy, entropy] =
    classifier.task === 'multi-class'
      ? [softmaxCrossEntropy, softmaxEntropy]
      : [sigmoidCrossEntropy, sigmoidEntropy];
  const { loss } =
    objective === 'entropy'
      ? entropy(graph, logits, sampleWeights)
      : crossEntropy(graph, logits, targets, sampleWeights);
  graph.output(ports.loss, loss);
  graph.output(ports.logits, logits);
  const moving = batchStatistics.map(({ mean, variance, meanName, varianceName, ...rule }) => {
    graph.output(ports.batchStatistic(meanName), mean);
    graph.output(ports.batchStatistic(varianceName), variance);
    return { ...rule, mean: meanName, variance: varianceName };
  });
  return { graph: startingFrom(graph, from), moving, takesTargets: objective !== 'entropy', dropRates };
}

/** The evaluation: images uint8 [n,H,W,3] → logits [n,K], always with the stored statistics. */
export function evaluationProgram(
  classifier: Classifier,
  { fed, from, ...options }: EvaluationOptions & Pick<StepOptions, 'from'> & { fed: readonly string[] },
): ForwardProgram {
  const build = (n: number) => startingFrom(evaluationGraph(classifier, n), from);
  return forwardProgram(build, ports.logits, fed, options);
}

/** The evaluation's graph for n images. */
export function evaluationGraph(classifier: Classifier, n: number): Graph {
  const graph = new Graph();
  const { images } = inputs(graph, classifier, n);
  const { logits } = appendClassifier(graph, images, classifier, { statistics: 'frozen' });
  graph.output(ports.logits, logits);
  return graph;
}

export type EvaluationOptions = Pick<StepOptions, 'weights' | 'batch' | 'device' | 'block'>;

/**
 * Writes a graph that has no backward pass.
 * @param build the graph for n images
 * @param output the name of the output
 */
export function forwardProgram(
  build: (n: number) => Graph,
  output: string,
  fed: readonly string[],
  { batch, ...target }: EvaluationOptions,
): ForwardProgram {
  const one = build(1);
  const microBatch = chooseMicroBatch(one, batch, 1, limitsOf(target.device));
  const graph = build(microBatch);
  const { shape } = graph.outputs.get(output)!;
  return {
    ...written(graph, fed, target),
    microBatch,
    memory: AT_ONCE * microBatch * sum(tensorBytes(one)),
    input: inputOf(graph),
    output: { name: output, shape: shape.slice(1) },
  };
}

function inputs(graph: Graph, { height, width, task, classes }: Classifier, n: number) {
  const images = graph.input(ports.images, { dtype: 'uint8', shape: [n, height, width, 3] });
  return { images, outputs: outputsOf(task, classes) };
}

function startingFrom(graph: Graph, node: number | undefined): Graph {
  return node === undefined ? graph : afterCut(graph, node, ports.features);
}

function inputOf({ inputs }: Graph): Program['input'] {
  const name = inputs.has(ports.features) ? ports.features : ports.images;
  const { dtype, shape } = inputs.get(name)!;
  return { name, dtype: dtype as 'uint8' | 'float32', shape: shape.slice(1) };
}

function written(
  graph: Graph,
  fed: readonly string[],
  { weights, device = 'cpu', block = 1 }: Omit<EvaluationOptions, 'batch'>,
): Pick<Program, 'model' | 'fed' | 'constants'> {
  const wanted = new Set(fed);
  const lowered = lower(graph, wanted, device === 'cpu' ? 'cpu' : 'gpu', block);
  const { graph: program, before } = hoistConstants(lowered, wanted);
  const options = { fed: wanted, weights, external: new Set(before?.outputs.keys()) };
  const onnx = onnxFromGraph(program, options);
  const makers = before ? inParts(before, CONSTANTS_AT_ONCE) : [];
  return {
    model: encodeOnnx(onnx),
    fed: onnx.graph.inputs.map(({ name }) => name).filter((name) => wanted.has(name)),
    constants: makers.map((maker) => encodeOnnx(onnxFromGraph(maker, options))),
  };
}

/** Elements of constants that are made by one model, so that making them takes little memory. */
const CONSTANTS_AT_ONCE = 2 ** 22;

interface MicroBatchLimits {
  /** About what one micro-batch's tensors may take, so that memory stays flat as the batch grows. */
  readonly bytes: number;
  /** What one tensor may take. */
  readonly tensorBytes: number;
  readonly least: number;
  readonly most: number;
  /** Micro-batches that a batch should have, so that as many lanes find work; the same on every machine, as the bits depend on it. */
  readonly parts: number;
}

/**
 * Measured on one core, two images are as fast as eight, and one is 5 to 10 % slower: with so few, weights are read more
 * often than used. Four are 3 % faster than two with large kernels, for a seventh more memory. Where kernels train,
 * their gradients are the better the more images go into one, and there are fewer of these large tensors to be summed. A
 * GPU is idle with few. How much memory it has is not told, and 4 GB are common; WebGPU promises no more than 128 MiB for
 * a tensor.
 */
const microBatchLimits = {
  frozenKernels: {
    bytes: 400e6,
    tensorBytes: Number.POSITIVE_INFINITY,
    least: 2,
    most: 16,
    parts: 8,
  },
  trainedKernels: {
    bytes: 800e6,
    tensorBytes: Number.POSITIVE_INFINITY,
    least: 2,
    most: 8,
    parts: 2,
  },
  gpu: { bytes: 4e9, tensorBytes: 2 ** 27, least: 1, most: 32, parts: 1 },
} as const satisfies Record<string, MicroBatchLimits>;

/** How much more than the forward pass a step computes. */
const STEP = 3;

/** How much of all that a run computes is in memory at once, and how often what trains is: measured, roughly. */
const AT_ONCE = 0.5;
const PER_TRAINED = 4;

/** How much more where kernels train, for each of their bytes: they cost the same for few images as for many. */
const BYTES_PER_TRAINED_BYTE = 30;

function limitsOf(device: Device = 'cpu', trainedBytes = 0): MicroBatchLimits {
  if (device !== 'cpu') return microBatchLimits.gpu;
  const { frozenKernels, trainedKernels } = microBatchLimits;
  if (trainedBytes === 0) return frozenKernels;
  return { ...trainedKernels, bytes: trainedKernels.bytes + BYTES_PER_TRAINED_BYTE * trainedBytes };
}

/**
 * How many images run at once: as many as fit, and as leave enough parts; of these numbers the one whose last part is
 * the fullest.
 * @param forward the graph of one image's forward pass
 * @param factor how much more the whole program keeps than the forward pass computes
 */
function chooseMicroBatch(forward: Graph, batch: number, factor: number, limits: MicroBatchLimits): number {
  const sizes = tensorBytes(forward);
  const fits = Math.floor(
    Math.min(
      limits.bytes / (sum(sizes) * factor),
      limits.tensorBytes / sizes.reduce((a, b) => Math.max(a, b), 1),
    ),
  );
  const most = Math.min(
    batch,
    limits.most,
    Math.max(limits.least, Math.min(fits, Math.floor(batch / limits.parts))),
  );
  const least = Math.min(limits.least, most);
  const computed = (n: number) => Math.ceil(batch / n) * n;
  const candidates = Array.from({ length: most - least + 1 }, (_, i) => most - i);
  return candidates.reduce((best, n) => (computed(n) < computed(best) ? n : best));
}

function tensorBytes({ nodes }: Graph): number[] {
  return nodes.flatMap(({ outputs }) => outputs).map(({ shape }) => 4 * sizeOf(shape));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
