/** @file A classifier's own top, which training leaves out: for comparing logits with the framework's own. */
import { Graph } from '../../src/graph/graph.js';
import { matmul } from '../../src/graph/ops/matmul.js';
import { float32, type Tensor } from '../../src/graph/tensor.js';
import { loadModel } from '../../src/models/catalogue.js';
import { parsePreprocessing, preprocess } from '../../src/models/preprocessing.js';
import { openWeights } from '../../src/weights/open.js';
import { runGraph } from '../graph/run-graph.js';

/** Kernel [features, classes] and bias of the 1×1 convolution or dense layer that ends a Keras file. */
async function topOf(path: string, layer: string): Promise<{ kernel: Tensor; bias: Float32Array }> {
  const file = (await openWeights(path))!;
  try {
    const weights = file.layers.find(({ name }) => name === layer)!.weights;
    const kernel = weights.find(({ name }) => name === 'kernel')!;
    const bias = weights.find(({ name }) => name === 'bias')!;
    return { kernel: float32(await kernel.read(), kernel.shape.slice(-2)), bias: await bias.read() };
  } finally {
    await file.close();
  }
}

/** The pooled features of pixels [N,224,224,3]. */
export async function featuresOf(path: string, pixels: Tensor): Promise<Tensor> {
  const { network, preprocess: name } = await loadModel(path);
  const [batch, height, width] = pixels.shape as [number, number, number];
  const graph = new Graph();
  const images = preprocess(graph, graph.input('pixels', pixels), parsePreprocessing(name));
  const { features } = network.build(graph, images, { batch, height, width, statistics: 'frozen' });
  const [values] = await runGraph(graph, [features], { pixels });
  return values!;
}

/** The logits [N, classes] of pixels [N,224,224,3], by a Keras file with its top. */
export async function logitsOf(path: string, layer: string, pixels: Tensor): Promise<number[][]> {
  const { kernel, bias } = await topOf(path, layer);
  const graph = new Graph();
  const features = await featuresOf(path, pixels);
  const products = matmul(graph, graph.input('features', features), graph.constant(kernel));
  const [values] = await runGraph(graph, [products], { features });
  const classes = kernel.shape[1]!;
  return Array.from({ length: pixels.shape[0]! }, (_, n) =>
    Array.from(bias, (added, i) => Number(values!.data[n * classes + i]) + added),
  );
}
