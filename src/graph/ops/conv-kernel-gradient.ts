/** @file The gradient of a convolution with respect to its kernel. What computes it, a later rewrite chooses. */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import type { Shape } from '../tensor.js';
import type { ConvAttributes } from './conv.js';

export interface ConvKernelGradientAttributes extends ConvAttributes {
  /** Of the kernel: [M, C/groups, height, width]. */
  readonly shape: Shape;
}

/** ONNX has none; see rewrites/kernel-gradients.ts. */
export const ConvKernelGradient = defineOperator<ConvKernelGradientAttributes>({
  name: 'ConvKernelGradient',
  infer: ([x], { shape }) => [{ dtype: x!.dtype, shape }],
  emit: () => {
    throw internal('a graph with a ConvKernelGradient is to be lowered before it is written');
  },
});

/**
 * Σ over images and places of the output gradient times the input element that the weight met there.
 * @param x the convolution's input, [N,C,H,W]
 * @param dy the gradient of its output, [N,M,H',W']
 * @param shape of the kernel: [M, C/groups, height, width]
 */
export function convKernelGradient(
  graph: Graph,
  x: Value,
  dy: Value,
  { strides, pads, dilations, groups }: ConvAttributes,
  shape: Shape,
): Value {
  return graph.apply(ConvKernelGradient, [x, dy], { strides, pads, dilations, groups, shape });
}
