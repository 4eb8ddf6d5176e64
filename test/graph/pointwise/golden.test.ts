import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../src/graph/differentiate.js';
import { Graph } from '../../../src/graph/graph.js';
import { add } from '../../../src/graph/ops/add.js';
import { mul } from '../../../src/graph/ops/mul.js';
import { reduceSum } from '../../../src/graph/ops/reduce-sum.js';
import { reshape } from '../../../src/graph/ops/reshape.js';
import { float32, type Tensor } from '../../../src/graph/tensor.js';
import { runGraph } from '../run-graph.js';
import { builders } from './builders.js';

interface Packed {
  readonly shape: number[];
  readonly data: number[];
}

interface Case {
  readonly title: string;
  readonly attributes: Record<string, never>;
  readonly inputs: Packed[];
  readonly outputs: Packed[];
  /** The gradient that the loss is taken to have with respect to each output. */
  readonly directions: Packed[];
  readonly gradients: Packed[];
}

const folder = new URL('../../golden/pointwise/', import.meta.url);
const operators = readdirSync(folder).map((file) => file.replace('.json', ''));

test('every operator with a builder here has golden values', () => {
  expect(operators.sort()).toEqual(Object.keys(builders).sort());
});

for (const operator of operators) {
  const cases: Case[] = JSON.parse(readFileSync(new URL(`${operator}.json`, folder), 'utf8'));
  describe(operator, () => {
    test.each(cases)('$title: value and gradients equal PyTorch’s', async (golden) => {
      const graph = new Graph();
      const inputs = golden.inputs.map((x, i) => graph.input(`${i}`, tensor(x)));
      const outputs = [builders[operator]!(graph, inputs, golden.attributes)].flat();
      const terms = outputs.map((y, i) => {
        const product = mul(graph, y, graph.constant(tensor(golden.directions[i]!)));
        return reshape(graph, reduceSum(graph, product, [...y.shape.keys()]), []);
      });
      const loss = terms.reduce((sum, term) => add(graph, sum, term));
      const gradients = differentiate(graph, loss, inputs);

      const reached = gradients.filter((gradient) => gradient !== undefined);
      const feeds = Object.fromEntries(golden.inputs.map((x, i) => [`${i}`, tensor(x)]));
      const results = await runGraph(graph, [...outputs, ...reached], feeds);
      golden.outputs.forEach((expected, i) => {
        expectClose(results[i]!, expected, `output ${i}`);
      });
      golden.gradients.forEach((expected, i) => {
        const found = gradients[i] && results[outputs.length + reached.indexOf(gradients[i])];
        expectClose(found ?? zeros(expected.shape), expected, `gradient ${i}`);
      });
    });
  });
}

function tensor({ shape, data }: Packed): Tensor {
  return float32(data, shape);
}

function zeros(shape: number[]): Tensor {
  return float32(new Float32Array(shape.reduce((size, n) => size * n, 1)), shape);
}

/** Float32 against float64: 5 digits, and a little absolute room where terms cancel. */
function expectClose(actual: Tensor, expected: Packed, what: string): void {
  expect(actual.shape, what).toEqual(expected.shape);
  expected.data.forEach((value, i) => {
    const error = Math.abs(Number(actual.data[i]) - value);
    const message = `${what}[${i}] is ${actual.data[i]}, not ${value}`;
    expect(error, message).toBeLessThanOrEqual(1e-5 * Math.abs(value) + 2e-6);
  });
}
