/** @file The transpose of a convolution: every input element spreads the kernel, times itself, over the output. */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { int, ints } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { showShape, showType } from '../tensor.js';
import { type ConvAttributes, conv, windowOf } from './conv.js';
import { convKernelGradient } from './conv-kernel-gradient.js';
import { extent, type Pair, windowAttributes, windowPlaces } from './window.js';

interface ConvTransposeAttributes extends ConvAttributes {
  /** Height and width of the output; several give the same input size under a stride. */
  readonly size: Pair;
}

export const ConvTranspose = defineOperator<ConvTransposeAttributes>({
  name: 'ConvTranspose',
  infer: ([x, kernel], attributes) => {
    const [n, m, height, width] = x!.shape as [number, number, number, number];
    const shape = [n, kernel!.shape[1]! * attributes.groups, ...attributes.size];
    const places = windowPlaces('ConvTranspose', { dtype: x!.dtype, shape }, windowOf(kernel!, attributes));
    if (m !== kernel!.shape[0] || places[0] !== height || places[1] !== width) {
      throw internal(
        `ConvTranspose cannot make ${showShape(shape)} of ${showType(x!)} with kernel ${showType(kernel!)}`,
      );
    }
    return [{ dtype: x!.dtype, shape }];
  },
  emit: ({ inputs, outputs, attributes }, form) => {
    const window = windowOf(inputs[1]!, attributes);
    const covered = extent(window);
    const [, , ...places] = inputs[0]!.shape;
    const [top, left, bottom, right] = window.pads;
    const rest = covered.map((rows, i) => {
      const padded = attributes.size[i]! + [top + bottom, left + right][i]!;
      return padded - ((places[i]! - 1) * window.strides[i]! + rows);
    });
    form.result(outputs, 'ConvTranspose', inputs.map(form.name), {
      ...windowAttributes(window),
      output_padding: ints(rest),
      group: int(attributes.groups),
    });
  },
  // ⟨dy, convᵀ(x, k)⟩ = ⟨conv(dy, k), x⟩, of which both sides are linear in k.
  gradient: (graph, { inputs: [x, kernel], attributes }, [dy]) => [
    () => conv(graph, dy!, kernel!, undefined, attributes),
    () => convKernelGradient(graph, dy!, x!, attributes, kernel!.shape),
  ],
});

/**
 * The transpose of `conv` with the same kernel [M, C/groups, height, width] and attributes: takes [N,M,H',W'] to
 * [N,C,H,W], where `size` is H, W.
 */
export function convTranspose(
  graph: Graph,
  x: Value,
  kernel: Value,
  attributes: ConvAttributes,
  size: Pair,
): Value {
  return graph.apply(ConvTranspose, [x, kernel], { ...attributes, size });
}
