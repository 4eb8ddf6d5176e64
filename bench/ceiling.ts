/**
 * @file How fast this machine convolves at best: what ONNX Runtime reaches on large dense convolutions, with one session
 * per core side by side, as our lanes are. A step's arithmetic is measured against it.
 */
import { arithmeticOf } from '../src/graph/flops.js';
import { Graph } from '../src/graph/graph.js';
import { add } from '../src/graph/ops/add.js';
import { conv } from '../src/graph/ops/conv.js';
import { globalAveragePool } from '../src/graph/ops/global-average-pool.js';
import { float32, sizeOf, type Tensor } from '../src/graph/tensor.js';
import { encodeOnnx } from '../src/onnx/encode.js';
import { onnxFromGraph } from '../src/onnx/from-graph.js';
import { Random } from '../src/random.js';
import { type Lanes, startLanes } from '../src/runtime/lanes.js';

/** A square convolution with as many channels out as in, of size×size pixels. */
export interface Convolution {
  readonly kernel: number;
  readonly channels: number;
  readonly size: number;
}

export interface Ceiling extends Convolution {
  /** FLOP per second of all lanes together, two per multiply-add. */
  readonly flops: number;
}

/** Large, dense, and of the shapes that networks have: which of them is fastest differs between machines. */
const candidates: readonly Convolution[] = [
  { kernel: 3, channels: 128, size: 56 },
  { kernel: 3, channels: 256, size: 28 },
  { kernel: 1, channels: 256, size: 56 },
];

const IMAGES = 2;
/** Enough of them one behind another that what is before and after them in a run does not count. */
const LAYERS = 6;
const WARM_UP = 2;
const ROUNDS = 8;

/** The fastest of the candidates in the best of several rounds. In each, every lane makes one run. */
export async function convolutionCeiling(threads: number): Promise<Ceiling> {
  const graphs = candidates.map(chain);
  const lanes = await startLanes(
    graphs.map((graph) => ({ model: encodeOnnx(onnxFromGraph(graph)) })),
    { threads },
  );
  try {
    const ceilings: Ceiling[] = [];
    for (const [model, graph] of graphs.entries()) {
      const flops = 2 * arithmeticOf(graph).multiplyAdds * lanes.count;
      ceilings.push({ ...candidates[model], flops: flops / (await fastest(lanes, model)) });
    }
    return ceilings.reduce((best, each) => (each.flops > best.flops ? each : best));
  } finally {
    await lanes.close();
  }
}

/** Seconds in which each lane runs the model once. */
async function fastest(lanes: Lanes, model: number): Promise<number> {
  let seconds = Number.POSITIVE_INFINITY;
  for (let round = 1; round <= WARM_UP + ROUNDS; round++) {
    const started = performance.now();
    await Promise.all(
      Array.from({ length: lanes.count }, () =>
        lanes.run(model, { shift: float32(Float32Array.of(round), [1, 1, 1, 1]) }),
      ),
    );
    if (round > WARM_UP) seconds = Math.min(seconds, (performance.now() - started) / 1000);
  }
  return seconds;
}

/** Convolutions one behind another. Little goes in and comes out, so that a run is nothing but convolving. */
function chain({ kernel: k, channels, size }: Convolution): Graph {
  const random = new Random(k, channels, size);
  const drawn = (shape: number[], height: number): Tensor =>
    float32(
      Float32Array.from({ length: sizeOf(shape) }, () => random.between(-height, height)),
      shape,
    );
  const graph = new Graph();
  const shift = graph.input('shift', { dtype: 'float32', shape: [1, 1, 1, 1] });
  let x = add(graph, graph.constant(drawn([IMAGES, channels, size, size], 1)), shift);
  const pad = (k - 1) / 2;
  const window = { strides: [1, 1], pads: [pad, pad, pad, pad], dilations: [1, 1], groups: 1 } as const;
  for (let layer = 0; layer < LAYERS; layer++) {
    // This height keeps the values as large as they are, far from denormal numbers.
    const kernel = drawn([channels, channels, k, k], Math.sqrt(3 / (channels * k * k)));
    x = conv(graph, x, graph.constant(kernel), undefined, window);
  }
  graph.output('means', globalAveragePool(graph, x));
  return graph;
}
