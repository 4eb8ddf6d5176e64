/** @file Graphs to be run in plain and in blocked form, which must give the same. */
import { expect } from 'vitest';
import { blockedLayout } from '../../../src/graph/blocked-layout/blocked-layout.js';
import { differentiate } from '../../../src/graph/differentiate.js';
import { Graph, type Value } from '../../../src/graph/graph.js';
import { liveNodes } from '../../../src/graph/live.js';
import { batchNormalization } from '../../../src/graph/ops/batch-normalization.js';
import { type ConvAttributes, conv } from '../../../src/graph/ops/conv.js';
import { mul } from '../../../src/graph/ops/mul.js';
import { reduceSum } from '../../../src/graph/ops/reduce-sum.js';
import { reshape } from '../../../src/graph/ops/reshape.js';
import type { Pair } from '../../../src/graph/ops/window.js';
import { kernelGradients } from '../../../src/graph/rewrites/kernel-gradients.js';
import type { Shape, Tensor } from '../../../src/graph/tensor.js';
import { encodeOnnx } from '../../../src/onnx/encode.js';
import { onnxFromGraph } from '../../../src/onnx/from-graph.js';
import { blockSize } from '../../../src/runtime/block-size.js';
import { createSession } from '../../../src/runtime/session.js';
import { randomTensor } from '../random-tensor.js';

/** Channels in a block here; 1 where the runtime has no such layout, and these tests have nothing to compare. */
export const block = await blockSize();

/** For the titles of what is skipped then. */
export const unlessNone = '(skipped where the runtime has no blocked layout)';

/** Numbers of channels, named for block sizes of 8 and 16 alike. */
export const channels = {
  whole: [block, 2 * block, 3 * block],
  partlyFilled: [block + 4, 1.5 * block, 2.5 * block],
  fewer: [3, block / 2],
};

export const everyNumber = [...channels.whole, ...channels.partlyFilled, ...channels.fewer];

export interface ConvOptions extends Partial<ConvAttributes> {
  readonly size?: Pair;
  readonly bias?: boolean;
}

/** A graph with random images and weights, named in order. */
export class Sketch {
  readonly graph = new Graph();

  /** Fed images. */
  input(shape: Shape): Value {
    return this.graph.input(`input ${this.graph.inputs.size}`, { dtype: 'float32', shape });
  }

  weight(shape: Shape, low = -1, high = 1): Value {
    const { size } = this.graph.parameters;
    return this.graph.parameter(`weight ${size}`, 'kernel', randomTensor(shape, 100 + size, low, high));
  }

  /** Padded so that the image keeps its size at stride 1, unless told otherwise. */
  conv(x: Value, filters: number, { size = [3, 3], bias = false, ...options }: ConvOptions = {}): Value {
    const { groups = 1, dilations = [1, 1] } = options;
    const [rows, columns] = [0, 1].map((i) => ((size[i]! - 1) / 2) * dilations[i]!) as [number, number];
    const depth = x.shape[1]! / groups;
    const reach = 1 / Math.sqrt(depth * size[0] * size[1]);
    const kernel = this.weight([filters, depth, ...size], -reach, reach);
    return conv(this.graph, x, kernel, bias ? this.weight([filters]) : undefined, {
      strides: [1, 1],
      pads: [rows, columns, rows, columns],
      dilations,
      groups,
      ...options,
    });
  }

  norm(x: Value): Value {
    const size = [x.shape[1]!];
    const [scale, centre] = [this.weight(size, 0.5, 1.5), this.weight(size)];
    const mean = this.graph.constant(randomTensor(size, 1));
    const variance = this.graph.constant(randomTensor(size, 2, 0.5, 2));
    return batchNormalization(this.graph, x, scale, centre, mean, variance, { epsilon: 1e-3 });
  }

  /** Images that a convolution gives, and so in blocks: two of 5×7 unless told otherwise. */
  images(count: number, { n = 2, height = 5, width = 7 } = {}): Value {
    return this.conv(this.input([n, 3, height, width]), count, { size: [1, 1] });
  }

  output(...values: Value[]): void {
    for (const value of values) this.graph.output(`output ${this.graph.outputs.size}`, value);
  }

  /** Outputs the gradients of a sum over `y`, with random weights, by all parameters and inputs. */
  outputGradients(y: Value): void {
    const { graph } = this;
    const weighed = mul(graph, y, graph.constant(randomTensor(y.shape, 7)));
    const loss = reshape(graph, reduceSum(graph, weighed, [...y.shape.keys()]), []);
    const wanted = [...graph.parameters.values(), ...graph.inputs.values()];
    this.output(...differentiate(graph, loss, wanted).filter((gradient) => gradient !== undefined));
  }
}

/** Names of the operators that the blocked form of a graph has, in order. */
export function blockedNames({ graph }: Sketch): string[] {
  return liveNodes(blockedLayout(graph, block, new Set())).map(({ op }) => op.name);
}

/** What is far smaller than everything else that a graph gives is what rounding has left of zero. */
const NEGLIGIBLE = 1e-2;

/** That the blocked form gives the same, with weights that are constant and with weights that are fed. */
export async function expectSame({ graph }: Sketch, tolerance = 1e-5): Promise<void> {
  const blocked = blockedLayout(graph, block, new Set());
  const expected = await run(graph, true);
  const least = NEGLIGIBLE * Math.max(...Object.values(expected).map(largest));
  expect(least).toBeGreaterThan(0);
  for (const fed of [false, true]) {
    const results = await run(blocked, fed);
    for (const [name, tensor] of Object.entries(expected)) {
      const title = `${name} with ${fed ? 'fed' : 'constant'} weights`;
      expect(results[name]!.shape, title).toEqual(tensor.shape);
      const allowed = tolerance * Math.max(largest(tensor), least);
      expect(largestDifference(results[name]!, tensor), title).toBeLessThanOrEqual(allowed);
    }
  }
}

function largest({ data }: Tensor): number {
  return (data as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** NaN where one of them is. */
function largestDifference(a: Tensor, b: Tensor): number {
  const values = b.data as Float32Array;
  return (a.data as Float32Array).reduce((most, value, i) => Math.max(most, Math.abs(value - values[i]!)), 0);
}

async function run(graph: Graph, fed: boolean): Promise<Record<string, Tensor>> {
  const names = fed ? [...graph.parameters.keys()] : [];
  const session = await createSession(
    encodeOnnx(onnxFromGraph(kernelGradients(graph), { fed: new Set(names) })),
    { threads: 1 },
  );
  const inputs = [...graph.inputs].map(([name, { shape }], i) => [name, randomTensor(shape, 40 + i)]);
  const parameters = [...graph.parameters].map(([name, { source }]) => [
    name,
    source.kind === 'parameter' ? source.parameter.tensor : undefined,
  ]);
  const feeds = Object.fromEntries([...inputs, ...parameters]) as Record<string, Tensor>;
  try {
    const used = session.inputs.map((name) => [name, feeds[name]!]);
    return await session.run(Object.fromEntries(used));
  } finally {
    await session.release();
  }
}
