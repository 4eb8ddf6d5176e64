/** @file Rows for elementwise arithmetic, on values of the graph and on numbers known at import. */
import type { Graph, Value } from '../../graph/graph.js';
import { add } from '../../graph/ops/add.js';
import { clip } from '../../graph/ops/clip.js';
import { div } from '../../graph/ops/div.js';
import { scalar, scaled } from '../../graph/ops/elementwise.js';
import { erf } from '../../graph/ops/erf.js';
import { exp } from '../../graph/ops/exp.js';
import { log } from '../../graph/ops/log.js';
import { mul } from '../../graph/ops/mul.js';
import { neg } from '../../graph/ops/neg.js';
import { pow } from '../../graph/ops/pow.js';
import { relu } from '../../graph/ops/relu.js';
import { sqrt } from '../../graph/ops/sqrt.js';
import { sub } from '../../graph/ops/sub.js';
import type { DType, Tensor } from '../../graph/tensor.js';
import type { Call, Row, Rows } from './call.js';
import { combine } from './fold.js';

export const arithmeticRows: Rows = {
  Add: binary((a, b) => a + b, add),
  Sub: binary((a, b) => a - b, sub),
  Mul: binary((a, b) => a * b, mul),
  Div: (call) => {
    const whole = call.isStatic && call.tensor(0).dtype !== 'float32';
    return binary(whole ? (a, b) => Math.trunc(a / b) : (a, b) => a / b, div)(call);
  },
  Sum: variadic((a, b) => a + b, add),
  Mean: (call) => {
    const count = call.operands.length;
    const sum = chain(call, add);
    return scaled(call.graph, sum, 1 / count);
  },
  // A limit is a clip; otherwise max(a, b) = a + max(b − a, 0), and likewise for min.
  Max: limit('min', Math.max, (graph, a, b) => add(graph, a, relu(graph, sub(graph, b, a)))),
  Min: limit('max', Math.min, (graph, a, b) => sub(graph, a, relu(graph, sub(graph, a, b)))),
  Pow: (call) => {
    if (call.isStatic) return combine((x, y) => x ** y, [call.tensor(0), call.tensor(1)]);
    return pow(call.graph, call.value(0), call.number(1)!);
  },
  Sqrt: unary(Math.sqrt, sqrt),
  Exp: unary(Math.exp, exp),
  Log: unary(Math.log, log),
  Neg: unary((x) => -x, neg),
  Reciprocal: unary(
    (x) => 1 / x,
    (graph, x) => div(graph, scalar(graph, 1), x),
  ),
  // |x| = max(x, 0) + max(−x, 0)
  Abs: unary(Math.abs, (graph, x) => add(graph, relu(graph, x), relu(graph, neg(graph, x)))),
  Erf: (call) => erf(call.graph, call.value(0)),

  Floor: known(Math.floor),
  Ceil: known(Math.ceil),
  Round: known(roundToEven),
  Sign: known(Math.sign),
  Mod: (call) => {
    const truncates = call.int('fmod', 0) === 1;
    return known(truncates ? (a, b) => a % b : (a, b) => a - b * Math.floor(a / b))(call);
  },
  Not: known((x) => Number(!x)),
  And: known((a, b) => Number(a && b)),
  Or: known((a, b) => Number(a || b)),
  Equal: known((a, b) => Number(a === b), 'bool'),
  Less: known((a, b) => Number(a < b), 'bool'),
  LessOrEqual: known((a, b) => Number(a <= b), 'bool'),
  Greater: known((a, b) => Number(a > b), 'bool'),
  GreaterOrEqual: known((a, b) => Number(a >= b), 'bool'),
  Where: (call) => {
    const condition = call.tensor(0);
    if (!call.isStatic) {
      const [first] = condition.data;
      if (condition.data.some((x) => x !== first)) throw call.refusal('chooses element by element');
      return call.operand(first ? 1 : 2);
    }
    return combine(
      (which, a, b) => (which ? a : b),
      [condition, call.tensor(1), call.tensor(2)],
      call.tensor(1).dtype,
    );
  },
};

type Operation = (...numbers: number[]) => number;

function tensors(call: Call): Tensor[] {
  return call.operands.map((_, i) => call.tensor(i));
}

/** Only for numbers known at import: such operators have no place between images and features. */
function known(operation: Operation, dtype?: DType): Row {
  return (call) => combine(operation, tensors(call), dtype);
}

function unary(operation: Operation, build: (graph: Graph, x: Value) => Value): Row {
  return (call) => (call.isStatic ? combine(operation, tensors(call)) : build(call.graph, call.value(0)));
}

type Binary = (graph: Graph, a: Value, b: Value) => Value;

function binary(operation: Operation, build: Binary): Row {
  return (call) => {
    if (call.isStatic) return combine(operation, tensors(call));
    return build(call.graph, call.term(0), call.term(1));
  };
}

function variadic(operation: (a: number, b: number) => number, build: Binary): Row {
  return (call) => {
    if (call.isStatic) return tensors(call).reduce((a, b) => combine(operation, [a, b]));
    return chain(call, build);
  };
}

function chain(call: Call, build: Binary): Value {
  return call.operands.map((_, i) => call.term(i)).reduce((a, b) => build(call.graph, a, b));
}

function limit(side: 'min' | 'max', operation: (a: number, b: number) => number, build: Binary): Row {
  return (call) => {
    const numbers = call.operands.filter((operand) => operand?.kind === 'static');
    const i = call.operands.findIndex((operand) => operand?.kind === 'static');
    if (call.operands.length === 2 && numbers.length === 1 && call.tensor(i).data.length === 1) {
      return clip(call.graph, call.value(1 - i), { [side]: call.number(i) });
    }
    return variadic(operation, build)(call);
  };
}

function roundToEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}
