/**
 * @file The two ONNX programs behind heatmaps: the last feature map with the gradient of a class's logit, and the
 * gradient of that logit with respect to the pixels.
 */
import { internal } from '../errors.js';
import { differentiate } from '../graph/differentiate.js';
import { Graph, type Value } from '../graph/graph.js';
import { lower } from '../graph/lower.js';
import { mul } from '../graph/ops/mul.js';
import { reduceSum } from '../graph/ops/reduce-sum.js';
import { reshape } from '../graph/ops/reshape.js';
import { appendClassifier, type Classifier, type Weights } from '../models/classifier.js';
import { encodeOnnx } from '../onnx/encode.js';
import { onnxFromGraph } from '../onnx/from-graph.js';
import { outputsOf } from '../task.js';
import { lastFeatureMap } from './feature-map.js';

/** Names of the programs' inputs and outputs. */
export const ports = {
  /** float32 [n,H,W,3], 0 to 255. */
  pixels: 'pixels',
  /** float32 [n,K]: how much each logit counts in the score y of its image; see `choiceOf`. */
  choice: 'choice',
  /** float32 [n,C,h,w]: the feature map A, and ∂y/∂A. */
  map: 'map',
  mapGradient: 'map-gradient',
  /** float32 [n,H,W,3]: ∂y/∂pixels. */
  pixelGradient: 'pixel-gradient',
};

/** pixels, choice → map, map gradient. With frozen statistics no image of the n sees another. */
export function mapProgram(classifier: Classifier, weights: Weights, n: number): Uint8Array {
  const { graph, images, features, score } = scored(classifier, n);
  const map = lastFeatureMap(graph, images, features);
  graph.output(ports.map, map);
  graph.output(ports.mapGradient, gradientOf(graph, score, map));
  return written(graph, weights);
}

/** pixels, choice → pixel gradient. */
export function pixelProgram(classifier: Classifier, weights: Weights, n: number): Uint8Array {
  const { graph, pixels, score } = scored(classifier, n);
  graph.output(ports.pixelGradient, gradientOf(graph, score, pixels));
  return written(graph, weights);
}

/**
 * One image's row of `choice`: the logit of a class. A binary task has one logit, which speaks for the second class;
 * against it speaks its negative.
 * @param index of the class
 */
export function choiceOf({ task, classes }: Pick<Classifier, 'task' | 'classes'>, index: number): number[] {
  if (task === 'binary') return [index === 1 ? 1 : -1];
  return classes.map((_, k) => Number(k === index));
}

/** The classifier for n images, and the sum of their scores: its gradient holds that of each image's own. */
function scored(classifier: Classifier, n: number) {
  const { height, width, task, classes } = classifier;
  const outputs = outputsOf(task, classes);
  const graph = new Graph();
  const pixels = graph.input(ports.pixels, { dtype: 'float32', shape: [n, height, width, 3] });
  const choice = graph.input(ports.choice, { dtype: 'float32', shape: [n, outputs] });
  const { logits, ...built } = appendClassifier(graph, pixels, classifier, { statistics: 'frozen' });
  const score = reshape(graph, reduceSum(graph, mul(graph, logits, choice), [0, 1]), []);
  return { ...built, graph, pixels, score };
}

function gradientOf(graph: Graph, score: Value, value: Value): Value {
  const [gradient] = differentiate(graph, score, [value]);
  if (!gradient) throw internal('the score does not depend on what it is differentiated by');
  return gradient;
}

function written(graph: Graph, weights: Weights): Uint8Array {
  return encodeOnnx(onnxFromGraph(lower(graph, new Set()), { weights }));
}
