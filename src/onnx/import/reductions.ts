/** @file Rows for sums, means and extremes over axes. */
import type { Graph, Value } from '../../graph/graph.js';
import { mul } from '../../graph/ops/mul.js';
import { neg } from '../../graph/ops/neg.js';
import { reduceMax } from '../../graph/ops/reduce-max.js';
import { reduceMean } from '../../graph/ops/reduce-mean.js';
import { reduceSum } from '../../graph/ops/reduce-sum.js';
import { reshape } from '../../graph/ops/reshape.js';
import { sqrt } from '../../graph/ops/sqrt.js';
import type { Call, Row, Rows } from './call.js';
import { reduced, reshaped } from './fold.js';

type Reduce = (graph: Graph, x: Value, axes: readonly number[]) => Value;

export const reductionRows: Rows = {
  ReduceMean: reduction(reduceMean),
  ReduceSum: reduction(reduceSum, (a, b) => a + b),
  ReduceMax: reduction(reduceMax, Math.max),
  ReduceMin: reduction((graph, x, axes) => neg(graph, reduceMax(graph, neg(graph, x), axes)), Math.min),
  ReduceL2: reduction((graph, x, axes) => sqrt(graph, reduceSum(graph, mul(graph, x, x), axes))),
  ReduceProd: (call) => {
    const { tensor, axes } = { tensor: call.tensor(0), axes: axesOf(call) };
    return reshaped(
      reduced(tensor, axes, (a, b) => a * b),
      withoutAxes(call, tensor.shape, axes),
    );
  },
};

function reduction(build: Reduce, operation?: (a: number, b: number) => number): Row {
  return (call) => {
    const axes = axesOf(call);
    if (call.isStatic && operation) {
      const tensor = call.tensor(0);
      return reshaped(reduced(tensor, axes, operation), withoutAxes(call, tensor.shape, axes));
    }
    const operand = call.operand(0);
    if (operand.kind === 'computed' && operand.order && keepsOrder(call, operand.order, axes)) {
      // Channels last: the same mean over the axes where they really are saves the transposition.
      const { value, order } = operand;
      const own = axes.map((axis) => order[axis]!);
      const result = build(call.graph, value, own);
      return reshape(call.graph, result, withoutAxes(call, value.shape, own));
    }
    const x = call.value(0);
    return reshape(call.graph, build(call.graph, x, axes), withoutAxes(call, x.shape, axes));
  };
}

/** Attribute before opset 18 (13 for ReduceSum), input since; none means all, unless noop_with_empty_axes. */
function axesOf(call: Call): readonly number[] {
  const rank = call.shape(0).length;
  const axes = call.axesFrom(1, rank);
  if (axes && axes.length > 0) return axes;
  return call.int('noop_with_empty_axes', 0) === 1 ? [] : [...Array(rank).keys()];
}

function withoutAxes(call: Call, shape: readonly number[], axes: readonly number[]): readonly number[] {
  if (call.int('keepdims', 1) === 1) return shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return shape.filter((_, axis) => !axes.includes(axis));
}

/** Whether the axes that remain after dropping `axes` are in the same order in `order` as in the value itself. */
function keepsOrder(call: Call, order: readonly number[], axes: readonly number[]): boolean {
  if (call.int('keepdims', 1) === 1) return false;
  const rest = order.filter((_, axis) => !axes.includes(axis));
  return rest.every((axis, i) => i === 0 || axis > rest[i - 1]!);
}
