/** @file Fine-tuned classifiers as tests of this room need them: small, with parameters that differ from the base's. */
import type { Adapter } from '../../src/adapter/adapter.js';
import { Graph } from '../../src/graph/graph.js';
import type { Network } from '../../src/graph/network.js';
import { float32 } from '../../src/graph/tensor.js';
import { type Classifier, parametersOf } from '../../src/models/classifier.js';
import { initialHead } from '../../src/models/head.js';
import { preprocessings } from '../../src/models/preprocessing.js';
import { encodeOnnx } from '../../src/onnx/encode.js';
import { onnxFromGraph } from '../../src/onnx/from-graph.js';
import { Random } from '../../src/random.js';
import { outputsOf, type Task } from '../../src/task.js';
import { smallNetwork } from '../small-network.js';

const classNames: Record<Task, string[]> = {
  binary: ['healthy', 'ill'],
  'multi-class': ['red', 'green', 'blue'],
  'multi-label': ['spots', 'stripes'],
};

export interface ClassifierOptions {
  readonly network?: Network;
  readonly task?: Task;
  readonly height?: number;
  readonly width?: number;
}

/** A classifier whose head says something. */
export function smallClassifier({
  network = smallNetwork(),
  task = 'binary',
  height = 20,
  width = 24,
}: ClassifierOptions = {}): Classifier {
  const classes = classNames[task];
  const outputs = outputsOf(task, classes);
  const { kernel } = initialHead(network.features, outputs, 7);
  const bias = float32(Array.from({ length: outputs }, (_, k) => 0.3 - 0.2 * k));
  return {
    network,
    head: { kernel, bias },
    preprocessing: preprocessings.imagenet,
    height,
    width,
    task,
    classes,
  };
}

/** The small network as another program would have exported it: for one image of 32×32, say. */
export function networkFile(batch: number, side: number): Uint8Array {
  const graph = new Graph();
  const images = graph.input('images', { dtype: 'float32', shape: [batch, 3, side, side] });
  const options = { batch, height: side, width: side, statistics: 'frozen' } as const;
  graph.output('features', smallNetwork().build(graph, images, options).features);
  return encodeOnnx({ ...onnxFromGraph(graph), producer: 'pytorch' });
}

/** The adapter of a training that moved scale and centre of every batch norm a little. */
export function smallAdapter(classifier: Classifier): Adapter {
  const { network, task, classes, preprocessing, height, width } = classifier;
  const random = new Random(11);
  const kept = parametersOf(classifier).filter(
    ({ role }) => role.startsWith('bn-') || role.startsWith('head-'),
  );
  const weights = kept.map(({ name, role, tensor }) => {
    const trained = role === 'bn-scale' || role === 'bn-centre';
    const data = (tensor.data as Float32Array).map((x) => (trained ? x + random.between(-0.1, 0.1) : x));
    return [name, float32(data, tensor.shape)] as const;
  });
  return {
    weights: new Map(weights),
    task,
    classes,
    preprocessing,
    height,
    width,
    thresholds: task === 'multi-class' ? null : classes.slice(0, outputsOf(task, classes)).map(() => 0.4),
    base: { name: network.name, sha256: network.sha256, source: `${network.name}.onnx` },
    method: 'fc-then-bn',
    version: '0.1.0',
  };
}

/** `n` random images, uint8 [n,height,width,3], smooth enough that resizing keeps something of them. */
export function randomImages(n: number, height: number, width: number, seed: number): Uint8Array {
  const random = new Random(seed);
  const images = new Uint8Array(n * height * width * 3);
  for (let i = 0; i < n; i++) {
    const [a, b, c] = [random.between(0.02, 0.6), random.between(0.02, 0.6), random.between(0, 6)];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let channel = 0; channel < 3; channel++) {
          const wave = Math.sin(a * x + b * y + c * (channel + 1));
          images[((i * height + y) * width + x) * 3 + channel] = 128 + 90 * wave + 30 * random.unit();
        }
      }
    }
  }
  return images;
}
