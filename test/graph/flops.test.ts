import { expect, test } from 'vitest';
import { differentiate } from '../../src/graph/differentiate.js';
import { arithmeticOf } from '../../src/graph/flops.js';
import { Graph } from '../../src/graph/graph.js';
import { conv } from '../../src/graph/ops/conv.js';
import { gemm } from '../../src/graph/ops/gemm.js';
import { matmul } from '../../src/graph/ops/matmul.js';
import { pointwiseConv } from '../../src/graph/ops/pointwise-conv.js';
import { reduceSum } from '../../src/graph/ops/reduce-sum.js';
import { relu } from '../../src/graph/ops/relu.js';
import { reshape } from '../../src/graph/ops/reshape.js';

const float = (...shape: number[]) => ({ dtype: 'float32', shape }) as const;
const plain = { strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], groups: 1 } as const;

test('multiply-adds by the textbook, per operator', () => {
  const graph = new Graph();
  const x = graph.input('x', float(2, 8, 10, 12));
  const dense = conv(graph, x, graph.input('a', float(16, 8, 3, 3)), undefined, plain);
  const depthwise = conv(graph, dense, graph.input('b', float(16, 1, 3, 3)), undefined, {
    ...plain,
    strides: [2, 2],
    groups: 16,
  });
  const pointwise = pointwiseConv(graph, depthwise, graph.input('c', float(4, 16, 1, 1)));
  const flat = reshape(graph, relu(graph, pointwise), [2, 120]);
  const product = matmul(graph, flat, graph.input('d', float(120, 3)));
  graph.output('y', gemm(graph, graph.input('e', float(2, 5)), product, undefined, { transA: true }));
  // What no output needs costs nothing.
  matmul(graph, flat, graph.input('f', float(120, 1000)));
  const byOperator = {
    Conv: 2 * 16 * 10 * 12 * 8 * 9 + 2 * 16 * 5 * 6 * 9,
    PointwiseConv: 2 * 4 * 5 * 6 * 16,
    MatMul: 2 * 3 * 120,
    Gemm: 5 * 3 * 2,
  };
  const multiplyAdds = Object.values(byOperator).reduce((sum, n) => sum + n);
  expect(arithmeticOf(graph)).toEqual({ multiplyAdds, byOperator });
});

test.each([1, 2])('both gradients of a convolution with stride %i cost what it costs itself', (stride) => {
  const attributes = { ...plain, strides: [stride, stride] } as const;
  const graph = new Graph();
  const x = graph.input('x', float(2, 8, 12, 12));
  const kernel = graph.input('kernel', float(16, 8, 3, 3));
  const y = conv(graph, x, kernel, undefined, attributes);
  graph.output('y', y);
  const forward = arithmeticOf(graph).multiplyAdds;
  const loss = reshape(graph, reduceSum(graph, y, [0, 1, 2, 3]), []);
  const [dx, dKernel] = differentiate(graph, loss, [x, kernel]);
  graph.output('dx', dx!);
  // Under stride 1 the input gradient is a convolution of the input's size, with padding counted as in the forward pass.
  expect(arithmeticOf(graph).multiplyAdds).toBe(2 * forward);
  graph.output('dKernel', dKernel!);
  expect(arithmeticOf(graph).multiplyAdds).toBe(3 * forward);
});
