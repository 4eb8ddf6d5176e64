import { expect, test } from 'vitest';
import { differentiate } from '../../src/graph/differentiate.js';
import { Graph, type Value } from '../../src/graph/graph.js';
import { defineOperator } from '../../src/graph/operator.js';
import { add } from '../../src/graph/ops/add.js';
import { cast } from '../../src/graph/ops/cast.js';
import { matmul } from '../../src/graph/ops/matmul.js';
import { mul } from '../../src/graph/ops/mul.js';
import { reduceSum } from '../../src/graph/ops/reduce-sum.js';
import { relu } from '../../src/graph/ops/relu.js';
import { reshape } from '../../src/graph/ops/reshape.js';
import { sigmoid } from '../../src/graph/ops/sigmoid.js';
import { split } from '../../src/graph/ops/split.js';
import { float32, type Shape } from '../../src/graph/tensor.js';
import { randomTensor } from './random-tensor.js';
import { runGraph } from './run-graph.js';

function input(graph: Graph, name: string, shape: Shape): Value {
  return graph.input(name, { dtype: 'float32', shape });
}

function total(graph: Graph, x: Value): Value {
  return reshape(graph, reduceSum(graph, x, [...x.shape.keys()]), []);
}

/** The names of the operators that `action` appends. */
function appended(graph: Graph, action: () => void): string[] {
  const before = graph.nodes.length;
  action();
  return graph.nodes.slice(before).map(({ op }) => op.name);
}

test('the frozen part before the first wanted value gets no nodes', () => {
  const graph = new Graph();
  const frozen = sigmoid(graph, matmul(graph, input(graph, 'x', [2, 3]), input(graph, 'kernel', [3, 4])));
  const scale = input(graph, 'scale', [4]);
  const loss = total(graph, relu(graph, mul(graph, frozen, scale)));
  const nodes = appended(graph, () => differentiate(graph, loss, [scale]));
  // Back through the reshape, the sum and the ReLU to the product, and from there to the scale alone.
  expect(nodes).toEqual([
    'Reshape',
    'BroadcastTo',
    'Between',
    'Mul',
    ...['Mul', 'ReduceSum', 'Reshape'], // dy · frozen, summed over the rows
  ]);
});

test('gradients of unwanted inputs are not even asked for', () => {
  const graph = new Graph();
  const asked: number[] = [];
  const Spy = defineOperator<Record<never, never>>({
    name: 'Spy',
    infer: ([a]) => [a!],
    emit: () => {},
    gradient: (_, __, [dy]) =>
      [0, 1, 2].map((i) => () => {
        asked.push(i);
        return dy!;
      }),
  });
  const inputs = ['a', 'b', 'c'].map((name) => input(graph, name, []));
  const loss = graph.apply(Spy, inputs, {});
  differentiate(graph, loss, [inputs[1]!]);
  expect(asked).toEqual([1]);
});

test('branches that leave the way to the target get no nodes', () => {
  const graph = new Graph();
  const x = input(graph, 'x', [3]);
  const y = relu(graph, x);
  const loss = total(graph, y);
  const withoutBranch = appended(graph, () => differentiate(graph, loss, [x]));
  sigmoid(graph, sigmoid(graph, y));
  expect(appended(graph, () => differentiate(graph, loss, [x]))).toEqual(withoutBranch);
});

test('a value used several times gets the sum of its gradients', async () => {
  const graph = new Graph();
  const x = input(graph, 'x', [3]);
  // x² + 3x, with x² as a product of x with itself.
  const square = mul(graph, x, x);
  const loss = total(graph, add(graph, square, mul(graph, x, graph.constant(float32([3], [])))));
  const [dx] = differentiate(graph, loss, [x]);
  const [result] = await runGraph(graph, [dx!], { x: float32([-1, 0, 2]) });
  expect([...result!.data]).toEqual([1, 3, 7]);
});

test('outputs that do not reach the target count as constant', async () => {
  const graph = new Graph();
  const x = input(graph, 'x', [2, 6]);
  const parts = split(graph, x, 1, [1, 2, 3]);
  const loss = total(graph, mul(graph, parts[1]!, parts[1]!));
  const [dx] = differentiate(graph, loss, [x]);
  const tensor = randomTensor([2, 6], 1);
  const [result] = await runGraph(graph, [dx!], { x: tensor });
  const taken = (i: number) => i % 6 === 1 || i % 6 === 2;
  expect(result!.data).toEqual((tensor.data as Float32Array).map((value, i) => (taken(i) ? 2 * value : 0)));
});

test('wanted values may be intermediate, repeated, or the target itself', async () => {
  const graph = new Graph();
  const x = input(graph, 'x', [2]);
  const y = mul(graph, x, x);
  const loss = total(graph, mul(graph, y, y));
  const [dy, dx, again, one] = differentiate(graph, loss, [y, x, x, loss]);
  expect(again).toBe(dx);
  const results = await runGraph(graph, [dy!, dx!, one!], { x: float32([1, -2]) });
  expect(results.map(({ data }) => [...data])).toEqual([[2, 8], [4, -32], [1]]);
});

test('a wanted value the target does not depend on has no gradient, and costs nothing', () => {
  const graph = new Graph();
  const [x, other] = [input(graph, 'x', [3]), input(graph, 'other', [3])];
  const unrelated = relu(graph, other);
  const loss = total(graph, relu(graph, x));
  const alone = appended(graph, () => differentiate(graph, loss, [x]));
  const both = appended(graph, () => {
    const [dx, ...none] = differentiate(graph, loss, [x, other, unrelated]);
    expect(dx!.shape).toEqual([3]);
    expect(none).toEqual([undefined, undefined]);
  });
  expect(both).toEqual(alone);
  expect(appended(graph, () => differentiate(graph, loss, [other]))).toEqual([]);
});

test('nothing flows through integers', () => {
  const graph = new Graph();
  const x = input(graph, 'x', [3]);
  const loss = total(graph, cast(graph, cast(graph, x, 'int32'), 'float32'));
  expect(differentiate(graph, loss, [x])).toEqual([undefined]);
});

test('an operator without a gradient is refused on the way to the target only', () => {
  const graph = new Graph();
  const Opaque = defineOperator<Record<never, never>>({
    name: 'Opaque',
    infer: ([x]) => [x!],
    emit: () => {},
  });
  const [x, frozen] = [input(graph, 'x', [3]), input(graph, 'frozen', [3])];
  const product = mul(graph, x, graph.apply(Opaque, [frozen], {}));
  expect(differentiate(graph, total(graph, product), [x])[0]!.shape).toEqual([3]);
  expect(() => differentiate(graph, total(graph, product), [frozen])).toThrow('Opaque has no gradient');
});

test('only scalars can be differentiated', () => {
  const graph = new Graph();
  const x = input(graph, 'x', [3]);
  expect(() => differentiate(graph, relu(graph, x), [x])).toThrow('only a scalar');
});
