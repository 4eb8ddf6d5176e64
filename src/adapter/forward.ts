/** @file A classifier as an ONNX model that is only ever run forward: pixels in, probabilities out, any batch size. */
import { Graph } from '../graph/graph.js';
import { int, ints, type OnnxAttributes, text } from '../graph/onnx-form.js';
import { int64 } from '../graph/tensor.js';
import { appendClassifier, type Classifier, probabilitiesOf } from '../models/classifier.js';
import { elementTypes } from '../onnx/element-types.js';
import { onnxFromGraph } from '../onnx/from-graph.js';
import type { OnnxModel, OnnxNode } from '../onnx/model.js';
import type { Weights } from '../training/program.js';
import { anyBatch } from './any-batch.js';

export interface ForwardOptions {
  /** Element type of the pixels, which are 0 to 255 either way. */
  readonly input: 'uint8' | 'float32';
  /** Whether images have the classifier's height and width, or any and are resized inside. */
  readonly size: 'own' | 'any';
}

/** Names of the model's input and outputs. */
export const ports = { image: 'image', logits: 'logits', probabilities: 'probabilities' };

/** What the model calls the pixels that have the classifier's size. */
const RESIZED = 'transfuse.pixels';

/**
 * The model: `image` [N,H,W,3], RGB → `logits` [N,K] and `probabilities` [N,K], for any N. Batch norm keeps its form,
 * with the stored statistics: ONNX Runtime folds it into the convolutions when it loads the model.
 * @param weights values that replace the classifier's own, by parameter name
 */
export function forwardModel(
  classifier: Classifier,
  weights: Weights,
  { input, size }: ForwardOptions,
): OnnxModel {
  const pixels =
    size === 'any' ? { name: RESIZED, dtype: 'float32' as const } : { name: ports.image, dtype: input };
  const model = anyBatch((batch) => {
    const graph = forwardGraph(classifier, pixels, batch);
    return onnxFromGraph(graph, { weights, dynamicBatch: 'batch' });
  });
  return size === 'any' ? withResizing(model, classifier, input) : model;
}

/** The graph for one batch size, whose input has the classifier's height and width. */
function forwardGraph(
  classifier: Classifier,
  { name, dtype }: { name: string; dtype: ForwardOptions['input'] },
  batch: number,
): Graph {
  const { height, width, task } = classifier;
  const graph = new Graph();
  const pixels = graph.input(name, { dtype, shape: [batch, height, width, 3] });
  const { logits } = appendClassifier(graph, pixels, classifier, { statistics: 'frozen' });
  graph.output(ports.logits, logits);
  graph.output(ports.probabilities, probabilitiesOf(graph, logits, task));
  return graph;
}

/**
 * Puts in front what the data room's `resizeBilinear` does: bilinear with half-pixel centres, not antialiased, rounded
 * to whole pixels. Planes, because only for them the runtime's arithmetic is the same in every case.
 */
function withResizing(
  { graph, ...model }: OnnxModel,
  { height, width }: Classifier,
  input: ForwardOptions['input'],
): OnnxModel {
  const sizes = 'transfuse.size';
  const step = (
    opType: string,
    inputs: string[],
    output: string,
    attributes: OnnxAttributes = {},
  ): OnnxNode => ({
    ...{ name: `${opType}:${output}`, opType, domain: '', inputs, outputs: [output], attributes },
  });
  const prefix = [
    step('Cast', [ports.image], 'transfuse.float', { to: int(elementTypes.float32) }),
    step('Transpose', ['transfuse.float'], 'transfuse.planes', { perm: ints([0, 3, 1, 2]) }),
    step('Resize', ['transfuse.planes', '', '', sizes], 'transfuse.scaled', {
      mode: text('linear'),
      coordinate_transformation_mode: text('half_pixel'),
      axes: ints([2, 3]),
    }),
    step('Round', ['transfuse.scaled'], 'transfuse.rounded'),
    step('Transpose', ['transfuse.rounded'], RESIZED, { perm: ints([0, 2, 3, 1]) }),
  ];
  return {
    ...model,
    graph: {
      ...graph,
      nodes: [...prefix, ...graph.nodes],
      initializers: new Map([[sizes, int64([height, width])], ...graph.initializers]),
      inputs: [
        { name: ports.image, elementType: elementTypes[input], shape: ['batch', 'height', 'width', 3] },
      ],
    },
  };
}
