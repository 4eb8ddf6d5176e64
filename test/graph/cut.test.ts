import { describe, expect, test } from 'vitest';
import { afterCut, beforeCut, lastCut, valueAt } from '../../src/graph/cut.js';
import { Graph, type Value } from '../../src/graph/graph.js';
import { liveNodes } from '../../src/graph/live.js';
import { add } from '../../src/graph/ops/add.js';
import { mul } from '../../src/graph/ops/mul.js';
import { relu } from '../../src/graph/ops/relu.js';
import { sigmoid } from '../../src/graph/ops/sigmoid.js';
import { randomTensor } from './random-tensor.js';
import { runGraph } from './run-graph.js';

const SHAPE = [2, 3];

/** A graph of one input, `x`, and weights `w` and `v`, with output `y`. */
function graphOf(build: (graph: Graph, x: Value, w: Value, v: Value) => Value) {
  const graph = new Graph();
  const x = graph.input('x', { dtype: 'float32', shape: SHAPE });
  const w = graph.parameter('w', 'kernel', randomTensor(SHAPE, 1));
  const v = graph.parameter('v', 'kernel', randomTensor(SHAPE, 2));
  graph.output('y', build(graph, x, w, v));
  return { graph, x, w, v };
}

/** The operator at the cut. */
const cutOf = ({ graph, x, v }: ReturnType<typeof graphOf>): string | undefined => {
  const at = lastCut(graph, x, [v]);
  return at === undefined ? undefined : graph.nodes[at]!.op.name;
};

describe('the last cut', () => {
  test('lies right before what changes', () => {
    expect(cutOf(graphOf((g, x, w, v) => relu(g, mul(g, sigmoid(g, mul(g, x, w)), v))))).toBe('Sigmoid');
  });

  test('is the end where nothing changes', () => {
    expect(cutOf(graphOf((g, x, w) => relu(g, mul(g, sigmoid(g, x), w))))).toBe('Relu');
  });

  test('lies before a branch that leads around what changes', () => {
    const residual = graphOf((g, x, w, v) => {
      const trunk = sigmoid(g, mul(g, x, w));
      return add(g, trunk, mul(g, relu(g, trunk), v));
    });
    expect(cutOf(residual)).toBe('Sigmoid');
  });

  test('does not count what is used twice as gone after its first use', () => {
    const squared = graphOf((g, x, w, v) => {
      const trunk = mul(g, x, w);
      const square = mul(g, trunk, trunk);
      return add(g, mul(g, relu(g, square), v), trunk);
    });
    expect(cutOf(squared)).toBe('Mul');
    expect(lastCut(squared.graph, squared.x, [squared.v])).toBe(0);
  });

  test('lies behind a branch that has come back', () => {
    const closed = graphOf((g, x, w, v) => {
      const trunk = mul(g, x, w);
      return mul(g, relu(g, add(g, trunk, sigmoid(g, trunk))), v);
    });
    expect(cutOf(closed)).toBe('Relu');
  });

  test('is nowhere where the input itself goes on, or changes at once', () => {
    expect(cutOf(graphOf((g, x, w, v) => add(g, mul(g, sigmoid(g, mul(g, x, w)), v), x)))).toBeUndefined();
    expect(cutOf(graphOf((g, x, _, v) => relu(g, mul(g, x, v))))).toBeUndefined();
  });
});

test('what comes before and what comes after make the whole', async () => {
  const whole = graphOf((g, x, w, v) => {
    const trunk = sigmoid(g, mul(g, x, w));
    return add(g, trunk, mul(g, relu(g, trunk), v));
  });
  const at = lastCut(whole.graph, whole.x, [whole.v])!;
  const before = beforeCut(whole.graph, at, 'features');
  const after = afterCut(whole.graph, at, 'features');
  expect(valueAt(whole.graph, at).shape).toEqual(SHAPE);
  expect(liveNodes(before).length + after.nodes.length).toBe(whole.graph.nodes.length);
  expect(liveNodes(after)).toEqual(after.nodes);

  const x = randomTensor(SHAPE, 3);
  const [features] = await runGraph(before, [before.outputs.get('features')!], { x });
  const [y] = await runGraph(after, [after.outputs.get('y')!], { features: features! });
  const [expected] = await runGraph(whole.graph, [whole.graph.outputs.get('y')!], { x });
  expect(y).toEqual(expected);
});
