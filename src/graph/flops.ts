/** @file How much arithmetic a graph is: the multiply-adds of its convolutions and matrix products. */
import { internal } from '../errors.js';
import type { Graph, Node } from './graph.js';
import { liveNodes } from './live.js';
import type { Operator } from './operator.js';
import { Conv } from './ops/conv.js';
import { ConvKernelGradient } from './ops/conv-kernel-gradient.js';
import { ConvTranspose } from './ops/conv-transpose.js';
import { Gemm } from './ops/gemm.js';
import { MatMul } from './ops/matmul.js';
import { PointwiseConv } from './ops/pointwise-conv.js';
import { sizeOf } from './tensor.js';

export interface Arithmetic {
  /** Of all operators together. */
  readonly multiplyAdds: number;
  /** Per operator that multiplies, e.g. `Conv`. */
  readonly byOperator: Readonly<Record<string, number>>;
}

/**
 * Counts the multiply-adds of one run of what a graph's outputs need, the backward pass included where it has one. As
 * usual in the field only convolutions and matrix products count, and a tap on padding counts like any other; what is
 * element by element (batch norm, activations, pooling) is small beside them. Twice this is the number of FLOPs.
 */
export function arithmeticOf(graph: Graph): Arithmetic {
  const byOperator: Record<string, number> = {};
  let multiplyAdds = 0;
  for (const node of liveNodes(graph)) {
    const count = multiplies.get(node.op);
    if (!count) continue;
    const n = count(node);
    byOperator[node.op.name] = (byOperator[node.op.name] ?? 0) + n;
    multiplyAdds += n;
  }
  return { multiplyAdds, byOperator };
}

/** Every output element is a sum over one filter: the kernel's elements but for its first axis. */
const perOutput = ({ inputs: [, kernel], outputs: [y] }: Node): number =>
  sizeOf(y!.shape) * sizeOf(kernel!.shape.slice(1));

// biome-ignore lint/suspicious/noExplicitAny: operators of every attribute type
const multiplies = new Map<Operator<any>, (node: Node) => number>([
  [Conv, perOutput],
  [PointwiseConv, perOutput],
  // Every input element goes, times one filter, into the output.
  [ConvTranspose, ({ inputs: [x, kernel] }) => sizeOf(x!.shape) * sizeOf(kernel!.shape.slice(1))],
  // Every weight meets every place of the output.
  [
    ConvKernelGradient,
    ({ inputs: [, dy], attributes: { shape } }) => (sizeOf(dy!.shape) * sizeOf(shape)) / shape[0],
  ],
  [
    Gemm,
    ({ inputs: [a], outputs: [y], attributes }) =>
      sizeOf(y!.shape) * (a!.shape[attributes.transA ? 0 : 1] ?? missing()),
  ],
  [MatMul, ({ inputs: [a], outputs: [y] }) => sizeOf(y!.shape) * (a!.shape.at(-1) ?? missing())],
]);

function missing(): never {
  throw internal('a factor of a matrix product is no matrix');
}
