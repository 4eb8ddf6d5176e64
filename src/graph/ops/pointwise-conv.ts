/** @file A 1×1 convolution as a matrix product per image. */
import type { Graph, Value } from '../graph.js';
import { defineOperator } from '../operator.js';
import { int64 } from '../tensor.js';
import { Conv } from './conv.js';

const attributes = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], groups: 1 } as const;

export const PointwiseConv = defineOperator<Record<never, never>>({
  name: 'PointwiseConv',
  infer: (inputs) => Conv.infer(inputs, attributes),
  // ONNX Runtime multiplies a 1-D convolution in place; a 2-D one it would bring to its blocked layout and back.
  emit: ({ inputs: [x, kernel, bias], outputs: [y] }, form) => {
    const [n, channels, height, width] = x!.shape as [number, number, number, number];
    const filters = kernel!.shape[0]!;
    const flat = (value: Value, shape: readonly number[]) =>
      form.node('Reshape', [form.name(value), form.constant(int64(shape))]);
    const operands = [flat(x!, [n, channels, height * width]), flat(kernel!, [filters, channels, 1])];
    const product = form.node('Conv', bias ? [...operands, form.name(bias)] : operands);
    form.result([y!], 'Reshape', [product, form.constant(int64(y!.shape))]);
  },
});

/** The convolution, with stride 1, of `x` [N,C,H,W] with `kernel` [M,C,1,1] and perhaps a `bias` [M]: [N,M,H,W]. */
export function pointwiseConv(graph: Graph, x: Value, kernel: Value, bias?: Value): Value {
  return graph.apply(PointwiseConv, bias ? [x, kernel, bias] : [x, kernel], {});
}
