import { expect, test } from 'vitest';
import { embed } from '../../../src/graph/ops/embed.js';
import { float32, type Shape, type Tensor } from '../../../src/graph/tensor.js';
import { checkGradients, type GradientCheckOptions } from '../gradient-check.js';
import { randomTensor } from '../random-tensor.js';
import { builders } from './builders.js';

interface Check {
  readonly inputs: readonly Tensor[];
  readonly attributes?: object;
  readonly options?: GradientCheckOptions;
}

const random = (...shape: number[]) => randomTensor(shape, shape.length + 1);
const positive = (...shape: number[]) => randomTensor(shape, 5, 0.5, 2.5);

/** Evenly spread over −3.9 … 3.9 in a shuffled order, none within 0.05 of a whole number, where the kinks are. */
function offKinks(shape: Shape): Tensor {
  const data = randomTensor(shape, 9, -4, 4).data as Float32Array;
  return float32(
    data.map((value) => Math.floor(value) + 0.05 + 0.9 * (value - Math.floor(value))),
    shape,
  );
}

const kinked = { inputs: [offKinks([3, 5])] };
const smooth = { inputs: [random(3, 5)] };

const checks: Record<string, Check[]> = {
  add: [{ inputs: [random(2, 3, 1), random(3, 4)] }],
  sub: [{ inputs: [random(2, 3, 1), random(3, 4)] }],
  mul: [{ inputs: [random(2, 3, 1), random(3, 4)] }],
  div: [{ inputs: [random(2, 3, 1), positive(3, 4)] }],
  matmul: [{ inputs: [random(2, 1, 2, 3), random(2, 3, 4)] }],
  prelu: [{ inputs: [offKinks([2, 3, 2]), random(3, 1)] }],
  neg: [smooth],
  relu: [kinked],
  sigmoid: [smooth],
  tanh: [smooth],
  softplus: [smooth],
  erf: [smooth],
  exp: [smooth],
  log: [{ inputs: [positive(7)] }],
  sqrt: [{ inputs: [positive(7)] }],
  swish: [smooth],
  hardSwish: [kinked],
  pow: [
    { inputs: [random(7)], attributes: { exponent: 3 } },
    { inputs: [positive(7)], attributes: { exponent: -1.5 } },
  ],
  clip: [
    { inputs: [offKinks([4, 5])], attributes: { min: 0, max: 3 } },
    { inputs: [offKinks([7])], attributes: { max: 1 } },
  ],
  leakyRelu: [
    { ...kinked, attributes: { alpha: 0.1 } },
    { ...kinked, attributes: { alpha: -0.5 } },
  ],
  elu: [
    { ...kinked, attributes: { alpha: 1 } },
    { ...kinked, attributes: { alpha: 0.4 } },
  ],
  hardSigmoid: [{ ...kinked, attributes: { alpha: 0.25, beta: 0.5 } }],
  gelu: [
    { ...smooth, attributes: { approximate: 'none' } },
    { ...smooth, attributes: { approximate: 'tanh' } },
  ],
  slice: [
    {
      inputs: [random(5, 7, 2)],
      attributes: { starts: [-1, 1], ends: [-99, 7], axes: [0, 1], steps: [-2, 3] },
    },
  ],
  transpose: [{ inputs: [random(2, 3, 4)], attributes: { permutation: [2, 0, 1] } }],
  concat: [{ inputs: [random(2, 1, 2), random(2, 3, 2)], attributes: { axis: 1 } }],
  split: [{ inputs: [random(2, 6)], attributes: { axis: -1, sizes: [1, 2, 3] } }],
  gemm: [
    {
      inputs: [random(3, 2), random(4, 3), random(4)],
      attributes: { transA: true, transB: true, alpha: 0.5, beta: 2 },
    },
  ],
  reduceSum: [{ inputs: [random(2, 3, 2)], attributes: { axes: [0, 2] } }],
  reduceMean: [{ inputs: [random(2, 3, 2)], attributes: { axes: [1] } }],
  reduceMax: [{ inputs: [float32([1, 5, 3, 9, 2, -7], [2, 3])], attributes: { axes: [1] } }],
  softmax: [{ inputs: [random(3, 4)], attributes: { axis: 1 } }],
  logSoftmax: [{ inputs: [random(3, 4)], attributes: { axis: 0 } }],
  sigmoidCrossEntropy: [{ inputs: [random(4, 2), randomTensor([4, 2], 3, 0, 1), positive(4)] }],
  softmaxCrossEntropy: [{ inputs: [random(4, 3), randomTensor([4, 3], 3, 0, 0.6), positive(4)] }],
};

test('every operator with a builder here is checked', () => {
  expect(Object.keys(checks).sort()).toEqual(Object.keys(builders).sort());
});

const cases = Object.entries(checks).flatMap(([operator, list]) =>
  list.map((check) => ({ operator, ...check })),
);

test.each(cases)('$operator $attributes: gradients equal finite differences', async (check) => {
  const { operator, inputs, attributes = {}, options } = check;
  await checkGradients((graph, values) => builders[operator]!(graph, values, attributes), inputs, options);
});

test('embed, forwards and backwards', async () => {
  const ranges = [
    { axis: 0, start: 1, step: 2, size: 2 },
    { axis: 2, start: 6, step: -3, size: 3 },
  ];
  await checkGradients((graph, [x]) => embed(graph, x!, [5, 2, 7], ranges), [random(2, 2, 3)]);
});
