/** @file Rows for activation functions. */
import type { Graph, Value } from '../../graph/graph.js';
import { clip } from '../../graph/ops/clip.js';
import { scaled } from '../../graph/ops/elementwise.js';
import { elu } from '../../graph/ops/elu.js';
import { gelu } from '../../graph/ops/gelu.js';
import { hardSigmoid } from '../../graph/ops/hard-sigmoid.js';
import { hardSwish } from '../../graph/ops/hard-swish.js';
import { leakyRelu } from '../../graph/ops/leaky-relu.js';
import { logSoftmax } from '../../graph/ops/log-softmax.js';
import { mul } from '../../graph/ops/mul.js';
import { prelu } from '../../graph/ops/prelu.js';
import { relu } from '../../graph/ops/relu.js';
import { reshape } from '../../graph/ops/reshape.js';
import { sigmoid } from '../../graph/ops/sigmoid.js';
import { softmax } from '../../graph/ops/softmax.js';
import { softplus } from '../../graph/ops/softplus.js';
import { swish } from '../../graph/ops/swish.js';
import { tanh } from '../../graph/ops/tanh.js';
import { sizeOf } from '../../graph/tensor.js';
import type { Call, Row, Rows } from './call.js';
import { combine } from './fold.js';

/** Constants of the self-normalising exponential unit, ONNX's defaults. */
const SELU_ALPHA = 1.6732632423543772;
const SELU_GAMMA = 1.0507009873554805;

export const activationRows: Rows = {
  Relu: (call) =>
    call.isStatic ? combine((x) => Math.max(x, 0), [call.tensor(0)]) : relu(call.graph, call.value(0)),
  Clip: (call) => {
    // Limits are attributes before opset 11, inputs since.
    const min = call.number(1) ?? call.float('min', Number.NEGATIVE_INFINITY);
    const max = call.number(2) ?? call.float('max', Number.POSITIVE_INFINITY);
    if (call.isStatic) return combine((x) => Math.min(Math.max(x, min), max), [call.tensor(0)]);
    return clip(call.graph, call.value(0), { min, max });
  },
  LeakyRelu: (call) => leakyRelu(call.graph, call.value(0), call.float('alpha', 0.01)),
  PRelu: (call) => prelu(call.graph, call.value(0), call.term(1)),
  Elu: (call) => elu(call.graph, call.value(0), call.float('alpha', 1)),
  Selu: (call) => {
    const inner = elu(call.graph, call.value(0), call.float('alpha', SELU_ALPHA));
    return scaled(call.graph, inner, call.float('gamma', SELU_GAMMA));
  },
  Celu: (call) => {
    const alpha = call.float('alpha', 1);
    return scaled(call.graph, elu(call.graph, scaled(call.graph, call.value(0), 1 / alpha), 1), alpha);
  },
  Sigmoid: (call) => sigmoid(call.graph, call.value(0)),
  Tanh: (call) => tanh(call.graph, call.value(0)),
  Softplus: (call) => softplus(call.graph, call.value(0)),
  HardSigmoid: (call) =>
    hardSigmoid(call.graph, call.value(0), {
      alpha: call.float('alpha', 0.2),
      beta: call.float('beta', 0.5),
    }),
  HardSwish: (call) => hardSwish(call.graph, call.value(0)),
  Swish: (call) => {
    const alpha = call.float('alpha', 1);
    return scaled(call.graph, swish(call.graph, scaled(call.graph, call.value(0), alpha)), 1 / alpha);
  },
  Mish: (call) => {
    const x = call.value(0);
    return mul(call.graph, x, tanh(call.graph, softplus(call.graph, x)));
  },
  Gelu: (call) => {
    const approximate = call.text('approximate', 'none');
    if (approximate !== 'none' && approximate !== 'tanh')
      throw call.refusal(`has approximate = ${approximate}`);
    return gelu(call.graph, call.value(0), approximate);
  },
  Softmax: alongAxis(softmax),
  LogSoftmax: alongAxis(logSoftmax),
};

/** Since opset 13 along one axis; before, over all axes from that one on. */
function alongAxis(build: (graph: Graph, x: Value, axis: number) => Value): Row {
  return (call: Call) => {
    const x = call.value(0);
    const rank = x.shape.length;
    if (call.opset >= 13) return build(call.graph, x, call.axis(call.int('axis', -1), rank));
    const axis = call.axis(call.int('axis', 1), rank);
    const rows = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))];
    return reshape(call.graph, build(call.graph, reshape(call.graph, x, rows), 1), x.shape);
  };
}
