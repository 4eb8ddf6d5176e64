import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../src/graph/differentiate.js';
import { Graph, type Value } from '../../../src/graph/graph.js';
import { mul } from '../../../src/graph/ops/mul.js';
import { reduceSum } from '../../../src/graph/ops/reduce-sum.js';
import { reshape } from '../../../src/graph/ops/reshape.js';
import type { Tensor } from '../../../src/graph/tensor.js';
import { randomTensor } from '../random-tensor.js';
import { runGraph } from '../run-graph.js';
import { builders } from './builders.js';

/** A window somewhere on an image that it fits, with every kind of rest at the end of a stride. */
const windows = fc
  .record({
    size: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
    kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
    strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    dilations: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
    pads: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 }),
  })
  .filter(({ size, kernel, dilations, pads }) =>
    size.every((n, i) => n + pads[i]! + pads[i + 2]! >= (kernel[i]! - 1) * dilations[i]! + 1),
  );

const channels = fc.constantFrom(
  { groups: 1, depth: 3, filters: 2 },
  { groups: 2, depth: 2, filters: 4 },
  { groups: 3, depth: 1, filters: 3 },
  { groups: 2, depth: 1, filters: 4 },
  { groups: 16, depth: 1, filters: 16 },
);

describe('what is linear is its own derivative: ⟨dx, x⟩ = ⟨dy, y⟩', () => {
  test('convolutions of any shape, in the input and in the kernel', async () => {
    await fc.assert(
      fc.asyncProperty(windows, channels, async ({ size, kernel, ...window }, { groups, depth, filters }) => {
        const x = randomTensor([2, depth * groups, ...size], 7);
        const weights = randomTensor([filters, depth, ...kernel], 8);
        await expectLinear('conv', { ...window, groups }, [x, weights]);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  test('average pooling of any shape', async () => {
    await fc.assert(
      fc.asyncProperty(windows, fc.boolean(), async ({ size, dilations: _, ...window }, countIncludePad) => {
        fc.pre(window.pads.every((n, i) => n < window.kernel[i % 2]!));
        fc.pre(size.every((n, i) => n + window.pads[i]! >= window.kernel[i]!));
        await expectLinear('averagePool', { ...window, countIncludePad }, [randomTensor([2, 3, ...size], 7)]);
      }),
      { numRuns: 40, seed: 1 },
    );
  });
});

/** Checks ⟨dx, x⟩ = ⟨dy, y⟩ for every input, in double precision from single-precision results. */
async function expectLinear(operator: string, attributes: object, tensors: Tensor[]): Promise<void> {
  const graph = new Graph();
  const inputs = tensors.map((tensor, i) => graph.input(`${i}`, tensor));
  const y = builders[operator]!(graph, inputs, attributes);
  const dy = randomTensor(y.shape, 9);
  const product = mul(graph, y, graph.constant(dy));
  const loss = reshape(graph, reduceSum(graph, product, [...y.shape.keys()]), []);
  const gradients = differentiate(graph, loss, inputs) as Value[];
  const feeds = Object.fromEntries(tensors.map((tensor, i) => [`${i}`, tensor]));
  const [value, ...found] = await runGraph(graph, [y, ...gradients], feeds);
  const expected = dot(value!, dy);
  found.forEach((gradient, i) => {
    expect(gradient.shape).toEqual(tensors[i]!.shape);
    const error = Math.abs(dot(gradient, tensors[i]!).sum - expected.sum);
    expect(error, `input ${i} of ${JSON.stringify(attributes)}`).toBeLessThanOrEqual(1e-5 * expected.size);
  });
}

/** The inner product, and the length of the vector of its terms. */
function dot(a: Tensor, b: Tensor): { sum: number; size: number } {
  const terms = Array.from(a.data as Float32Array, (x, i) => x * Number(b.data[i]));
  return { sum: terms.reduce((sum, x) => sum + x, 0), size: Math.hypot(...terms) };
}

describe('inputs that do not fit are refused with their types', () => {
  const graph = new Graph();
  const x = graph.constant(randomTensor([1, 4, 5, 5], 1));
  const kernel = graph.constant(randomTensor([2, 3, 3, 3], 1));
  const vector = graph.constant(randomTensor([3], 1));

  test.each([
    ['conv', [x, kernel], {}, 'Conv with 1 groups: kernel float32[2,3,3,3] does not fit float32[1,4,5,5]'],
    ['maxPool', [x], { kernel: [6, 1] }, "MaxPool's window of [6,1] does not fit float32[1,4,5,5]"],
    ['averagePool', [vector], { kernel: [1, 1] }, 'AveragePool needs float32[N,C,H,W], not float32[3]'],
    ['batchNormalization', [x, vector, vector, vector, vector], {}, 'cannot apply float32[3]'],
    [
      'pad',
      [x],
      { pads: [0, 0, 5, 0, 0, 0, 0, 0], mode: 'reflect' },
      'cannot be padded by [0,0,5,0,0,0,0,0]',
    ],
    ['pad', [x], { pads: [1, 1] }, 'cannot be padded by [1,1]'],
    ['resizeNearest', [x], { scales: [0.1, 1] }, 'cannot bring float32[1,4,5,5] to [0,5]'],
  ] as [string, Value[], object, string][])('%s, case %#', (operator, inputs, attributes, message) => {
    expect(() => builders[operator]!(graph, inputs, attributes)).toThrow(message);
  });
});
