/** @file Rows for the operators with a kernel: convolutions and matrix products. */

import type { Graph, Value } from '../../graph/graph.js';
import { conv } from '../../graph/ops/conv.js';
import { gemm } from '../../graph/ops/gemm.js';
import { matmul } from '../../graph/ops/matmul.js';
import { reshape } from '../../graph/ops/reshape.js';
import { sizeOf } from '../../graph/tensor.js';
import type { Call, Rows } from './call.js';
import { resolveWindow } from './windows.js';

export const convolutionRows: Rows = {
  Conv: (call) => {
    const { graph } = call;
    const { strides, pads, dilations } = resolveWindow(call, call.shape(1).slice(2));
    const groups = call.int('group', 1);
    const [x, kernel] = [call.value(0), call.parameter(1, 'kernel')];
    const y = conv(graph, asImage(graph, x), asImage(graph, kernel), bias(call), {
      strides,
      pads,
      dilations,
      groups,
    });
    return x.shape.length === 3 ? reshape(graph, y, [y.shape[0]!, y.shape[1]!, y.shape[3]!]) : y;
  },
  Gemm: (call) =>
    gemm(call.graph, call.value(0), call.parameter(1, 'kernel'), bias(call), {
      transA: call.int('transA', 0) === 1,
      transB: call.int('transB', 0) === 1,
      alpha: call.float('alpha', 1),
      beta: call.float('beta', 1),
    }),
  MatMul: (call) => matmul(call.graph, call.parameter(0, 'kernel'), call.parameter(1, 'kernel')),
};

/** A signal [N,C,W], over which channel attention convolves, as an image of one row. */
function asImage(graph: Graph, x: Value): Value {
  const [n, c, w] = x.shape as [number, number, number];
  return x.shape.length === 3 ? reshape(graph, x, [n, c, 1, w]) : x;
}

/** The bias, if any. One that the graph fills with zeros (PyTorch's exporter does) is none. */
function bias(call: Call): Value | undefined {
  if (!call.has(2)) return undefined;
  const operand = call.operand(2);
  const isFiller = operand.kind === 'static' && operand.weight === undefined;
  if (isFiller && operand.tensor.data.every((x) => Number(x) === 0)) return undefined;
  return sizeOf(call.shape(2)) === 1 && call.node.opType === 'Gemm'
    ? call.value(2)
    : call.parameter(2, 'bias');
}
