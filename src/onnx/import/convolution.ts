/** @file Rows for the operators with a kernel: convolutions and matrix products. */

import type { Value } from '../../graph/graph.js';
import { conv } from '../../graph/ops/conv.js';
import { gemm } from '../../graph/ops/gemm.js';
import { matmul } from '../../graph/ops/matmul.js';
import { sizeOf } from '../../graph/tensor.js';
import type { Call, Rows } from './call.js';
import { resolveWindow } from './windows.js';

export const convolutionRows: Rows = {
  Conv: (call) => {
    const { strides, pads, dilations } = resolveWindow(call, call.shape(1).slice(2));
    const groups = call.int('group', 1);
    const kernel = call.parameter(1, 'kernel');
    return conv(call.graph, call.value(0), kernel, bias(call), { strides, pads, dilations, groups });
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
