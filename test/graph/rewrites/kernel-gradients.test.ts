import { expect, test } from 'vitest';
import { Graph } from '../../../src/graph/graph.js';
import { liveNodes } from '../../../src/graph/live.js';
import { ConvKernelGradient } from '../../../src/graph/ops/conv-kernel-gradient.js';
import type { Pads, Pair } from '../../../src/graph/ops/window.js';
import { kernelGradients } from '../../../src/graph/rewrites/kernel-gradients.js';
import type { Tensor } from '../../../src/graph/tensor.js';
import { encodeOnnx } from '../../../src/onnx/encode.js';
import { onnxFromGraph } from '../../../src/onnx/from-graph.js';
import { createSession } from '../../../src/runtime/session.js';
import { randomTensor } from '../random-tensor.js';

type Dims = [number, number, number, number];

interface Case {
  readonly x: Dims;
  readonly kernel: Dims;
  readonly strides: Pair;
  readonly pads: Pads;
  readonly dilations: Pair;
  /** How many products it takes. */
  readonly products: number;
}

/** Σ over images and places of the output's gradient times the input that the weight met there. */
function byDefinition(x: Tensor, dy: Tensor, { kernel, strides, pads, dilations }: Case): number[] {
  const [n, channels, height, width] = x.shape as Dims;
  const [, filters, rows, columns] = dy.shape as Dims;
  const [images, gradient] = [x.data as Float32Array, dy.data as Float32Array];
  const [, , tall, wide] = kernel;
  const weight = (m: number, c: number, i: number, j: number) => {
    let sum = 0;
    for (let image = 0; image < n; image++) {
      for (let row = 0; row < rows; row++) {
        const y = row * strides[0] + i * dilations[0] - pads[0];
        if (y < 0 || y >= height) continue;
        for (let column = 0; column < columns; column++) {
          const at = column * strides[1] + j * dilations[1] - pads[1];
          if (at < 0 || at >= width) continue;
          const met = images[((image * channels + c) * height + y) * width + at]!;
          sum += met * gradient[((image * filters + m) * rows + row) * columns + column]!;
        }
      }
    }
    return sum;
  };
  const indices = [...Array(filters * channels * tall * wide).keys()];
  return indices.map((index) => {
    const [i, j] = [Math.floor(index / wide) % tall, index % wide];
    const c = Math.floor(index / (tall * wide)) % channels;
    return weight(Math.floor(index / (tall * wide * channels)), c, i, j);
  });
}

const plain = { strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1] } as const;

test.each<Case>([
  { ...plain, x: [2, 20, 6, 7], kernel: [4, 20, 3, 3], products: 1 },
  { ...plain, x: [1, 30, 40, 40], kernel: [4, 30, 3, 3], products: 2 },
  { ...plain, x: [1, 64, 66, 66], kernel: [4, 64, 3, 3], products: 9 },
  { ...plain, x: [2, 3, 81, 64], kernel: [8, 3, 7, 7], strides: [2, 2], pads: [3, 3, 3, 3], products: 2 },
  {
    x: [1, 2, 50, 47],
    kernel: [3, 2, 5, 4],
    strides: [2, 3],
    pads: [1, 2, 0, 1],
    dilations: [2, 1],
    products: 1,
  },
])('a kernel’s gradient is what the definition says, in few products: %o', async (each) => {
  const { x: shape, kernel, strides, pads, dilations, products } = each;
  const [rows, columns] = ([0, 1] as const).map((axis) => {
    const extent = (kernel[2 + axis]! - 1) * dilations[axis] + 1;
    return Math.floor((shape[2 + axis]! + pads[axis] + pads[2 + axis]! - extent) / strides[axis]) + 1;
  }) as [number, number];
  const x = randomTensor(shape, 1);
  const dy = randomTensor([shape[0], kernel[0], rows, columns], 2);
  const graph = new Graph();
  const inputs = [graph.input('x', x), graph.input('dy', dy)];
  const attributes = { strides, pads, dilations, groups: 1, shape: kernel };
  graph.output('gradient', graph.apply(ConvKernelGradient, inputs, attributes));
  const written = kernelGradients(graph);
  expect(liveNodes(written).filter(({ op }) => op.name === 'Gemm')).toHaveLength(products);

  const session = await createSession(encodeOnnx(onnxFromGraph(written)), { threads: 1 });
  const { gradient } = await session.run({ x, dy });
  await session.release();
  const expected = byDefinition(x, dy, each);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const found = gradient!.data as Float32Array;
  const error = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0);
  expect(gradient!.shape).toEqual(kernel);
  expect(error / largest).toBeLessThan(1e-5);
});
