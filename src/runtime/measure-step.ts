/** @file The time of a small training step, by which devices are compared. */
import { differentiate } from '../graph/differentiate.js';
import { Graph, type Value } from '../graph/graph.js';
import { lower } from '../graph/lower.js';
import { channelAffine } from '../graph/ops/channel-affine.js';
import { conv } from '../graph/ops/conv.js';
import { globalAveragePool } from '../graph/ops/global-average-pool.js';
import { mul } from '../graph/ops/mul.js';
import { reduceSum } from '../graph/ops/reduce-sum.js';
import { relu } from '../graph/ops/relu.js';
import { reshape } from '../graph/ops/reshape.js';
import { float32, type Shape, sizeOf, type Tensor } from '../graph/tensor.js';
import { encodeOnnx } from '../onnx/encode.js';
import { onnxFromGraph } from '../onnx/from-graph.js';
import type { Device } from './device.js';
import { createSession } from './session.js';

export interface StepSize {
  readonly images: number;
  /** Height and width in pixels. */
  readonly pixels: number;
  readonly channels: number;
}

const LAYERS = 3;
const RUNS = 3;

/** Seconds of one run, the fastest of a few; loading and the first run are not counted. */
export async function measureStep(device: Device, size: StepSize): Promise<number> {
  const graph = trainingStep(size);
  const program = lower(graph, new Set(), device === 'cpu' ? 'cpu' : 'gpu');
  const session = await createSession(encodeOnnx(onnxFromGraph(program)), { device });
  const feeds = Object.fromEntries(
    [...graph.inputs]
      .filter(([name]) => session.inputs.includes(name))
      .map(([name, { shape }]) => [name, wave(shape)]),
  );
  let fastest = Number.POSITIVE_INFINITY;
  for (let i = 0; i <= RUNS; i++) {
    const started = performance.now();
    await session.run(feeds);
    if (i > 0) fastest = Math.min(fastest, (performance.now() - started) / 1000);
  }
  await session.release();
  return fastest;
}

/** Frozen 3×3 convolutions, the first with stride 2, with a trained scale and centre each, forward and backward. */
function trainingStep({ images, pixels, channels }: StepSize): Graph {
  const graph = new Graph();
  const trained: Value[] = [];
  let x = graph.input('pixels', { dtype: 'float32', shape: [images, 3, pixels, pixels] });
  for (let layer = 0; layer < LAYERS; layer++) {
    const stride = layer === 0 ? 2 : 1;
    const kernel = graph.constant(wave([channels, x.shape[1]!, 3, 3], 0.06));
    const [scale, centre] = ['scale', 'centre'].map((name) =>
      graph.input(`${name} ${layer}`, { dtype: 'float32', shape: [channels] }),
    ) as [Value, Value];
    const window = { strides: [stride, stride], pads: [1, 1, 1, 1], dilations: [1, 1], groups: 1 } as const;
    x = relu(graph, channelAffine(graph, conv(graph, x, kernel, undefined, window), scale, centre));
    trained.push(scale, centre);
  }
  const features = globalAveragePool(graph, x);
  const product = mul(graph, features, graph.constant(wave(features.shape)));
  const loss = reshape(graph, reduceSum(graph, product, [0, 1, 2, 3]), []);
  differentiate(graph, loss, trained).forEach((gradient, i) => {
    graph.output(`gradient ${i}`, gradient!);
  });
  return graph;
}

/** Numbers without a meaning that are neither all alike nor denormal. */
function wave(shape: Shape, height = 1): Tensor {
  return float32(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => height * (0.5 + Math.sin(i))),
    shape,
  );
}
