import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Graph, type Value } from '../../../src/graph/graph.js';
import { defineOperator } from '../../../src/graph/operator.js';
import { broadcastTo } from '../../../src/graph/ops/broadcast-to.js';
import { embed } from '../../../src/graph/ops/embed.js';
import { reshape } from '../../../src/graph/ops/reshape.js';
import { slice } from '../../../src/graph/ops/slice.js';
import { int64, type Shape, sizeOf, type Tensor } from '../../../src/graph/tensor.js';
import { randomTensor } from '../random-tensor.js';
import { runGraph } from '../run-graph.js';
import { builders } from './builders.js';

const size = fc.integer({ min: 1, max: 4 });
const shapeOf = (minRank: number, maxRank: number) =>
  fc.array(size, { minLength: minRank, maxLength: maxRank });
const axesOf = (rank: number) => fc.subarray([...Array(rank).keys()], { minLength: 1 });

/** A shape that broadcasts to `full`: some leading axes dropped, some sizes 1. */
const broadcastable = (full: Shape) =>
  fc
    .tuple(
      fc.integer({ min: 0, max: full.length }),
      fc.array(fc.boolean(), { minLength: full.length, maxLength: full.length }),
    )
    .map(([dropped, ones]) => full.map((n, axis) => (ones[axis] ? 1 : n)).slice(dropped));

/** Two shapes that broadcast together. */
const pair = (maxRank: number) =>
  shapeOf(0, maxRank).chain((full) => fc.tuple(broadcastable(full), broadcastable(full)));

type Build = (graph: Graph, inputs: Value[]) => Value | readonly Value[];

/** Builds and runs a graph on random inputs, and expects every result to have the shape that was inferred. */
async function expectInferred(shapes: readonly Shape[], build: Build): Promise<Tensor[]> {
  const graph = new Graph();
  const inputs = shapes.map((shape, i) => graph.input(`${i}`, { dtype: 'float32', shape }));
  const outputs = [build(graph, inputs)].flat();
  const feeds = Object.fromEntries(shapes.map((shape, i) => [`${i}`, randomTensor(shape, i + 1, 0.1, 1)]));
  const results = await runGraph(graph, outputs, feeds);
  expect(results.map(({ shape }) => [...shape])).toEqual(outputs.map(({ shape }) => [...shape]));
  return results;
}

const attributesOf: Record<string, object> = {
  pow: { exponent: 2 },
  clip: { min: 0, max: 6 },
  leakyRelu: { alpha: 0.1 },
  elu: { alpha: 1 },
  hardSigmoid: { alpha: 0.2, beta: 0.5 },
  gelu: { approximate: 'none' },
};
const unary = [
  'neg',
  'relu',
  'sigmoid',
  'tanh',
  'softplus',
  'erf',
  'exp',
  'log',
  'sqrt',
  'swish',
  'hardSwish',
];

/** The shapes of the inputs and the attributes of a legal use. */
type Use = readonly [shapes: Shape[], attributes: object];

const uses: Record<string, fc.Arbitrary<Use>> = {
  ...Object.fromEntries(
    [...unary, ...Object.keys(attributesOf)].map((operator) => [
      operator,
      shapeOf(0, 4).map((shape): Use => [[shape], attributesOf[operator] ?? {}]),
    ]),
  ),
  ...Object.fromEntries(
    ['add', 'sub', 'mul', 'div'].map((operator) => [operator, pair(4).map((shapes): Use => [shapes, {}])]),
  ),
  prelu: shapeOf(1, 4).chain((shape) => broadcastable(shape).map((slope): Use => [[shape, slope], {}])),
  matmul: fc.tuple(pair(2), size, size, size).map(
    ([[a, b], m, k, n]): Use => [
      [
        [...a, m, k],
        [...b, k, n],
      ],
      {},
    ],
  ),
  gemm: fc
    .tuple(size, size, size, fc.boolean(), fc.boolean())
    .chain(([m, k, n, transA, transB]) =>
      broadcastable([m, n]).map(
        (c): Use => [[transA ? [k, m] : [m, k], transB ? [n, k] : [k, n], c], { transA, transB }],
      ),
    ),
  transpose: shapeOf(1, 4).chain((shape) =>
    fc
      .shuffledSubarray([...shape.keys()], { minLength: shape.length })
      .map((permutation): Use => [[shape], { permutation }]),
  ),
  concat: fc
    .tuple(shapeOf(1, 3), fc.array(size, { minLength: 1, maxLength: 4 }), fc.nat())
    .map(([shape, sizes, at]): Use => {
      const axis = at % shape.length;
      return [sizes.map((n) => shape.with(axis, n)), { axis: at % 2 ? axis : axis - shape.length }];
    }),
  split: fc
    .tuple(shapeOf(1, 3), fc.array(size, { minLength: 1, maxLength: 4 }), fc.nat())
    .map(([shape, sizes, at]): Use => {
      const axis = at % shape.length;
      const total = sizes.reduce((sum, n) => sum + n, 0);
      return [[shape.with(axis, total)], { axis, sizes }];
    }),
  ...Object.fromEntries(
    ['reduceSum', 'reduceMean', 'reduceMax'].map((operator) => [
      operator,
      shapeOf(1, 4).chain((shape) => axesOf(shape.length).map((axes): Use => [[shape], { axes }])),
    ]),
  ),
  ...Object.fromEntries(
    ['softmax', 'logSoftmax'].map((operator) => [
      operator,
      shapeOf(1, 4).chain((shape) => fc.nat(shape.length - 1).map((axis): Use => [[shape], { axis }])),
    ]),
  ),
  ...Object.fromEntries(
    ['sigmoidCrossEntropy', 'softmaxCrossEntropy'].map((operator) => [
      operator,
      fc.tuple(size, size).map(([n, k]): Use => [[[n, k], [n, k], [n]], {}]),
    ]),
  ),
};

describe('the inferred shape is the one ONNX Runtime returns', () => {
  test('for every operator that is listed', () => {
    expect([...Object.keys(uses), 'slice'].sort()).toEqual(Object.keys(builders).sort());
  });

  test.each(Object.keys(uses))('%s', async (operator) => {
    await fc.assert(
      fc.asyncProperty(uses[operator]!, async ([shapes, attributes]) => {
        await expectInferred(shapes, (graph, inputs) => builders[operator]!(graph, inputs, attributes));
      }),
      { numRuns: 25, seed: 1 },
    );
  });

  test('reshape and broadcastTo', async () => {
    await fc.assert(
      fc.asyncProperty(
        shapeOf(1, 4).chain((full) => fc.tuple(fc.constant(full), broadcastable(full))),
        async ([full, part]) => {
          await expectInferred([part], (graph, [x]) => broadcastTo(graph, x!, full));
          await expectInferred([full], (graph, [x]) => reshape(graph, x!, [sizeOf(full), 1]));
        },
      ),
      { numRuns: 25, seed: 1 },
    );
  });
});

/** ONNX's own Slice with starts, ends, axes and steps as they are given. */
const RawSlice = defineOperator<{ inputs: number[][]; shape: Shape }>({
  name: 'RawSlice',
  infer: (_, { shape }) => [{ dtype: 'float32', shape }],
  emit: ({ inputs: [x], outputs, attributes: { inputs } }, form) =>
    form.result(outputs, 'Slice', [form.name(x!), ...inputs.map((values) => form.constant(int64(values)))]),
});

const index = fc.integer({ min: -9, max: 9 });
const cut = fc.tuple(
  index,
  index,
  fc.integer({ min: -3, max: 3 }).filter((step) => step !== 0),
);
const slices = fc
  .array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 3 })
  .chain((shape) =>
    axesOf(shape.length).chain((axes) =>
      fc
        .array(cut, { minLength: axes.length, maxLength: axes.length })
        .map((cuts) => ({ shape, axes, cuts })),
    ),
  );

test('slice reads starts, ends and steps as ONNX does, and embed puts everything back in its place', async () => {
  let nonEmpty = 0;
  await fc.assert(
    fc.asyncProperty(slices, async ({ shape, axes, cuts }) => {
      const [starts, ends, steps] = [0, 1, 2].map((i) => cuts.map((values) => values[i]!)) as number[][];
      const raw = { inputs: [starts!, ends!, axes, steps!], shape: shape.map(() => 0) };
      const graph = new Graph();
      const x = graph.input('x', { dtype: 'float32', shape });
      const feeds = { x: randomTensor(shape, 1, 1, 2) };
      const [expected] = await runGraph(graph, [graph.apply(RawSlice, [x], raw)], feeds);
      const build = (g: Graph, value: Value) =>
        slice(g, value, { starts: starts!, ends: ends!, axes, steps: steps! });
      if (sizeOf(expected!.shape) === 0) {
        expect(() => build(new Graph(), x)).toThrow('leaves nothing');
        return;
      }
      nonEmpty++;
      const ours = new Graph();
      const input = ours.input('x', { dtype: 'float32', shape });
      const part = build(ours, input);
      const ranges = part.source.kind === 'node' ? part.source.node.attributes.ranges : [];
      const whole = embed(ours, part, shape, ranges);
      const again = build(ours, whole);
      const [taken, put, retaken] = await runGraph(ours, [part, whole, again], feeds);
      expect([...taken!.shape]).toEqual([...expected!.shape]);
      expect(taken!.data).toEqual(expected!.data);
      expect(retaken!.data).toEqual(expected!.data);
      expect([...put!.shape]).toEqual(shape);
      // What was not taken is 0, and no original element is.
      expect(put!.data.filter((value) => Number(value) !== 0)).toHaveLength(taken!.data.length);
    }),
    { numRuns: 200, seed: 1 },
  );
  expect(nonEmpty).toBeGreaterThan(50);
});

test('shapes that do not fit are refused with both types', () => {
  const graph = new Graph();
  const value = (...shape: number[]) => graph.input(`${graph.inputs.size}`, { dtype: 'float32', shape });
  const a = value(2, 3);
  const refused: [string, Value[], object, RegExp][] = [
    ['add', [a, value(2, 4)], {}, /Add cannot combine float32\[2,3\] with float32\[2,4\]/],
    ['matmul', [a, value(2, 3)], {}, /MatMul cannot multiply float32\[2,3\] with float32\[2,3\]/],
    ['matmul', [value(3), value(3, 2)], {}, /MatMul/],
    [
      'gemm',
      [a, value(3, 4), value(3)],
      {},
      /Gemm cannot combine .*float32\[3\] \(transA false, transB false\)/,
    ],
    ['concat', [a, value(3, 3)], { axis: 1 }, /float32\[2,3\] and float32\[3,3\] .* axis 1/],
    ['split', [a], { axis: 1, sizes: [1, 1] }, /float32\[2,3\] cannot be split into \[1,1\] along axis 1/],
    ['transpose', [a], { permutation: [0, 0] }, /\[0,0\] does not permute/],
    ['prelu', [a, value(2, 1, 1)], {}, /PRelu/],
    ['softmax', [a], { axis: 2 }, /axis 2 is outside/],
    ['sigmoidCrossEntropy', [a, value(2, 2), value(2)], {}, /logits \[n,K\]/],
    ['relu', [graph.input('int', { dtype: 'int32', shape: [2] })], {}, /Relu needs float32, not int32\[2\]/],
  ];
  for (const [operator, inputs, attributes, message] of refused) {
    expect(() => builders[operator]!(graph, inputs, attributes)).toThrow(message);
  }
});
