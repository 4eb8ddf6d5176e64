/** @file Matrix products over the last two axes, with NumPy broadcasting of the axes before them. */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { showType } from '../tensor.js';
import { broadcastShapes, sumToShape } from './broadcast.js';
import { transpose } from './transpose.js';

export const MatMul = defineOperator<Record<never, never>>({
  name: 'MatMul',
  infer: ([a, b]) => {
    const batch = broadcastShapes(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
    const isMatrix = a!.shape.length >= 2 && b!.shape.length >= 2;
    if (!isMatrix || !batch || a!.shape.at(-1) !== b!.shape.at(-2) || a!.dtype !== b!.dtype) {
      throw internal(`MatMul cannot multiply ${showType(a!)} with ${showType(b!)}`);
    }
    return [{ dtype: a!.dtype, shape: [...batch, a!.shape.at(-2)!, b!.shape.at(-1)!] }];
  },
  emit: (node, form) => form.result(node.outputs, 'MatMul', node.inputs.map(form.name)),
  // Y = AB: dL = ⟨dY, dA·B⟩ + ⟨dY, A·dB⟩ = ⟨dY·Bᵀ, dA⟩ + ⟨Aᵀ·dY, dB⟩
  gradient: (graph, { inputs: [a, b] }, [dy]) => [
    () => sumToShape(graph, matmul(graph, dy!, transposed(graph, b!)), a!.shape),
    () => sumToShape(graph, matmul(graph, transposed(graph, a!), dy!), b!.shape),
  ],
});

/** The product of [..., m, k] and [..., k, n]: [..., m, n], the leading axes broadcast. */
export function matmul(graph: Graph, a: Value, b: Value): Value {
  return graph.apply(MatMul, [a, b], {});
}

function transposed(graph: Graph, x: Value): Value {
  const axes = [...x.shape.keys()];
  return transpose(graph, x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]);
}
