/**
 * @file A convolution along one axis of images that have another one before it and anything behind it. ONNX Runtime moves
 * convolutions of images with two axes into its own layout, but leaves those with three as they are.
 */
import { internal } from '../../errors.js';
import type { Graph, Value } from '../graph.js';
import { ints } from '../onnx-form.js';
import { defineOperator } from '../operator.js';
import { showType } from '../tensor.js';
import { reshape } from './reshape.js';

interface RowConvAttributes {
  readonly stride: number;
  /** Rows of zeros before the first one and after the last. */
  readonly pads: readonly [number, number];
}

export const RowConv = defineOperator<RowConvAttributes>({
  name: 'RowConv',
  infer: ([x, kernel], { stride, pads }) => {
    const [n, channels, depth, height, width] = x!.shape as [number, number, number, number, number];
    const [filters, taken, , taps] = kernel!.shape as [number, number, number, number];
    const rows = Math.floor((height + pads[0] + pads[1] - taps) / stride) + 1;
    if (x!.shape.length !== 5 || taken !== channels || rows < 1) {
      throw internal(`RowConv: kernel ${showType(kernel!)} does not fit ${showType(x!)}`);
    }
    return [{ dtype: x!.dtype, shape: [n, filters, depth, rows, width] }];
  },
  emit: ({ inputs, outputs, attributes: { stride, pads } }, form) =>
    form.result(outputs, 'Conv', inputs.map(form.name), {
      strides: ints([1, stride, 1]),
      pads: ints([0, pads[0], 0, 0, pads[1], 0]),
    }),
});

/**
 * @param x [N,C,D,H,W], of which D and W stay apart
 * @param kernel [M,C,rows]
 * @returns [N,M,D,H',W]
 */
export function rowConv(
  graph: Graph,
  x: Value,
  kernel: Value,
  { stride = 1, pads = [0, 0] }: Partial<RowConvAttributes> = {},
): Value {
  const [filters, channels, rows] = kernel.shape as [number, number, number];
  return graph.apply(RowConv, [x, reshape(graph, kernel, [filters, channels, 1, rows, 1])], { stride, pads });
}
