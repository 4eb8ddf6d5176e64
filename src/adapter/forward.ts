/** @file A classifier as an ONNX model that is only ever run forward: pixels in, probabilities out, any batch size. */
import { Graph } from '../graph/graph.js';
import { appendClassifier, type Classifier, probabilitiesOf, type Weights } from '../models/classifier.js';
import { onnxFromGraph } from '../onnx/from-graph.js';
import type { OnnxModel } from '../onnx/model.js';
import { anyBatch } from './any-batch.js';
import { withResizing } from './resizing.js';

export interface ForwardOptions {
  /** Element type of the pixels, which are 0 to 255 either way. */
  readonly input: 'uint8' | 'float32';
  /** Whether images have the classifier's height and width, or any and are resized inside. */
  readonly size: 'own' | 'any';
}

/** Names of the model's input and outputs. */
export const ports = { image: 'image', logits: 'logits', probabilities: 'probabilities' };

/**
 * The model: `image` [N,H,W,3], RGB → `logits` [N,K] and `probabilities` [N,K], for any N. Batch norm keeps its form,
 * with the stored statistics: ONNX Runtime folds it into the convolutions before it when it loads the model.
 * @param weights values that replace the classifier's own, by parameter name
 */
export function forwardModel(
  classifier: Classifier,
  weights: Weights,
  { input, size }: ForwardOptions,
): OnnxModel {
  const { height, width, task } = classifier;
  const [name, dtype] = size === 'own' ? [ports.image, input] : ['transfuse.pixels', 'float32' as const];
  return anyBatch((batch) => {
    const graph = new Graph();
    const pixels = graph.input(name, { dtype, shape: [batch, height, width, 3] });
    const { logits } = appendClassifier(graph, pixels, classifier, { statistics: 'frozen' });
    graph.output(ports.logits, logits);
    graph.output(ports.probabilities, probabilitiesOf(graph, logits, task));
    const onnx = onnxFromGraph(graph, { weights });
    return size === 'own' ? onnx : withResizing(onnx, { name: ports.image, dtype: input });
  }, 'batch');
}
