import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../src/graph/differentiate.js';
import { Graph } from '../../../src/graph/graph.js';
import { mul } from '../../../src/graph/ops/mul.js';
import { reduceSum } from '../../../src/graph/ops/reduce-sum.js';
import { reshape } from '../../../src/graph/ops/reshape.js';
import { float32, type Tensor } from '../../../src/graph/tensor.js';
import { runGraph } from '../run-graph.js';
import { builders } from './builders.js';
import { type Drawn, drawn } from './drawn.js';

interface Packed {
  readonly shape: number[];
  readonly data: number[];
}

interface Case {
  readonly title: string;
  readonly attributes: Record<string, never>;
  readonly inputs: Drawn[];
  /** The gradient that the loss is taken to have with respect to the output. */
  readonly direction: Drawn;
  readonly output: Packed;
  /** null where the output does not depend on the input, or the input counts as fixed. */
  readonly gradients: (Packed | null)[];
}

const folder = new URL('../../golden/spatial/', import.meta.url);
const operators = readdirSync(folder).map((file) => file.replace('.json', ''));

test('every operator with a builder here has golden values', () => {
  expect(operators.sort()).toEqual(Object.keys(builders).sort());
});

for (const operator of operators) {
  const cases: Case[] = JSON.parse(readFileSync(new URL(`${operator}.json`, folder), 'utf8'));
  // What trains is fed; what is frozen is a constant, which ONNX Runtime folds, packs and runs through other kernels.
  describe.each(['fed', 'constant'])(`${operator}, weights %s`, (weights) => {
    test.each(cases)('$title: value and gradients equal PyTorch’s', async (golden) => {
      const graph = new Graph();
      const feeds: Record<string, Tensor> = {};
      const inputs = golden.inputs.map((description, i) => {
        const tensor = drawn(description);
        if (i > 0 && weights === 'constant') return graph.constant(tensor);
        feeds[`${i}`] = tensor;
        return graph.input(`${i}`, tensor);
      });
      const output = builders[operator]!(graph, inputs, golden.attributes);
      const product = mul(graph, output, graph.constant(drawn(golden.direction)));
      const loss = reshape(graph, reduceSum(graph, product, [...output.shape.keys()]), []);
      const wanted = inputs.filter((_, i) => golden.gradients[i]);
      const gradients = differentiate(graph, loss, wanted);

      const [value, ...found] = await runGraph(
        graph,
        [output, ...gradients.map((gradient) => gradient!)],
        feeds,
      );
      expectClose(value!, golden.output, 'output');
      golden.gradients
        .filter((expected) => expected !== null)
        .forEach((expected, i) => {
          expectClose(found[i]!, expected, `gradient ${i}`);
        });
    });
  });
}

test('what is drawn here is what the goldens were made from', () => {
  const { data } = drawn({ shape: [3], low: -1, high: 1, seed: 1 });
  expect([...data]).toEqual([...float32([-0.527099609375, -0.261474609375, 0.00848388671875]).data]);
});

/** Float32 against float64: 1e-4 of each number, or of 0.3 of their root mean square where the terms of a sum cancel. */
function expectClose(actual: Tensor, expected: Packed, what: string): void {
  expect(actual.shape, what).toEqual(expected.shape);
  const size = Math.sqrt(expected.data.reduce((sum, x) => sum + x * x, 0) / expected.data.length);
  expected.data.forEach((value, i) => {
    const error = Math.abs(Number(actual.data[i]) - value);
    const message = `${what}[${i}] is ${actual.data[i]}, not ${value}`;
    expect(error, message).toBeLessThanOrEqual(1e-4 * Math.max(Math.abs(value), 0.3 * size));
  });
}
